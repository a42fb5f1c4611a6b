/**
 * ℓ1 on u, any norm n on v: Ω°(W) = max_i n_*(± row i of W), reached at u = ±e_i. Closed form, O(nnz). The sign is free
 * unless u ≥ 0, and matters only when v is confined to a cone. Mirrored (ℓ1 on v): the same on Wᵀ. (d) theory.md §4.
 */
import type { Observed } from "../../linalg/observed.ts";
import { transpose, withValues } from "../../linalg/observed.ts";
import { powerOfTwoAbove } from "../../linalg/rounding.ts";
import type { Norm } from "../../problem/regularizer/norm.ts";
import type { PolarBranch, PolarOptions, PolarResult } from "./polar.ts";
import { SMALLEST_POLAR } from "./polar.ts";

/** `side` is the factor with the ℓ1 norm `sparse`, `other` the norm on the other one. */
export function sparsePolar(
  w: Observed,
  side: "u" | "v",
  sparse: Norm,
  other: Norm,
  options: PolarOptions,
): PolarResult {
  const scale = powerOfTwoAbove(w.value);
  const scaled =
    scale === 0
      ? w
      : withValues(
          w,
          w.value.map((x) => x / scale),
        );
  const above = scale === 0 ? 0 : options.above / scale;
  const rows = side === "u" ? scaled : transpose(scaled);
  const signs = other.constrained && !sparse.constrained ? [1, -1] : [1];
  let best = { row: -1, sign: 1, value: 0 };
  let upper = 0;
  const wanted: (typeof best)[] = [];
  for (let i = 0; i < rows.rows; i++) {
    for (const sign of signs) {
      const row = lineOf(rows, i, sign);
      const candidate = { row: i, sign, value: other.dualValue(row) };
      upper = Math.max(upper, other.dualUpper(row));
      if (candidate.value > above) wanted.push(candidate);
      if (candidate.value > best.value) best = candidate;
    }
  }
  if (wanted.length === 0 && best.row >= 0) wanted.push(best);
  wanted.sort((x, y) => y.value - x.value);
  const branches = wanted.map(({ row, sign, value }): PolarBranch => {
    const unit = new Float64Array(rows.rows);
    unit[row] = sign;
    const dual = new Float64Array(rows.columns);
    const direction = other.dualDirection(lineOf(rows, row, sign));
    direction.forEach((entry, k) => {
      dual[rows.column[rows.rowStart[row] + k]] = entry;
    });
    return side === "u" ? { value: value * scale, u: unit, v: dual } : { value: value * scale, u: dual, v: unit };
  });
  return {
    lower: best.value * scale,
    upper: upper === 0 ? 0 : Math.max(upper * scale, SMALLEST_POLAR),
    method: `closed form, max over ${side === "u" ? "rows" : "columns"}`,
    kind: "exact",
    witness: { kind: "closed-form", threshold: best.value * scale },
    branches,
  };
}

/** The observed entries of a row, times the sign. */
function lineOf(a: Observed, row: number, sign: number): Float64Array {
  const line = a.value.subarray(a.rowStart[row], a.rowStart[row + 1]);
  return sign === 1 ? line : line.map((x) => -x);
}
