/** Distance to a subdifferential, seen by the prox. */
import { addScaledInto, euclideanLength } from "../../linalg/vector.ts";
import type { Norm } from "./norm.ts";

/** Step of the prox relative to ‖x‖₂ / (1 + ‖p‖₂). */
const STEP = 0.01;

/**
 * ‖x − prox_τ(x + τp)‖₂ / τ: 0 exactly where p is a subgradient at x, for every τ; never above the distance of p to the
 * subdifferential (the prox is nonexpansive), and equal to it in the limit τ → 0. At x = 0 it is that distance.
 */
export function proxResidual(norm: Pick<Norm, "proxInto">, p: Float64Array, x: Float64Array): number {
  const length = euclideanLength(x);
  const tau = length > 0 ? (STEP * length) / (1 + euclideanLength(p)) : 1;
  const moved = x.slice();
  addScaledInto(moved, tau, p);
  norm.proxInto(moved, tau);
  addScaledInto(moved, -1, x);
  return euclideanLength(moved) / tau;
}
