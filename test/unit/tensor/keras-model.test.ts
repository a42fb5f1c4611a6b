/** Models of other programs as branches: what runs, what is refused and how it is said. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { loadTensor } from "../../../engine/src/node/tensor.ts";
import type { NetworkProgram } from "../../../engine/src/problem/mapping/mapping.ts";
import type { NetworkData } from "../../../engine/src/problem/mapping/network-plan.ts";
import { type Config, functional, input, keras3, type Layer, lenet, sequential } from "../../support/keras-models.ts";
import { branchOf, dataOf, gradientError, numbers } from "../../support/tensor-cases.ts";

const tensor = await loadTensor();

function run(json: unknown, data: NetworkData): { readonly program: NetworkProgram; readonly errorIsProven: boolean } {
  const result = tensor.model(json, data);
  if (!result.ok) throw new Error(result.message);
  return result;
}

function refusal(json: unknown, data: NetworkData): string {
  const result = tensor.model(json, data);
  expect(tensor.liveTensors()).toBe(0);
  return result.ok ? "runs" : result.message;
}

const dense = (name: string, units: number, more: Config = {}): Layer => [
  "Dense",
  name,
  { units, activation: "linear", use_bias: false, ...more },
];
/** One that says the shape of its input. */
const first = (layer: Layer, shape: readonly number[]): Layer => [
  layer[0],
  layer[1],
  { batch_input_shape: [null, ...shape], ...layer[2] },
];

const skip = functional([
  input([6, 5, 2]),
  ["Conv2D", "stem", { filters: 3, kernel_size: [3, 3], padding: "same", activation: "relu", use_bias: false }],
  ["Conv2D", "inner", { filters: 3, kernel_size: [3, 3], padding: "same", use_bias: true }],
  ["BatchNormalization", "norm", { axis: [3], epsilon: 0.001 }],
  ["Add", "sum", {}, [["norm", "stem"]]],
  ["MaxPooling2D", "pool", { pool_size: [2, 2] }],
  ["Flatten", "flatten"],
  dense("end", 2, { use_bias: true }),
]);

describe("models that run", () => {
  it("Keras 2 and Keras 3 are the same model", () => {
    const data = dataOf([6, 5, 2]);
    const [two, three] = [run(skip, data).program, run(keras3(skip), data).program];
    expect(two.parameters).toEqual(three.parameters);
    const branch = branchOf(two);
    expect(three.forward(branch)).toEqual(two.forward(branch));
    expect(two.parameters.map(({ name, role, shape }) => `${name} ${role} ${shape.join("×")}`)).toEqual([
      "stem/kernel kernel 3×3×2×3",
      "inner/kernel kernel 3×3×3×3",
      "inner/bias bias 3",
      "norm/gamma scale 3",
      "norm/beta shift 3",
      "end/kernel kernel 18×2",
      "end/bias bias 2",
    ]);
  });

  it("their gradients are what differences show", () => {
    const { program } = run(skip, dataOf([6, 5, 2]));
    expect(gradientError(program, branchOf(program), 15)).toBeLessThan(1e-7);
  });

  it("batch normalization uses the samples at hand", () => {
    const model = sequential([first(["BatchNormalization", "norm", { axis: -1, epsilon: 0 }], [3])]);
    const data = dataOf([3], 3);
    const values = run(model, data).program.forward([Float64Array.of(1, 1, 1), Float64Array.of(0, 0, 5)]);
    for (const [channel, shift] of [0, 0, 5].entries()) {
      const column = [0, 1, 2, 3].map((n) => values[3 * n + channel] - shift);
      expect(column.reduce((a, b) => a + b)).toBeCloseTo(0, 12);
      expect(column.reduce((a, b) => a + b * b, 0)).toBeCloseTo(4, 12);
    }
  });

  it("the same layers as mapping.layers give the same numbers", () => {
    const data = dataOf([4], 2);
    const model = sequential([
      first(dense("a", 5, { activation: "relu" }), [4]),
      ["Dropout", "d", { rate: 0.5 }],
      dense("b", 2),
    ]);
    const layers = [
      { kind: "dense", units: 5, bias: false },
      { kind: "relu" },
      { kind: "dense", units: null, bias: false },
    ] as const;
    const [theirs, ours] = [run(model, data).program, tensor.network(layers, data)];
    const branch = branchOf(ours);
    expect(theirs.forward(branch)).toEqual(ours.forward(branch));
    expect(theirs.backward(branch, numbers(8, 1))).toEqual(ours.backward(branch, numbers(8, 1)));
  });

  it("weights used twice have the sum of both derivatives", () => {
    const shared = functional(
      [input([3]), ["Dense", "twice", { units: 3, activation: "linear", use_bias: false }, [["x"], ["twice"]]]],
      ["twice@1"],
    );
    const data = dataOf([3], 3);
    const { program } = run(shared, data);
    expect(program.parameters).toHaveLength(1);
    expect(gradientError(program, branchOf(program))).toBeLessThan(1e-7);
  });

  it("a Sequential model without an input shape takes that of the data", () => {
    const { program } = run(sequential([dense("a", 2)]), dataOf([4], 2));
    expect(program.parameters[0].shape).toEqual([4, 2]);
  });

  it("a LeNet of 28 × 28 pixels", () => {
    const { program, errorIsProven } = run(
      lenet({ bias: false, activation: "relu", head: "linear" }),
      dataOf([28, 28, 1], 10),
    );
    expect(errorIsProven).toBe(true);
    const branch = branchOf(program, 3, 0.1);
    const size = Math.hypot(...program.forward(branch));
    expect(program.error(branch)).toBeGreaterThan(1e-16 * size);
    expect(program.error(branch)).toBeLessThan(1e-6 * size);
    expect(tensor.liveTensors()).toBe(0);
  });
});

describe("the error of a model", () => {
  const one = (values: readonly number[]): NetworkData => ({
    input: Float64Array.from(values),
    inputShape: [values.length],
    samples: 1,
    outputs: 1,
  });

  it("covers sums that cancel, and products that underflow", () => {
    const cancels = run(sequential([first(dense("a", 1), [3])]), one([1, 1e16, -1e16]));
    const ones = [Float64Array.of(1, 1, 1)];
    expect(cancels.errorIsProven).toBe(true);
    expect(cancels.program.error(ones)).toBeGreaterThanOrEqual(Math.abs(1 - cancels.program.forward(ones)[0]));
    const vanishes = run(sequential([first(dense("a", 1), [1]), dense("b", 1)]), one([1e-200])).program;
    // The product is 1e-100.
    expect(vanishes.error([Float64Array.of(1e-200), Float64Array.of(1e300)])).toBeGreaterThanOrEqual(1e-100);
  });

  it("is infinite on overflow, and an estimate behind tanh", () => {
    const { program, errorIsProven } = run(
      sequential([first(dense("a", 1, { activation: "tanh" }), [1]), dense("b", 1)]),
      one([1]),
    );
    expect(errorIsProven).toBe(false);
    expect(program.error([Float64Array.of(1), Float64Array.of(1)])).toBeLessThan(1e-14);
    const linear = run(sequential([first(dense("a", 1), [1]), dense("b", 1)]), one([1])).program;
    expect(linear.error([Float64Array.of(1e200), Float64Array.of(1e200)])).toBe(Number.POSITIVE_INFINITY);
  });
});

describe("models that do not run", () => {
  const data = dataOf([4], 2);
  const cases: readonly (readonly [string, unknown, string])[] = [
    ["no model", { a: 1 }, "no Keras model in it"],
    ["no object", [1, "x", null], "no Keras model in it"],
    [
      "a layer it does not know",
      sequential([first(["Frobnicate", "f", {}], [4])]),
      "layers of class Frobnicate cannot be run",
    ],
    [
      "an activation it does not know",
      sequential([first(dense("a", 2, { activation: "zonk" }), [4])]),
      "Unknown activation: zonk",
    ],
    ["another input", sequential([first(dense("a", 2), [5])]), "the model takes 5 numbers a sample, data.input has 4"],
    [
      "another output",
      sequential([first(dense("a", 3), [4])]),
      "the model ends with 3 numbers a sample, the target has 2",
    ],
    [
      "no weights",
      sequential([first(["ReLU", "r", {}], [4]), ["Reshape", "s", { target_shape: [2, 2] }]]),
      "the model ends with 2 × 2",
    ],
    ["too many weights", sequential([first(dense("a", 4e7), [4])]), "at most 50,000,000 numbers can be held"],
    ["frozen weights", sequential([first(dense("a", 2, { trainable: false }), [4])]), "layer a is frozen"],
    ["slopes of its own", sequential([first(["PReLU", "p", {}], [4]), dense("a", 2)]), "PReLU has the weights p/alpha"],
    [
      "strides of 0",
      sequential([first(["Conv1D", "c", { filters: 2, kernel_size: 1, strides: 0 }], [4])]),
      "strides of c is 0",
    ],
    [
      "a window larger than the image",
      sequential([first(["MaxPooling2D", "p", { pool_size: 9 }], [6, 5, 2]), dense("a", 2)]),
      "layer p makes",
    ],
    [
      "an input that is not there",
      functional([input([4]), ["Dense", "a", { units: 2 }, [["missing"]]]]),
      "layer a takes the output of missing, which is not among the layers",
    ],
    [
      "a cycle",
      functional([input([4]), ["Add", "a", {}, [["x", "b"]]], ["ReLU", "b", {}, [["a"]]]]),
      "layer a needs its own output",
    ],
    ["a name twice", functional([input([4]), dense("a", 2), dense("a", 2)]), "two layers are named a"],
    [
      "two inputs",
      functional([input([4], "x"), input([4], "y"), ["Add", "sum", {}, [["x", "y"]]], dense("a", 2)]),
      "the model has 2 inputs",
    ],
    [
      "two outputs",
      functional([input([4]), dense("a", 2), ["Dense", "b", { units: 2 }, [["x"]]]], ["a", "b"]),
      "the model has 2 outputs",
    ],
  ];

  it.each(cases)("%s", (_, json, message) => {
    const shape = message.startsWith("layer p makes") ? [6, 5, 2] : [4];
    expect(refusal(json, shape.length === 1 ? data : dataOf(shape))).toContain(message);
  });

  it("nested deeper than anyone would", () => {
    let json: unknown = { units: 1 };
    for (let i = 0; i < 5000; i++) json = { config: json };
    expect(refusal({ class_name: "Sequential", config: json }, data)).toContain("nested deeper than");
  });
});

describe("broken models", () => {
  /** Every place in the JSON, as keys from its root. */
  function placesIn(value: unknown, at: readonly string[] = []): (readonly string[])[] {
    if (typeof value !== "object" || value === null) return [at];
    return [at, ...Object.entries(value).flatMap(([key, item]) => placesIn(item, [...at, key]))];
  }

  function changed(value: unknown, [key, ...rest]: readonly string[], into: unknown): unknown {
    if (key === undefined) return into;
    const copy = structuredClone(value) as Record<string, unknown>;
    copy[key] = changed(copy[key], rest, into);
    return copy;
  }

  const places = placesIn(skip);
  const junk = fc.constantFrom<unknown>(null, -1, 0, 0.5, 1e300, "", "relu", "x", [], {}, [[]], [0, 0], true, [
    "stem",
    0,
    0,
  ]);

  it("are refused or run, and never thrown or left in memory", () => {
    const data = dataOf([6, 5, 2]);
    fc.assert(
      fc.property(fc.nat(places.length - 1), junk, (index, into) => {
        const result = tensor.model(changed(skip, places[index], into), data);
        expect(tensor.liveTensors()).toBe(0);
        if (!result.ok) {
          expect(result.message).toMatch(/^\S.*\S$/);
          expect(result.message).not.toMatch(/\[object/);
        }
      }),
      { numRuns: 300 },
    );
  });
});
