/**
 * ℓ1 on u, any norm n on v: Ω°(W) = max_i n_*(± row i of W), reached at u = ±e_i. Closed form, O(nnz). The sign is free
 * unless u ≥ 0, and matters only when v is confined to a cone. Mirrored (ℓ1 on v): the same on Wᵀ. (d) theory.md §4.
 */
import type { Observed } from "../../linalg/observed.ts";
import { affordableCells, dividedBy, transpose } from "../../linalg/observed.ts";
import { powerOfTwoAbove } from "../../linalg/rounding.ts";
import { l2 } from "../../problem/regularizer/l2.ts";
import type { Norm } from "../../problem/regularizer/norm.ts";
import { kindOf } from "./bracket.ts";
import { lineDirection, lineOf } from "./lines.ts";
import type { PolarBranch, PolarOptions, PolarResult } from "./polar.ts";
import { SMALLEST_POLAR } from "./polar.ts";

/** Whether the unit vectors ±e_i (or e_i alone, on x ≥ 0) are all that the norm's unit ball is spanned by. */
export function hasUnitVertices({ kind, constrained, nonnegative }: Norm): boolean {
  return kind === "l1" && (!constrained || nonnegative);
}

/** `side` is the factor with the ℓ1 norm `sparse`, `other` the norm on the other one. */
export function sparsePolar(
  w: Observed,
  side: "u" | "v",
  sparse: Norm,
  other: Norm,
  options: PolarOptions,
): PolarResult {
  const scale = powerOfTwoAbove(w.value);
  const scaled = scale === 0 ? w : dividedBy(w, scale);
  const above = scale === 0 ? 0 : options.above / scale;
  const rows = side === "u" ? scaled : transpose(scaled);
  const signs = other.constrained && !sparse.nonnegative ? [1, -1] : [1];
  let best = { row: -1, sign: 1, value: 0 };
  let upper = 0;
  const wanted: (typeof best)[] = [];
  for (const i of inOrder(rows, other)) {
    for (const sign of signs) {
      const line = lineOf(rows, other, i, sign);
      // Where time is up any bound will do, and the branches in hand.
      const isLate = best.row >= 0 && options.stopped();
      const most = other.dualUpper(line, isLate ? Number.POSITIVE_INFINITY : upper);
      upper = Math.max(upper, most);
      // Where no branch comes of it the value need not be known.
      if (isLate || (other.climber !== undefined && most <= best.value && most <= above)) continue;
      const candidate = { row: i, sign, value: other.dualValue(line) };
      if (candidate.value > above) wanted.push(candidate);
      if (candidate.value > best.value) best = candidate;
    }
  }
  if (wanted.length === 0 && best.row >= 0) wanted.push(best);
  wanted.sort((x, y) => y.value - x.value);
  // With many lines above the limit their branches would be a dense table.
  const most = Math.max(1, Math.floor(affordableCells(w) / (w.rows + w.columns)));
  const branches = wanted.slice(0, most).map(({ row, sign, value }): PolarBranch => {
    const unit = new Float64Array(rows.rows);
    unit[row] = sign;
    const dual = lineDirection(rows, other, row, sign);
    return { value: value * scale, factors: side === "u" ? [unit, dual] : [dual, unit] };
  });
  return {
    lower: best.value * scale,
    upper: upper === 0 ? 0 : Math.max(upper * scale, SMALLEST_POLAR),
    method: `closed form, max over ${side === "u" ? "rows" : "columns"}`,
    kind: kindOf(best.value, upper),
    witness: { kind: "closed-form", threshold: best.value * scale },
    branches,
  };
}

/** Where dual norms are dear the longest rows first, since those shorter than the result may be passed over. */
function inOrder(rows: Observed, norm: Norm): readonly number[] {
  const order = Array.from({ length: rows.rows }, (_, i) => i);
  if (norm.climber === undefined) return order;
  const lengths = order.map((i) => l2.value(lineOf(rows, l2, i, 1)));
  return order.sort((i, j) => lengths[j] - lengths[i]);
}
