/** The prox of a power of a norm. */
import { rootBetween } from "../../linalg/root.ts";
import { scaleInto } from "../../linalg/vector.ts";
import type { Norm } from "./norm.ts";
import { isPlain } from "./norm.ts";

/**
 * x ← argmin_y ½‖y − x‖₂² + t‖y‖^q over the norm's cone, q ≥ 1 (d). Stationarity makes y = prox_{s‖·‖}(x) with
 * s = t q ‖y‖^{q−1}; the right side falls in s, so s is the root of one scalar function, between 0 and the smaller of
 * t q ‖prox_0(x)‖^{q−1} and ‖x‖_*, where y = 0. For ℓ2 y = ρ x/‖x‖₂ with ρ + t q ρ^{q−1} = ‖x‖₂, in closed form for q = 2.
 * Cost: one prox per step of the root, about 10. Where the norm is not convex, the result is a stationary point at best.
 */
export function proxPowerInto(norm: Norm, x: Float64Array, t: number, q: number): void {
  if (q === 1 || t === 0) {
    norm.proxInto(x, t);
    return;
  }
  if (isPlain(norm, "l2") && q === 2) {
    scaleInto(x, 1 / (1 + 2 * t));
    return;
  }
  const at = (s: number) => {
    const y = x.slice();
    norm.proxInto(y, s);
    return y;
  };
  const slopeAt = (y: Float64Array) => t * q * norm.value(y) ** (q - 1);
  const most = slopeAt(at(0));
  if (!(most > 0)) {
    norm.proxInto(x, 0);
    return;
  }
  const excess = (s: number) => slopeAt(at(s)) - s;
  const last = Math.min(most, norm.dualUpper(x));
  const end = { at: last, value: excess(last) };
  const first = { at: 0, value: most };
  const s = end.value < 0 ? rootBetween(excess, first, end, { tolerance: 1e-15 * last, steps: 100 }) : last;
  x.set(at(s));
}
