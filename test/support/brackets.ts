/** What every bracket of a polar has to obey, and the tables it is tried on. */
import { expect } from "vitest";
import type { PolarResult } from "../../engine/src/certify/polar/polar.ts";
import type { Observed } from "../../engine/src/linalg/observed.ts";
import { observedEntries, withValues } from "../../engine/src/linalg/observed.ts";
import { normalStream, uniformStream } from "../../engine/src/linalg/random.ts";
import type { Branch } from "../../engine/src/problem/factors.ts";
import type { Norm } from "../../engine/src/problem/regularizer/norm.ts";
import { feasible } from "./norms.ts";

export const KINDS = ["full", "masked", "rank one", "constant", "negative", "zero"] as const;

export function entriesOf(rows: number, columns: number, seed: number, kind: string): Observed {
  const normal = normalStream(seed);
  const uniform = uniformStream(seed);
  const [a, b] = [Float64Array.from({ length: rows }, normal), Float64Array.from({ length: columns }, normal)];
  const value = (k: number): number => {
    if (kind === "rank one") return a[Math.floor(k / columns)] * b[k % columns];
    if (kind === "constant") return a[0];
    if (kind === "negative") return -Math.abs(normal());
    if (kind === "zero") return 0;
    return normal();
  };
  const dense = Float64Array.from({ length: rows * columns }, (_, k) => value(k));
  const keep = dense.map((_, k) => (kind === "masked" && k > 0 && uniform() < 0.4 ? 0 : 1));
  return observedEntries(dense, rows, columns, (k) => keep[k] === 1);
}

/** ⟨T, x¹ ⊗ … ⊗ xᴷ⟩ by its definition. */
export function correlation(w: Observed, lengths: readonly number[], branch: Branch): number {
  let sum = 0;
  for (let i = 0; i < w.rows; i++) {
    for (let k = w.rowStart[i]; k < w.rowStart[i + 1]; k++) {
      let product = w.value[k] * branch[0][i];
      let rest = w.column[k];
      for (let axis = lengths.length - 1; axis > 0; axis--) {
        product *= branch[axis][rest % lengths[axis]];
        rest = Math.floor(rest / lengths[axis]);
      }
      sum += product;
    }
  }
  return sum;
}

/** Slices of all kinds: full, sparse, one-hot. */
function drawFor(norm: Norm, size: number, normal: () => number, uniform: () => number): Float64Array {
  const sparsity = [0, 0.5, 0.9][Math.floor(3 * uniform())];
  const x = Float64Array.from({ length: size }, () => (uniform() < sparsity ? 0 : normal()));
  return feasible(norm, x);
}

export interface Tested {
  readonly polar: PolarResult;
  readonly sizes: readonly number[];
  readonly norms: readonly Norm[];
  readonly exponent: number;
  readonly reach: (branch: Branch) => number;
  readonly trials: number;
  readonly seed: number;
  readonly scale: number;
}

/** lower ≤ upper, branches as promised, and no branch at all above the upper bound. */
export function expectBracket({ polar, sizes, norms, exponent, reach, trials, seed, scale }: Tested): void {
  expect(polar.lower).toBeLessThanOrEqual(polar.upper * (1 + 1e-14));
  expect(polar.lower).toBe(polar.branches[0]?.value ?? 0);
  polar.branches.forEach(({ value, factors }, i) => {
    const g = factors.reduce((product, x, k) => product * norms[k].value(x) ** exponent, 1);
    expect(Math.abs(g - 1)).toBeLessThanOrEqual(1e-9);
    expect(Math.abs(reach(factors) - value)).toBeLessThanOrEqual(1e-9 * Math.max(value, 1e-3 * scale));
    if (i > 0) expect(value).toBeLessThanOrEqual(polar.branches[i - 1]?.value ?? 0);
  });
  const normal = normalStream(seed + 1);
  const uniform = uniformStream(seed + 2);
  let worst = Number.NEGATIVE_INFINITY;
  for (let trial = 0; trial < trials; trial++) {
    const branch = sizes.map((size, k) => drawFor(norms[k], size, normal, uniform));
    const g = branch.reduce((product, x, k) => product * norms[k].value(x) ** exponent, 1);
    if (g > 0 && Number.isFinite(g)) worst = Math.max(worst, reach(branch) / g);
  }
  expect(worst).toBeLessThanOrEqual(polar.upper * (1 + 1e-13));
}

export function scaledBy(w: Observed, scale: number): Observed {
  return withValues(
    w,
    w.value.map((x) => x * scale),
  );
}
