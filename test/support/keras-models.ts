/** Keras models as JSON, in the form in which `to_json()` of Keras 2 and 3 and TensorFlow.js write them. */

export type Config = Readonly<Record<string, unknown>>;
/** Class, name, config, and the layers of each use; one use of the layer before unless said. */
export type Layer = readonly [className: string, name: string, config?: Config, uses?: readonly (readonly string[])[]];

export const L2: Config = { class_name: "L2", config: { l2: 0.0005 } };

export function input(shape: readonly number[], name = "x"): Layer {
  return ["InputLayer", name, { batch_input_shape: [null, ...shape], dtype: "float32", sparse: false }];
}

/** A functional model as Keras 2 writes it; a layer used twice is referred to as `name@1`. */
export function functional(layers: readonly Layer[], outputs?: readonly string[], name = "model"): Config {
  const reference = (text: string): [string, number, number] => {
    const [layer = "", use = "0"] = text.split("@");
    return [layer, Number(use), 0];
  };
  const entries = layers.map(([class_name, layer, config = {}, uses], index) => {
    const before = layers[index - 1]?.[1];
    const calls = class_name === "InputLayer" ? [] : (uses ?? [[before ?? ""]]);
    const inbound_nodes = calls.map((call) => call.map((text) => [...reference(text), {}]));
    // A nested model brings its own config.
    const own = "layers" in config ? config : { name: layer, trainable: true, ...config };
    return { class_name, config: own, name: layer, inbound_nodes };
  });
  const inputs = layers.filter(([className]) => className === "InputLayer").map(([, layer]) => [layer, 0, 0]);
  const ends = (outputs ?? [layers.at(-1)?.[1] ?? ""]).map(reference);
  return {
    class_name: "Functional",
    config: { name, layers: entries, input_layers: inputs, output_layers: ends },
    keras_version: "2.15.0",
    backend: "tensorflow",
  };
}

export function sequential(layers: readonly Layer[], name = "sequential"): Config {
  const entries = layers.map(([class_name, layer, config = {}]) => ({
    class_name,
    config: { name: layer, trainable: true, ...config },
  }));
  return {
    class_name: "Sequential",
    config: { name, layers: entries },
    keras_version: "2.15.0",
    backend: "tensorflow",
  };
}

/** `model.json` of TensorFlow.js. */
export function tensorflowJs(model: Config): Config {
  const { class_name, config } = model;
  return {
    format: "layers-model",
    generatedBy: "keras v2.15.0",
    convertedBy: "TensorFlow.js Converter v4.22.0",
    modelTopology: { keras_version: "2.15.0", backend: "tensorflow", model_config: { class_name, config } },
    weightsManifest: [
      { paths: ["group1-shard1of1.bin"], weights: [{ name: "conv1/kernel", shape: [5, 5, 1, 6], dtype: "float32" }] },
    ],
  };
}

/** The same functional model as Keras 3 writes it. */
export function keras3(model: Config): Config {
  const config = model["config"] as { readonly layers: readonly Config[] };
  const layers = config.layers.map((layer) => {
    const calls = layer["inbound_nodes"] as readonly (readonly [string, number, number, Config][])[];
    const inbound_nodes = calls.map((call) => {
      const tensors = call.map(([name, use, tensor]) => ({
        class_name: "__keras_tensor__",
        config: { shape: [null, 4], dtype: "float32", keras_history: [name, use, tensor] },
      }));
      return { args: tensors.length === 1 ? tensors : [tensors], kwargs: { mask: null } };
    });
    return {
      ...layer,
      module: "keras.layers",
      registered_name: null,
      build_config: { input_shape: [null, 4] },
      inbound_nodes,
    };
  });
  return { ...model, module: "keras", registered_name: "Functional", config: { ...config, layers } };
}

const plain = { use_bias: false, activation: "relu" } as const;

export function lenet({ bias, activation, head }: { bias: boolean; activation: string; head: string }): Config {
  return sequential([
    [
      "Conv2D",
      "conv1",
      {
        filters: 6,
        kernel_size: [5, 5],
        padding: "same",
        activation,
        use_bias: bias,
        batch_input_shape: [null, 28, 28, 1],
      },
    ],
    ["AveragePooling2D", "pool1", { pool_size: [2, 2] }],
    ["Conv2D", "conv2", { filters: 16, kernel_size: [5, 5], activation, use_bias: bias }],
    ["AveragePooling2D", "pool2", { pool_size: [2, 2] }],
    ["Flatten", "flatten"],
    ["Dense", "fc1", { units: 120, activation, use_bias: bias }],
    ["Dense", "fc2", { units: 84, activation, use_bias: bias }],
    ["Dense", "fc3", { units: 10, activation: head, use_bias: bias }],
  ]);
}

export function vgg16(bias: boolean, head: string, regularizer?: Config): Config {
  const more = {
    use_bias: bias,
    activation: "relu",
    ...(regularizer === undefined ? {} : { kernel_regularizer: regularizer }),
  };
  const blocks = [
    [64, 2],
    [128, 2],
    [256, 3],
    [512, 3],
    [512, 3],
  ] as const;
  const layers = blocks.flatMap(([filters, count], block): Layer[] => [
    ...Array.from(
      { length: count },
      (_, i): Layer => ["Conv2D", `block${block + 1}_conv${i + 1}`, { filters, kernel_size: [3, 3], ...more }],
    ),
    ["MaxPooling2D", `block${block + 1}_pool`, { pool_size: [2, 2] }],
  ]);
  return functional([
    input([224, 224, 3]),
    ...layers,
    ["Flatten", "flatten"],
    ["Dense", "fc1", { units: 4096, ...more }],
    ["Dropout", "dropout", { rate: 0.5 }],
    ["Dense", "fc2", { units: 4096, ...more }],
    ["Dense", "predictions", { units: 1000, ...more, activation: head }],
  ]);
}

/** Convolutions as Keras' own ResNet50 has them: with biases, each followed by a batch normalization. */
export function resnet({
  norm,
  outputBias,
  blocks = 2,
}: {
  norm: boolean;
  outputBias: boolean;
  blocks?: number;
}): Config {
  const conv = (name: string, from: string): Layer[] => [
    [
      "Conv2D",
      name,
      { filters: 8, kernel_size: [3, 3], padding: "same", use_bias: norm, activation: "linear" },
      [[from]],
    ],
    ...(norm ? [["BatchNormalization", `${name}_bn`, { epsilon: 1.001e-5, axis: [3] }] as const] : []),
  ];
  const end = (name: string): string => (norm ? `${name}_bn` : name);
  const layers: Layer[] = [
    input([32, 32, 3]),
    ["ZeroPadding2D", "pad", { padding: [3, 3] }],
    ...conv("stem", "pad"),
    ["Activation", "stem_relu", { activation: "relu" }],
  ];
  let from = "stem_relu";
  for (let block = 1; block <= blocks; block++) {
    layers.push(
      ...conv(`b${block}_1`, from),
      ["Activation", `b${block}_relu`, { activation: "relu" }],
      ...conv(`b${block}_2`, `b${block}_relu`),
    );
    layers.push(
      ["Add", `b${block}_add`, {}, [[from, end(`b${block}_2`)]]],
      ["Activation", `b${block}_out`, { activation: "relu" }],
    );
    from = `b${block}_out`;
  }
  layers.push(["GlobalAveragePooling2D", "pool"], ["Dense", "logits", { units: 10, use_bias: outputBias }]);
  return functional(layers);
}

export function mlp(activation: string, bias: boolean): Config {
  return sequential([
    ["Dense", "dense", { units: 64, activation, use_bias: bias, batch_input_shape: [null, 20] }],
    ["Dense", "dense_1", { units: 64, activation, use_bias: bias }],
    ["Dense", "dense_2", { units: 3, use_bias: bias }],
  ]);
}

export function transformerBlock(): Config {
  return functional([
    input([128]),
    ["Embedding", "tokens", { input_dim: 1000, output_dim: 64 }],
    ["LayerNormalization", "ln1", { epsilon: 1e-6 }],
    ["MultiHeadAttention", "attention", { num_heads: 4, key_dim: 16, use_bias: true }, [["ln1", "ln1"]]],
    ["Add", "add1", {}, [["tokens", "attention"]]],
    ["LayerNormalization", "ln2", { epsilon: 1e-6 }],
    ["Dense", "up", { units: 256, activation: "gelu" }],
    ["Dense", "down", { units: 64 }],
    ["Add", "add2", {}, [["add1", "down"]]],
    ["GlobalAveragePooling1D", "pool"],
    ["Dense", "classes", { units: 2, activation: "softmax" }],
  ]);
}

export function lstm(): Config {
  return sequential([
    ["Embedding", "embedding", { input_dim: 1000, output_dim: 32, batch_input_shape: [null, null] }],
    [
      "Bidirectional",
      "bidirectional",
      {
        merge_mode: "concat",
        layer: {
          class_name: "LSTM",
          config: { name: "lstm", units: 16, activation: "tanh", recurrent_activation: "sigmoid", use_bias: true },
        },
      },
    ],
    ["Dense", "score", { units: 1, activation: "sigmoid" }],
  ]);
}

/** A tower of `count` dense layers. */
export function tower(count: number): Config {
  return functional([
    input([8]),
    ...Array.from(
      { length: count },
      (_, i): Layer => [
        "Dense",
        `dense_${i}`,
        {
          units: 8,
          ...plain,
          kernel_initializer: { class_name: "GlorotUniform", config: { seed: null } },
          bias_initializer: { class_name: "Zeros", config: {} },
          kernel_regularizer: null,
          bias_regularizer: null,
          activity_regularizer: null,
          kernel_constraint: null,
          bias_constraint: null,
        },
      ],
    ),
  ]);
}
