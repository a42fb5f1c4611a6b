/** w · n for a norm n: the dual norm is n_* / w. */
import { roundedUp } from "../../linalg/rounding.ts";
import { euclideanLength, over } from "../../linalg/vector.ts";
import type { Norm } from "./norm.ts";

export function weighted(norm: Norm, weight: number): Norm {
  return {
    ...norm,
    kind: "sum",
    label: (variable) => weightedLabel(weight, norm.label(variable)),
    euclideanFloor: weight * norm.euclideanFloor * (1 - 1e-15),
    l1Floor: weight * norm.l1Floor * (1 - 1e-15),
    mixture: norm.mixture && { l2: weight * norm.mixture.l2, l1: weight * norm.mixture.l1 },
    value: (x) => weight * norm.value(x),
    dualValue: (p) => norm.dualValue(p) / weight,
    dualUpper(p) {
      const upper = norm.dualUpper(p);
      return upper === 0 ? 0 : roundedUp(upper / weight, 1);
    },
    dualDirection: (p) => over(norm.dualDirection(p), weight),
    climber: undefined,
    proxInto: (x, t) => norm.proxInto(x, t * weight),
    subgradientDistance(p, x) {
      const scaled = over(p, weight);
      const distance = weight * norm.subgradientDistance(scaled, x);
      // Beside a p whose square leaves float64 there, the subgradients are nothing.
      return Number.isFinite(distance) ? distance : euclideanLength(p);
    },
  };
}

export function weightedLabel(weight: number, label: string): string {
  return weight === 1 ? label : `${weight}${label}`;
}
