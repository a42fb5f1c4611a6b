/** TensorFlow.js layers as they are used here: weights that are given with each call, batch statistics of the samples at hand. */
import * as tf from "@tensorflow/tfjs-core";
import { type LayerVariable, layers } from "@tensorflow/tfjs-layers";
import { MAX_ENTRIES, showShape } from "../data/limits.ts";
import { normalized } from "./layers.ts";

type Dimensions = (number | null)[];
/** Protected in the packages' types. */
type AddWeight = (
  this: layers.Layer,
  name: string,
  shape: Dimensions,
  dtype: tf.DataType | undefined,
  initializer: typeof zeros,
  regularizer: undefined,
  trainable: boolean | undefined,
) => LayerVariable;

/** Once per thread. */
export function prepareLayers(): void {
  const prototype = layers.Layer.prototype as unknown as { addWeight: AddWeight };
  const { addWeight } = prototype;
  prototype.addWeight = function (name, shape, dtype, _initializer, _regularizer, trainable) {
    return addWeight.call(this, name, shape, dtype, zeros, undefined, trainable);
  };
  tf.serialization.registerClass(SampleNormalization);
}

/** What weights are before they are given; asked before they are made, since a file may want any number of them. */
const zeros = {
  apply(shape: Dimensions): tf.Tensor {
    const lengths = shape.map((length) => length ?? Number.POSITIVE_INFINITY);
    if (!(lengths.reduce((all, length) => all * length, 1) <= MAX_ENTRIES)) {
      const most = MAX_ENTRIES.toLocaleString("en-US");
      throw new Error(`weights of shape ${showShape(lengths)}; at most ${most} numbers can be held`);
    }
    return tf.zeros(lengths);
  },
};

type Config = ConstructorParameters<typeof layers.Layer>[0] & {
  readonly epsilon?: number;
  readonly center?: boolean;
  readonly scale?: boolean;
  readonly axis?: number | readonly number[];
};

/** γ (x − mean)/√(variance + ε) + β with the mean and the variance of the batch, which is all samples. */
class SampleNormalization extends layers.Layer {
  static readonly className = "BatchNormalization";
  readonly #config: Config;
  #gamma: LayerVariable | undefined;
  #beta: LayerVariable | undefined;

  constructor(config: Config) {
    super(config);
    this.#config = config;
  }

  override build(inputShape: Dimensions | Dimensions[]): void {
    const shape = (Array.isArray(inputShape[0]) ? inputShape[0] : inputShape) as Dimensions;
    const [axis] = [this.#config.axis ?? -1].flat();
    if (axis !== -1 && axis !== shape.length - 1) {
      throw new Error(
        `batch normalization over axis ${axis}; only the last axis can be run, so export with channels last`,
      );
    }
    const channels = shape.slice(-1);
    if (this.#config.scale !== false) this.#gamma = this.addWeight("gamma", channels, "float32");
    if (this.#config.center !== false) this.#beta = this.addWeight("beta", channels, "float32");
    super.build(inputShape);
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const { values } = normalized(Array.isArray(inputs) ? inputs[0] : inputs, this.#config.epsilon ?? 1e-3);
    const scaled = this.#gamma === undefined ? values : tf.mul(values, this.#gamma.read());
    return this.#beta === undefined ? scaled : tf.add(scaled, this.#beta.read());
  }
}
