/** Small problems of every mapping with every loss, norm and constraint that goes with it, from arrays instead of files. */
import fc from "fast-check";
import type {
  Config,
  Constraint,
  LayerConfig,
  LossConfig,
  MappingConfig,
  MethodName,
  NormSpec,
  RegularizerConfig,
  RegularizerExpression,
} from "../../engine/src/config/config.ts";
import type { NumericArray } from "../../engine/src/data/array.ts";
import { normalStream, uniformStream } from "../../engine/src/linalg/random.ts";
import { loadTensor } from "../../engine/src/node/tensor.ts";
import type { BuildOptions, Problem, ProblemArrays } from "../../engine/src/problem/problem.ts";
import { buildProblem } from "../../engine/src/problem/problem.ts";
import { DATA_KINDS, type DataKind, dataOf } from "./arbitraries.ts";
import { dense, NEURON, RELU } from "./networks.ts";

/** What the target, the input and the measurements look like, and what is fitted to them. */
export interface MappingCase {
  readonly name: string;
  readonly mapping: MappingConfig;
  /** Axes of the target; with sensing: the number of measurements. */
  readonly target: readonly number[];
  readonly input?: readonly number[];
  readonly sensing?: readonly number[];
  /** How many factors a regularizer charges. */
  readonly factors: number;
}

/** No target of these lists its entries. */
export interface DenseArrays extends ProblemArrays {
  readonly target: NumericArray;
}

/** A problem as files would give it. */
export interface Stated {
  readonly config: Config;
  readonly arrays: DenseArrays;
  readonly options: BuildOptions;
}

export interface DataOptions {
  readonly seed: number;
  readonly kind?: DataKind;
  readonly scale?: number;
  readonly masked?: boolean;
}

export interface Setting extends DataOptions {
  readonly loss: LossConfig;
  readonly intercept?: boolean;
  /** μ, relative to the largest entry. */
  readonly outliers?: number;
}

const tensor = await loadTensor();

const CONV: LayerConfig = {
  kind: "conv2d",
  filters: 2,
  kernel: [2, 2],
  stride: [1, 1],
  padding: "valid",
  bias: false,
};

/** Sizes to choose from: sides of tables, outputs, samples. */
export interface Sizes {
  readonly rows: number;
  readonly columns: number;
  readonly depth: number;
}

export const MAPPING_NAMES = [
  "matrix",
  "matrix, sensing",
  "matrix, rank-one sensing",
  "symmetric",
  "symmetric, sensing",
  "symmetric, rank-one sensing",
  "cp of 2",
  "cp of 3",
  "cp of 4",
  "linear network",
  "one layer",
  "neuron, one output",
  "neuron, several outputs",
  "deep network",
  "convolution",
] as const;

export type MappingName = (typeof MAPPING_NAMES)[number];

export function mappingCase(name: MappingName, { rows, columns, depth }: Sizes): MappingCase {
  const network = (layers: readonly LayerConfig[], outputs: number, factors: number): MappingCase => ({
    name,
    mapping: { kind: "network", layers },
    target: [rows + 2, outputs],
    input: [rows + 2, depth],
    factors,
  });
  const measured = rows + columns + depth;
  switch (name) {
    case "matrix":
      return { name, mapping: { kind: "matrix" }, target: [rows, columns], factors: 2 };
    case "matrix, sensing":
      return { name, mapping: { kind: "matrix" }, target: [measured], sensing: [measured, rows, columns], factors: 2 };
    case "matrix, rank-one sensing":
      return { name, mapping: { kind: "matrix" }, target: [measured], sensing: [measured, rows], factors: 2 };
    case "symmetric":
      return { name, mapping: { kind: "symmetric" }, target: [rows, rows], factors: 1 };
    case "symmetric, sensing":
      return { name, mapping: { kind: "symmetric" }, target: [measured], sensing: [measured, rows, rows], factors: 1 };
    case "symmetric, rank-one sensing":
      return { name, mapping: { kind: "symmetric" }, target: [measured], sensing: [measured, rows], factors: 1 };
    case "cp of 2":
      return { name, mapping: { kind: "cp" }, target: [rows, columns], factors: 2 };
    case "cp of 3":
      return { name, mapping: { kind: "cp" }, target: [rows, columns, depth], factors: 3 };
    case "cp of 4":
      return { name, mapping: { kind: "cp" }, target: [rows, Math.min(columns, 3), depth, 2], factors: 4 };
    case "linear network":
      return network([dense(1), dense(null)], columns, 2);
    case "one layer":
      return network([dense(null)], columns, 1);
    case "neuron, one output":
      return network(NEURON, 1, 2);
    case "neuron, several outputs":
      return network(NEURON, columns, 2);
    case "deep network":
      return network([dense(2), RELU, dense(2), RELU, dense(null)], columns, 3);
    case "convolution":
      return {
        name,
        mapping: { kind: "network", layers: [CONV, RELU, { kind: "globalAveragePool2d" }, dense(null)] },
        target: [rows, columns],
        input: [rows, 3, 3, 1],
        factors: 2,
      };
    default:
      return name satisfies never;
  }
}

export const LOSS_CONFIGS: readonly LossConfig[] = [
  { kind: "squared", weight: 1 },
  { kind: "squared", weight: 2.5 },
  { kind: "huber", delta: 0.7 },
  { kind: "logistic" },
  { kind: "cross-entropy" },
  { kind: "squared-hinge" },
  { kind: "poisson" },
];

/** Classes are the columns of a table. */
export function fits({ target }: MappingCase, { kind }: LossConfig): boolean {
  return kind !== "cross-entropy" || (target.length === 2 && target[1] > 1);
}

export function normal(shape: readonly number[], seed: number, scale = 1): NumericArray {
  const draw = normalStream(seed);
  const size = shape.reduce((all, length) => all * length, 1);
  return { shape, data: Float64Array.from({ length: size }, () => scale * draw()) };
}

/** A target that the loss takes, NaN where hidden; classes are hidden by whole rows. */
function targetFor({ target: shape }: MappingCase, setting: Setting): NumericArray {
  const { loss, seed, kind = "full", scale = 1, masked = false } = setting;
  const rows = shape[0];
  const columns = shape.slice(1).reduce((all, length) => all * length, 1);
  const uniform = uniformStream(seed + 7);
  const drawn = dataOf(kind, rows, columns, seed);
  const size = drawn.reduce((largest, y) => Math.max(largest, Math.abs(y)), 0) || 1;
  const fit = (y: number): number => {
    if (loss.kind === "squared") return y * scale;
    if (loss.kind === "huber") return y / size;
    if (loss.kind === "poisson") return Math.round(4 * Math.abs(y / size));
    return y >= 0 ? 1 : -1;
  };
  const data = drawn.map(fit);
  const classes = loss.kind === "cross-entropy";
  if (classes) {
    data.fill(0);
    for (let i = 0; i < rows; i++) data[i * columns + (kind === "constant" ? 0 : Math.floor(uniform() * columns))] = 1;
  }
  const hiddenRows = Array.from({ length: rows }, (_, i) => masked && i > 0 && uniform() < 0.3);
  return {
    shape,
    data: data.map((y, k) => {
      const hidden = classes ? hiddenRows[Math.floor(k / columns)] : masked && k > 0 && uniform() < 0.4;
      return hidden ? Number.NaN : y;
    }),
  };
}

export interface Charge {
  readonly regularizer: RegularizerConfig;
  /** Matrices of kernel and inequality constraints, by file name. */
  readonly constraints?: Readonly<Record<string, NumericArray>>;
}

/** One entry per factor. */
export function charge(
  kind: RegularizerConfig["kind"],
  factors: readonly { readonly norm: NormSpec; readonly constraints?: readonly Constraint[] }[],
  constraints: Charge["constraints"] = {},
): Charge {
  const full = factors.map(({ norm, constraints: own = [] }) => ({ norm, constraints: own }));
  return { regularizer: { kind, norm: "l2", constraints: [], factors: full }, constraints };
}

export function custom(expression: RegularizerExpression): Charge {
  return { regularizer: { kind: "custom", norm: "l2", constraints: [], factors: [], expression } };
}

export const PLAIN: Charge = charge("product", []);

export function state(
  of: MappingCase,
  setting: Setting,
  { regularizer, constraints = {} }: Charge = PLAIN,
  more: Partial<Omit<Config, "search">> & { readonly search?: Partial<Config["search"]> } = {},
): Stated {
  const target = targetFor(of, setting);
  const { seed, scale = 1 } = setting;
  const size = target.data.reduce((largest, y) => Math.max(largest, Number.isNaN(y) ? 0 : Math.abs(y)), 0) || scale;
  const extra = {
    ...(setting.intercept === true ? { intercept: true as const } : {}),
    ...(setting.outliers === undefined ? {} : { outliers: { l1: setting.outliers * size } }),
  };
  const { search, ...rest } = more;
  const config: Config = {
    data: {
      target: "y.npy",
      bias: false,
      ...(of.input === undefined ? {} : { input: "v.npy" }),
      ...(of.sensing === undefined ? {} : { sensing: "a.npy" }),
    },
    loss: setting.loss,
    mapping: of.mapping,
    regularizer,
    lambda: { kind: "relative", value: 0.1 },
    ...(Object.keys(extra).length === 0 ? {} : { extra }),
    branches: 1,
    start: { kind: "random", seed: 1 },
    ...rest,
    search: { gap: 1e-6, maxIterations: 10000, maxCells: 200_000, grow: true, ...search },
  };
  const arrays: DenseArrays = {
    target,
    ...(of.input === undefined ? {} : { input: normal(of.input, seed + 1) }),
    ...(of.sensing === undefined ? {} : { sensing: normal(of.sensing, seed + 2) }),
    constraints,
  };
  return { config, arrays, options: { tensor } };
}

export function problemFrom({ config, arrays, options }: Stated): Problem {
  const built = buildProblem(config, arrays, options);
  if (!built.ok) throw new Error(built.findings.map(({ message }) => message).join("; "));
  return built.problem;
}

/** Sizes of one slice of every factor. */
export function sizesFor(of: MappingCase): readonly number[] {
  return problemFrom(state(of, { seed: 1, loss: { kind: "squared", weight: 1 } })).sizes;
}

const NORMS: readonly NormSpec[] = ["l2", "l2", "l1", "linf", { l2: 1, l1: 0.5 }, { lq: 1.5 }, "group", "spectral"];

/** The same norms and constraints as a user may combine them: most often ℓ2 on every factor. */
export const chargeFor = (of: MappingCase): fc.Arbitrary<Charge> => {
  const sizes = sizesFor(of);
  const norms = fc.tuple(...sizes.map(() => fc.constantFrom(...NORMS)));
  const plain = norms.map((all) =>
    charge(
      "product",
      all.map((norm) => ({ norm })),
    ),
  );
  const constrained = fc
    .tuple(fc.constantFrom("nonnegative", "some nonnegative", "sparse", "kernel", "inequality"), fc.nat(1e6))
    .map(([word, seed]): Charge => {
      const matrices: Record<string, NumericArray> = {};
      const factors = sizes.map((size, k) => {
        const own = (): readonly Constraint[] => {
          if (word === "nonnegative" || (word === "some nonnegative" && k === 0)) return ["nonnegative"];
          if (word === "sparse") return [{ sparse: Math.max(1, size - 1) }];
          if (word === "kernel" && size > 1 && k === 0) {
            matrices["c.npy"] = normal([1, size], seed);
            return [{ kernel: "c.npy" }];
          }
          if (word === "inequality" && k === 0) {
            matrices["c.npy"] = normal([1, size], seed);
            return [{ inequality: "c.npy" }];
          }
          return [];
        };
        return { norm: "l2" as const, constraints: own() };
      });
      return charge("product", factors, matrices);
    });
  const kinds = fc.constantFrom("power" as const, "weight-decay" as const).map((kind) => charge(kind, []));
  const weights = fc.tuple(...sizes.map(() => fc.integer({ min: 3, max: 30 }).map((x) => x / 10))).map((all) => {
    const exponent = of.mapping.kind === "symmetric" ? 2 : sizes.length;
    const terms = all.map((scale, factor) => ({ scale, of: { power: { norm: "l2" as const, factor }, exponent } }));
    return custom({ sum: terms });
  });
  return fc.oneof(
    { weight: 3, arbitrary: fc.constant(PLAIN) },
    { weight: 2, arbitrary: plain },
    { weight: 2, arbitrary: constrained },
    { weight: 1, arbitrary: kinds },
    { weight: 1, arbitrary: weights },
  );
};

export interface RandomMappingCase {
  readonly of: MappingCase;
  readonly setting: Setting;
  readonly charged: Charge;
  readonly more: Parameters<typeof state>[3];
}

const size = (max: number) => fc.integer({ min: 1, max });

const sizesOfName = (name: MappingName): fc.Arbitrary<Sizes> =>
  name.startsWith("cp of 3") || name.startsWith("cp of 4")
    ? fc.record({ rows: size(4), columns: size(4), depth: size(3) })
    : fc.record({
        rows: size(name.includes("network") || name.includes("conv") ? 6 : 8),
        columns: size(6),
        depth: size(3),
      });

/** `scales`: powers of ten that the data of a squared loss may have. */
export const randomMappingCase = (names: readonly MappingName[] = MAPPING_NAMES): fc.Arbitrary<RandomMappingCase> =>
  fc
    .constantFrom(...names)
    .chain((name) =>
      fc.tuple(
        sizesOfName(name).map((sizes) => mappingCase(name, sizes)),
        fc.constantFrom(...LOSS_CONFIGS),
      ),
    )
    .filter(([of, loss]) => fits(of, loss))
    .chain(([of, loss]) =>
      fc.record({
        of: fc.constant(of),
        setting: fc.record({
          loss: fc.constant(loss),
          seed: size(1e6),
          kind: fc.constantFrom(...DATA_KINDS),
          scale: fc.constantFrom(1, 1, 1e-6, 1e6),
          masked: fc.boolean(),
          intercept: fc.constantFrom(false, false, true),
          ...(loss.kind === "squared" ? { outliers: fc.constantFrom(undefined, undefined, 0.3) } : {}),
        }) as fc.Arbitrary<Setting>,
        charged: chargeFor(of),
        more: fc
          .record({
            // Of doubles, most would be next to 0.
            logLambda: fc.noBias(fc.integer({ min: -2000, max: 301 })),
            branches: size(3),
            zero: fc.boolean(),
            seed: size(1e6),
          })
          .map(({ logLambda, branches, zero, seed }) => ({
            lambda: { kind: "relative" as const, value: 10 ** (logLambda / 1000) },
            branches,
            start: zero ? { kind: "zero" as const } : { kind: "random" as const, seed },
          })),
      }),
    );

/** The same problem with another start and another method. */
export function otherRuns({ of, setting, charged, more }: RandomMappingCase, maxIterations: number): Stated[] {
  const ways: readonly { readonly seed: number; readonly method?: MethodName; readonly branches: number }[] = [
    { seed: 77, method: "prox-gradient", branches: 3 },
    { seed: 5, method: "bfgs", branches: 2 },
  ];
  return ways.map(({ seed, method, branches }) =>
    state(of, setting, charged, {
      ...more,
      branches,
      start: { kind: "random", seed },
      search: { maxIterations, ...(method === undefined ? {} : { method }) },
    }),
  );
}
