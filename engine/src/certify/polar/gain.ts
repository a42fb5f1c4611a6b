/**
 * Networks without a polar of their own: ⟨w, φ(X)⟩ ≤ ‖w‖₂ ‖φ(X)‖_F ≤ ‖w‖₂ C Π ‖X^k‖₂^{m_k} with the gain C of the mapping, and
 * n_k(x) ≥ c_k ‖x‖₂, so Ω°(w) ≤ ‖w‖₂ C / Π c_k^{m_k}. From below: the search.
 */
import { roundedUp } from "../../linalg/rounding.ts";
import { areFinite, lengthBound } from "../../linalg/vector.ts";
import type { NetworkMapping } from "../../problem/mapping/mapping.ts";
import type { Norm } from "../../problem/regularizer/norm.ts";
import type { Regularizer } from "../../problem/regularizer/regularizer.ts";
import { bracket, rescaled, unknownResult, zeroResult } from "./bracket.ts";
import type { Polar } from "./polar.ts";
import { foundBranches } from "./search.ts";

const METHOD = "product of operator norms";
const WHY = "no exact method is known for these layers and norms; every layer is taken at its worst";

/** A power that leaves float64 is cut off here. */
const MOST_POWER = 1e300;

export function gainPolar(mapping: NetworkMapping, regularizer: Regularizer): Polar {
  const { norms } = regularizer;
  return (w, options) => {
    if (!areFinite(w)) return unknownResult();
    if (w.every((x) => x === 0)) return zeroResult(METHOD);
    return rescaled(regularizer, options, (own) => {
      const gauge = { norms, matched: true, scale: 1, exponents: degreesOf(mapping) };
      const branches = foundBranches(mapping, gauge, w, () => [], own);
      const upper = gainBound(mapping, norms, lengthBound(w));
      const method = upper === Number.POSITIVE_INFINITY ? "search, no bound known" : METHOD;
      return bracket(branches[0]?.value ?? 0, [{ upper, method, witness: "gain", why: WHY }], branches);
    });
  };
}

function degreesOf({ factors }: NetworkMapping): readonly number[] {
  return factors.map(({ degree }) => degree ?? 1);
}

function gainBound({ gain, factors }: NetworkMapping, norms: readonly Norm[], length: number): number {
  let bound = roundedUp(length * gain, 1);
  for (const [k, { degree }] of factors.entries()) {
    if (degree === null || degree <= 0) return Number.POSITIVE_INFINITY;
    bound = roundedUp(bound / powerBelow(norms[k].euclideanFloor, degree), 2);
  }
  return Number.isNaN(bound) ? Number.POSITIVE_INFINITY : bound;
}

/** Not above xᵉ, up to e roundings downwards that are paid for: a whole power by products, one between two of them by the smaller. */
function powerBelow(x: number, e: number): number {
  const whole = x < 1 ? Math.ceil(e) : Math.floor(e);
  let result = 1;
  for (let k = 0; k < whole; k++) result = Math.min(result * x, MOST_POWER);
  return result / roundedUp(1, whole + 1);
}
