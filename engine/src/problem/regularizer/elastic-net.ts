/**
 * ‖x‖₁ + ½‖x‖₂², with the cones of an ℓ1 norm. No norm: its terms have degrees 1 and 2, so it never matches a mapping and no
 * certificate asks for its dual. Prox: ½‖y − x‖² + t(‖y‖₁ + ½‖y‖²) = (1 + t)/2 ‖y − x/(1 + t)‖² + t‖y‖₁ + const, that of ℓ1.
 */
import { dot } from "../../linalg/vector.ts";
import type { Norm } from "./norm.ts";

export function elasticNetOn(l1: Norm): Norm {
  return {
    ...l1,
    kind: "elastic-net",
    label: (variable) => `(‖${variable}‖₁ + ½‖${variable}‖₂²)`,
    value: (x) => l1.value(x) + dot(x, x) / 2,
    dualValue: () => 0,
    dualUpper: () => Number.POSITIVE_INFINITY,
    dualDirection: (p) => new Float64Array(p.length),
    climber: undefined,
    proxInto(x, t) {
      for (let i = 0; i < x.length; i++) x[i] /= 1 + t;
      l1.proxInto(x, t / (1 + t));
    },
    subgradientDistance: (p, x) =>
      l1.subgradientDistance(
        p.map((entry, i) => entry - x[i]),
        x,
      ),
  };
}
