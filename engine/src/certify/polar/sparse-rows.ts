/**
 * ℓ1 on u, any norm n on v: Ω°(W) = max_i n_*(row i of W), reached at u = e_i. Closed form, O(nnz).
 * Mirrored (ℓ1 on v): the same on Wᵀ. (d) theory.md §4.
 */
import type { Observed } from "../../linalg/observed.ts";
import { transpose, withValues } from "../../linalg/observed.ts";
import { powerOfTwoAbove, roundedUp } from "../../linalg/rounding.ts";
import type { Norm } from "../../problem/regularizer/norm.ts";
import type { PolarBranch, PolarOptions, PolarResult } from "./polar.ts";
import { SMALLEST_POLAR } from "./polar.ts";

/** `side` is the factor with the ℓ1 norm, `other` the norm on the other one. */
export function sparsePolar(w: Observed, side: "u" | "v", other: Norm, options: PolarOptions): PolarResult {
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
  let best = 0;
  let bestRow = -1;
  const wanted: { readonly row: number; readonly value: number }[] = [];
  for (let i = 0; i < rows.rows; i++) {
    const value = other.dualValue(entriesOf(rows, i));
    if (value > above) wanted.push({ row: i, value });
    if (value > best) {
      best = value;
      bestRow = i;
    }
  }
  if (wanted.length === 0 && bestRow >= 0) wanted.push({ row: bestRow, value: best });
  wanted.sort((x, y) => y.value - x.value);
  const branches = wanted.map(({ row, value }): PolarBranch => {
    const unit = new Float64Array(rows.rows);
    unit[row] = 1;
    const dual = dualDirection(rows, row, other);
    return side === "u" ? { value: value * scale, u: unit, v: dual } : { value: value * scale, u: dual, v: unit };
  });
  // ‖·‖_∞ is exact in floating point; ‖·‖₂ of n entries has at most n + 2 roundings.
  const bound = other.kind === "l1" ? best : roundedUp(best, rows.columns + 2);
  return {
    lower: best * scale,
    upper: best === 0 ? 0 : Math.max(bound * scale, SMALLEST_POLAR),
    method: `closed form, max over ${side === "u" ? "rows" : "columns"}`,
    kind: "exact",
    witness: { kind: "closed-form", threshold: best * scale },
    branches,
  };
}

function entriesOf(a: Observed, row: number): Float64Array {
  return a.value.subarray(a.rowStart[row], a.rowStart[row + 1]);
}

/** x with n(x) = 1 and ⟨row, x⟩ = n_*(row). */
function dualDirection(a: Observed, row: number, norm: Norm): Float64Array {
  const out = new Float64Array(a.columns);
  const [from, to] = [a.rowStart[row], a.rowStart[row + 1]];
  const size = norm.dualValue(entriesOf(a, row));
  if (size === 0) return out;
  switch (norm.kind) {
    case "l2":
      for (let k = from; k < to; k++) out[a.column[k]] = a.value[k] / size;
      return out;
    case "l1":
      for (let k = from; k < to; k++) {
        if (Math.abs(a.value[k]) !== size) continue;
        out[a.column[k]] = Math.sign(a.value[k]);
        return out;
      }
      return out;
    default:
      return norm.kind satisfies never;
  }
}
