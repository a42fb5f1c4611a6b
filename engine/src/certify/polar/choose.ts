/** Which polar answers for which norms: the rows of theory.md §4 for u vᵀ. */
import type { Regularizer } from "../../problem/regularizer/regularizer.ts";
import { sparseSide } from "../../problem/regularizer/regularizer.ts";
import type { Polar } from "./polar.ts";
import { sparsePolar } from "./sparse-rows.ts";
import { spectralPolar } from "./spectral.ts";

export function choosePolar(regularizer: Regularizer): Polar {
  return (w, options) => {
    const side = sparseSide(regularizer, w.rows, w.columns);
    if (side === undefined) return spectralPolar(w, options);
    return sparsePolar(w, side, regularizer.norms[side === "u" ? 1 : 0], options);
  };
}
