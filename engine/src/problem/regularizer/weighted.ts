/** w · n for a norm n: the dual norm is n_* / w. */
import { roundedUp } from "../../linalg/rounding.ts";
import type { Norm } from "./norm.ts";

export function weighted(norm: Norm, weight: number): Norm {
  return {
    ...norm,
    kind: "sum",
    label: (variable) => weightedLabel(weight, norm.label(variable)),
    euclideanFloor: weight * norm.euclideanFloor * (1 - 1e-15),
    l1Floor: weight * norm.l1Floor * (1 - 1e-15),
    value: (x) => weight * norm.value(x),
    dualValue: (p) => norm.dualValue(p) / weight,
    dualUpper(p) {
      const upper = norm.dualUpper(p);
      return upper === 0 ? 0 : roundedUp(upper / weight, 1);
    },
    dualDirection: (p) => norm.dualDirection(p).map((x) => x / weight),
    proxInto: (x, t) => norm.proxInto(x, t * weight),
    subgradientDistance: (p, x) =>
      weight *
      norm.subgradientDistance(
        p.map((entry) => entry / weight),
        x,
      ),
  };
}

export function weightedLabel(weight: number, label: string): string {
  return weight === 1 ? label : `${weight}${label}`;
}
