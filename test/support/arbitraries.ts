/** Random problems: every size from 1×1 to 40×40, and the kinds of data that break solvers. */
import fc from "fast-check";
import type { LossConfig, NormKind } from "../../engine/src/config/config.ts";
import { normalStream, uniformStream } from "../../engine/src/linalg/random.ts";
import type { MatrixCase } from "./problems.ts";

export const DATA_KINDS = ["full", "low-rank", "constant", "zero", "rows-scaled", "identity", "equal-rows"] as const;

export type DataKind = (typeof DATA_KINDS)[number];

export interface RandomCase extends MatrixCase {
  readonly kind: DataKind;
  readonly masked: boolean;
}

export function dataOf(kind: DataKind, rows: number, columns: number, seed: number): Float64Array {
  const normal = normalStream(seed);
  const uniform = uniformStream(seed + 1);
  const y = new Float64Array(rows * columns);
  switch (kind) {
    case "full":
      return y.map(normal);
    case "low-rank": {
      const rank = 1 + Math.floor(3 * uniform());
      for (let k = 0; k < rank; k++) {
        const u = Float64Array.from({ length: rows }, normal);
        const v = Float64Array.from({ length: columns }, normal);
        for (let i = 0; i < y.length; i++) y[i] += u[Math.floor(i / columns)] * v[i % columns];
      }
      return y;
    }
    case "constant":
      return y.fill(normal());
    case "zero":
      return y;
    case "rows-scaled": {
      const scales = Float64Array.from({ length: rows }, () => 10 ** (6 * uniform() - 3));
      return y.map((_, i) => scales[Math.floor(i / columns)] * normal());
    }
    case "identity":
      for (let i = 0; i < Math.min(rows, columns); i++) y[i * columns + i] = 1;
      return y;
    case "equal-rows": {
      const row = Float64Array.from({ length: columns }, normal);
      return y.map((_, i) => row[i % columns]);
    }
    default:
      return kind satisfies never;
  }
}

const NORMS: readonly (readonly [NormKind, NormKind])[] = [
  ["l2", "l2"],
  ["l2", "l2"],
  ["l1", "l2"],
  ["l2", "l1"],
  ["l1", "l1"],
];

export const randomCase: fc.Arbitrary<RandomCase> = fc
  .record({
    rows: fc.integer({ min: 1, max: 40 }),
    columns: fc.integer({ min: 1, max: 40 }),
    kind: fc.constantFrom(...DATA_KINDS),
    seed: fc.integer({ min: 1, max: 1e6 }),
    masked: fc.boolean(),
    scale: fc.constantFrom(1, 1, 1e-6, 1e6),
    // Of doubles, most would be next to 0, and λ next to λ_max.
    logLambda: fc.noBias(fc.integer({ min: -3000, max: 301 })),
    norms: fc.constantFrom(...NORMS),
    regularizer: fc.constantFrom("product" as const, "power" as const),
    weight: fc.constantFrom(1, 1, 2.5),
    branches: fc.integer({ min: 1, max: 4 }),
    zeroStart: fc.boolean(),
    grow: fc.constantFrom(true, true, true, false),
  })
  .map(({ rows, columns, kind, seed, masked, scale, logLambda, branches, zeroStart, grow, ...rest }): RandomCase => {
    const uniform = uniformStream(seed + 2);
    const y = dataOf(kind, rows, columns, seed).map((x) => (masked && uniform() < 0.4 ? Number.NaN : x * scale));
    if (y.every(Number.isNaN)) y[0] = scale;
    return {
      ...rest,
      rows,
      columns,
      y,
      kind,
      masked,
      lambda: { kind: "relative", value: 10 ** (logLambda / 1000) },
      config: { branches, start: zeroStart ? { kind: "zero" } : { kind: "random", seed } },
      search: { grow },
    };
  });

const LOSSES: readonly LossConfig[] = [
  { kind: "squared", weight: 1 },
  { kind: "huber", delta: 0.7 },
  { kind: "logistic" },
  { kind: "squared-hinge" },
  { kind: "poisson" },
];

/** The same problems with every loss, on data that fit it: classes ±1, counts, numbers. */
export const randomLossCase: fc.Arbitrary<RandomCase & { readonly loss: LossConfig }> = fc
  .tuple(
    randomCase.filter(({ rows, columns }) => rows <= 20 && columns <= 20),
    fc.constantFrom(...LOSSES),
    fc.boolean(),
  )
  .map(([given, loss, outliers]) => {
    const size = given.y.reduce((largest, y) => Math.max(largest, Number.isNaN(y) ? 0 : Math.abs(y)), 0) || 1;
    const fit = (y: number): number => {
      if (Number.isNaN(y) || loss.kind === "squared") return y;
      if (loss.kind === "huber") return y / size;
      if (loss.kind === "poisson") return Math.round(4 * Math.abs(y / size));
      return y >= 0 ? 1 : -1;
    };
    const extra = outliers && loss.kind === "squared" ? { extra: { outliers: { l1: 0.3 * size } } } : {};
    return { ...given, loss, y: given.y.map(fit), config: { ...given.config, ...extra } };
  });
