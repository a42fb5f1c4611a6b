/** Ω°(W) of u vᵀ with ‖u‖_a‖v‖_b: the rows of theory.md §4 for a matrix. */
import type { Observed } from "../../linalg/observed.ts";
import type { Norm } from "../../problem/regularizer/norm.ts";
import { isPlain } from "../../problem/regularizer/norm.ts";
import { boundedPolar } from "./bounded.ts";
import type { PolarOptions, PolarResult } from "./polar.ts";
import { hasUnitVertices, sparsePolar } from "./sparse-rows.ts";
import { spectralPolar } from "./spectral.ts";

export function tablePolar(w: Observed, a: Norm, b: Norm, options: PolarOptions): PolarResult {
  if (isPlain(a, "l2") && isPlain(b, "l2")) return spectralPolar(w, options);
  // With ℓ1 on both sides the shorter one has fewer unit vectors to go through.
  if (hasUnitVertices(a) && (!hasUnitVertices(b) || w.rows <= w.columns)) return sparsePolar(w, "u", a, b, options);
  if (hasUnitVertices(b)) return sparsePolar(w, "v", b, a, options);
  return boundedPolar(w, a, b, options);
}
