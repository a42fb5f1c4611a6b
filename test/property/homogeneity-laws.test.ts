/**
 * What the degree algebra claims, against numbers: f(αθ) = α^p f(θ) for small networks evaluated here in float64, with code that shares
 * nothing with the engine; and for layers that must not have a degree, that no p fits.
 */
import { modelDegrees, readKeras } from "@optimality-lens/engine";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { functional, input, type Layer } from "../support/keras-models.ts";

const N = 4;
type Vector = readonly number[];
/** Takes the parameters it needs, in order. */
type Take = (count: number) => Vector;

const relu = (x: number): number => Math.max(0, x);
const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
const matvec = (w: Vector, x: Vector, rows = N): Vector =>
  Array.from({ length: rows }, (_, i) => x.reduce((sum, value, j) => sum + (w[i * x.length + j] ?? 0) * value, 0));
const plus = (a: Vector, b: Vector): Vector => a.map((value, i) => value + (b[i] ?? 0));
const times = (a: Vector, b: Vector): Vector => a.map((value, i) => value * (b[i] ?? 0));
const softmax = (x: Vector): Vector => {
  const e = x.map((value) => Math.exp(value - Math.max(...x)));
  const total = e.reduce((a, b) => a + b, 0);
  return e.map((value) => value / total);
};
/** Over the entries, as layer normalization; over a batch the formula is the same. */
const normalize = (x: Vector, epsilon: number): Vector => {
  const mean = x.reduce((a, b) => a + b, 0) / x.length;
  const variance = x.reduce((a, b) => a + (b - mean) ** 2, 0) / x.length;
  return x.map((value) => (value - mean) / Math.sqrt(variance + epsilon));
};

interface Case {
  readonly layer: Layer | readonly Layer[];
  /** From the output h of the first dense layer and the data x. */
  readonly run: (h: Vector, take: Take, x: Vector) => Vector;
}

const map =
  (f: (x: number) => number) =>
  (h: Vector): Vector =>
    h.map(f);
const activation = (name: string, f: (x: number) => number): [string, Case] => [
  name,
  { layer: ["Activation", "l", { activation: name }], run: map(f) },
];
const dense: Layer = ["Dense", "l", { units: N, use_bias: false }];

const HOMOGENEOUS: readonly [string, Case][] = [
  activation("relu", relu),
  ["leaky relu", { layer: ["LeakyReLU", "l", { alpha: 0.2 }], run: map((x) => (x > 0 ? x : 0.2 * x)) }],
  ["square", { layer: ["TFOpLambda", "l", { function: "math.square" }], run: map((x) => x * x) }],
  ["dense", { layer: dense, run: (h, take) => matvec(take(N * N), h) }],
  [
    "depthwise convolution",
    { layer: ["DepthwiseConv2D", "l", { use_bias: false }], run: (h, take) => times(take(N), h) },
  ],
  [
    "separable convolution",
    { layer: ["SeparableConv1D", "l", { use_bias: false }], run: (h, take) => matvec(take(N * N), times(take(N), h)) },
  ],
  [
    "convolution",
    {
      layer: ["Conv1D", "l", { use_bias: false }],
      run: (h, take) => {
        const w = take(3);
        return h.map((_, i) => [0, 1, 2].reduce((s, k) => s + (w[k] ?? 0) * (h[i + k - 1] ?? 0), 0));
      },
    },
  ],
  ["max pooling", { layer: ["MaxPooling1D", "l", {}], run: (h) => h.map((x, i) => Math.max(x, h[i ^ 1] ?? 0)) }],
  ["average pooling", { layer: ["AveragePooling1D", "l", {}], run: (h) => h.map((x, i) => (x + (h[i ^ 1] ?? 0)) / 2) }],
  [
    "global average pooling",
    { layer: ["GlobalAveragePooling1D", "l", {}], run: (h) => Array.from(h, () => h.reduce((a, b) => a + b, 0) / N) },
  ],
  ["zero padding", { layer: ["ZeroPadding1D", "l", {}], run: (h) => h.map((_, i) => (i === 0 ? 0 : (h[i] ?? 0))) }],
  ["upsampling", { layer: ["UpSampling1D", "l", {}], run: (h) => h.map((_, i) => h[i >> 1] ?? 0) }],
  ["reshape", { layer: ["Reshape", "l", {}], run: (h) => h.toReversed() }],
  ["dropout", { layer: ["Dropout", "l", { rate: 0.5 }], run: (h) => h.map((x, i) => (i % 2 === 0 ? 2 * x : 0)) }],
  [
    "maxout",
    {
      layer: ["MaxoutDense", "l", { use_bias: false }],
      run: (h, take) => {
        const a = matvec(take(N * N), h);
        return a.map((x, i) => Math.max(x, a[i ^ 1] ?? 0));
      },
    },
  ],
  [
    "skip through a linear layer",
    {
      layer: [dense, ["Dense", "m", { units: N, use_bias: false }, [["first"]]], ["Add", "a", {}, [["l", "m"]]]],
      run: (h, take) => plus(matvec(take(N * N), h).map(relu), matvec(take(N * N), h)),
    },
  ],
  [
    "maximum of two paths",
    {
      layer: [dense, ["Dense", "m", { units: N, use_bias: false }, [["first"]]], ["Maximum", "a", {}, [["l", "m"]]]],
      run: (h, take) => {
        const a = matvec(take(N * N), h);
        const b = matvec(take(N * N), h);
        return a.map((x, i) => Math.max(x, b[i] ?? 0));
      },
    },
  ],
  [
    "multiplication of two paths",
    { layer: [dense, ["Multiply", "a", {}, [["first", "l"]]]], run: (h, take) => times(h, matvec(take(N * N), h)) },
  ],
  [
    "layer norm, ε = 0",
    { layer: ["LayerNormalization", "l", { epsilon: 0, scale: false, center: false }], run: (h) => normalize(h, 0) },
  ],
  [
    "layer norm with γ and β",
    {
      layer: ["LayerNormalization", "l", { epsilon: 0 }],
      run: (h, take) => plus(times(normalize(h, 0), take(N)), take(N)),
    },
  ],
  [
    "a shared layer used twice",
    {
      layer: [
        ["Dense", "l", { units: N, use_bias: false }, [["first"], ["l@0"]]],
        ["Flatten", "f", {}, [["l@1"]]],
      ],
      run: (h, take) => {
        const w = take(N * N);
        return matvec(w, matvec(w, h).map(relu));
      },
    },
  ],
  [
    "tanh of data",
    {
      layer: [
        ["Activation", "t", { activation: "tanh" }, [["x"]]],
        ["Dense", "l", { units: N, use_bias: false }],
        ["Add", "a", {}, [["l", "first"]]],
      ],
      run: (h, take, x) => plus(h, matvec(take(N * N), x.map(Math.tanh))),
    },
  ],
];

const BROKEN: readonly [string, Case][] = [
  activation("tanh", Math.tanh),
  activation("sigmoid", sigmoid),
  activation("softplus", (x) => Math.log1p(Math.exp(x))),
  activation("elu", (x) => (x > 0 ? x : Math.expm1(x))),
  activation("silu", (x) => x * sigmoid(x)),
  activation("gelu", (x) => 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)))),
  ["capped relu", { layer: ["ReLU", "l", { max_value: 1 }], run: map((x) => Math.min(1, relu(x))) }],
  ["softmax", { layer: ["Softmax", "l", {}], run: (h) => softmax(h) }],
  ["bias", { layer: ["Dense", "l", { units: N }], run: (h, take) => plus(matvec(take(N * N), h), take(N)) }],
  [
    "identity skip around weights",
    { layer: [dense, ["Add", "a", {}, [["first", "l"]]]], run: (h, take) => plus(h, matvec(take(N * N), h)) },
  ],
  ["skip of the data", { layer: ["Add", "a", {}, [["first", "x"]]], run: (h, _, x) => plus(h, x) }],
  [
    "trained slope",
    {
      layer: ["PReLU", "l", {}],
      run: (h, take) => {
        const a = take(N);
        return h.map((x, i) => (x > 0 ? x : (a[i] ?? 0) * x));
      },
    },
  ],
  [
    "layer norm with β alone",
    {
      layer: ["LayerNormalization", "l", { epsilon: 0, scale: false }],
      run: (h, take) => plus(normalize(h, 0), take(N)),
    },
  ],
  [
    "relu recurrence",
    {
      layer: ["SimpleRNN", "l", { activation: "relu", use_bias: false }],
      run: (h, take) => {
        const w = take(N * N);
        const u = take(N * N);
        let state: Vector = matvec(w, h).map(relu);
        for (let t = 0; t < 2; t++) state = plus(matvec(w, h), matvec(u, state)).map(relu);
        return state;
      },
    },
  ],
  [
    "gated recurrence",
    {
      layer: ["GRU", "l", {}],
      run: (h, take) => {
        const w = take(N * N);
        const z = take(N * N);
        const gate = matvec(z, h).map(sigmoid);
        return times(gate, matvec(w, h).map(Math.tanh));
      },
    },
  ],
  [
    "attention",
    {
      layer: ["MultiHeadAttention", "l", { use_bias: false }, [["first", "first"]]],
      run: (h, take) => {
        const q = matvec(take(N * N), h);
        const k = matvec(take(N * N), h);
        const v = matvec(take(N * N), h);
        return softmax(times(q, k)).map((p, i) => p * (v[i] ?? 0));
      },
    },
  ],
  ["x + 1", { layer: ["GaussianNoise", "l", {}], run: map((x) => x + 1) }],
];

/** x → dense → the layers of the case → dense. */
function claimOf(one: Case) {
  const layers = (Array.isArray(one.layer[0]) ? one.layer : [one.layer]) as readonly Layer[];
  const model = functional([
    input([N]),
    ["Dense", "first", { units: N, use_bias: false }],
    ...layers,
    ["Dense", "last", { units: 2, use_bias: false }],
  ]);
  const read = readKeras(model);
  if (!read.ok || read.problems.length > 0) throw new Error(read.problems[0]?.message);
  return modelDegrees(read.graph).output;
}

function evaluate(one: Case, x: Vector, parameters: Vector): Vector {
  let at = 0;
  const take: Take = (count) => {
    at += count;
    return parameters.slice(at - count, at);
  };
  const h = matvec(take(N * N), x);
  const y = one.run(h, take, x);
  return matvec(take(2 * N), y, 2);
}

/** Multiples of 1/16: no number is so small that its products vanish. */
const numbers = (length: number) =>
  fc.array(
    fc.integer({ min: -32, max: 32 }).map((value) => value / 16),
    { minLength: length, maxLength: length },
  );
const point = fc.record({ x: numbers(N), parameters: numbers(6 * N * N), alpha: fc.constantFrom(0.25, 0.5, 2, 3, 7) });

const close = (a: Vector, b: Vector): boolean => {
  const size = Math.max(1e-9, ...a.map(Math.abs), ...b.map(Math.abs));
  return a.every((value, i) => Math.abs(value - (b[i] ?? 0)) <= 1e-8 * size);
};
const scaled = (vector: Vector, by: number): Vector => vector.map((value) => by * value);

describe("the inferred degree, numerically", () => {
  it.each(HOMOGENEOUS)("%s", (name, one) => {
    const claim = claimOf(one);
    expect(claim.kind).toBe("degree");
    const p = claim.kind === "degree" ? claim.degree : Number.NaN;
    let seen = 0;
    fc.assert(
      fc.property(point, ({ x, parameters, alpha }) => {
        const value = evaluate(one, x, parameters);
        // A normalization of a constant vector is 0/0.
        fc.pre(value.every(Number.isFinite) && (!name.includes("norm") || spread(matvec(parameters, x)) > 1e-3));
        expect(close(evaluate(one, x, scaled(parameters, alpha)), scaled(value, alpha ** p))).toBe(true);
        if (value.some((entry) => Math.abs(entry) > 1e-6)) seen++;
      }),
      { numRuns: 200 },
    );
    expect(seen).toBeGreaterThan(20);
  });

  it.each(BROKEN)("%s has none, and no degree fits the numbers", (_, one) => {
    expect(claimOf(one).kind).not.toBe("degree");
    const fits = new Set([0, 0.5, 1, 1.5, 2, 2.5, 3, 4, 5, 6]);
    fc.assert(
      fc.property(point, ({ x, parameters, alpha }) => {
        const value = evaluate(one, x, parameters);
        for (const p of fits)
          if (!close(evaluate(one, x, scaled(parameters, alpha)), scaled(value, alpha ** p))) fits.delete(p);
      }),
      { numRuns: 200 },
    );
    expect([...fits]).toEqual([]);
  });

  it("the degree of each factor alone", () => {
    const one = HOMOGENEOUS.find(([name]) => name === "multiplication of two paths")?.[1];
    if (one === undefined) throw new Error("no such case");
    const model = functional([
      input([N]),
      ["Dense", "first", { units: N, use_bias: false }],
      ...(one.layer as readonly Layer[]),
      ["Dense", "last", { units: 2, use_bias: false }],
    ]);
    const read = readKeras(model);
    if (!read.ok) throw new Error("not read");
    const factors = modelDegrees(read.graph).factors.map(({ degree }) =>
      degree?.kind === "degree" ? degree.degree : Number.NaN,
    );
    const sizes = [N * N, N * N, 2 * N];
    expect(factors).toHaveLength(sizes.length);
    fc.assert(
      fc.property(point, fc.nat(2), ({ x, parameters, alpha }, factor) => {
        const start = sizes.slice(0, factor).reduce((a, b) => a + b, 0);
        const moved = parameters.map((value, i) =>
          i >= start && i < start + (sizes[factor] ?? 0) ? alpha * value : value,
        );
        expect(
          close(
            evaluate(one, x, moved),
            scaled(evaluate(one, x, parameters), alpha ** (factors[factor] ?? Number.NaN)),
          ),
        ).toBe(true);
      }),
      { numRuns: 200 },
    );
  });
});

function spread(vector: Vector): number {
  return Math.max(...vector) - Math.min(...vector);
}
