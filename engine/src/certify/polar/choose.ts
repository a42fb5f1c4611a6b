/** Which polar answers for which norms: the rows of theory.md §4 for u vᵀ. */
import { isSmooth, type Regularizer } from "../../problem/regularizer/regularizer.ts";
import { boundedPolar } from "./bounded.ts";
import type { Polar } from "./polar.ts";
import { sparsePolar } from "./sparse-rows.ts";
import { spectralPolar } from "./spectral.ts";

export function choosePolar(regularizer: Regularizer): Polar {
  const [a, b] = regularizer.norms;
  return (w, options) => {
    if (isSmooth(regularizer)) return spectralPolar(w, options);
    // With ℓ1 on both sides the shorter one has fewer unit vectors to go through.
    const left = a.kind === "l1" && (b.kind !== "l1" || w.rows <= w.columns);
    if (left) return sparsePolar(w, "u", a, b, options);
    if (b.kind === "l1") return sparsePolar(w, "v", b, a, options);
    return boundedPolar(w, a, b, options);
  };
}
