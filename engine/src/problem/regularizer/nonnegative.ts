/**
 * A norm on the cone x ≥ 0. For an absolute norm everything follows by dropping what points out of the cone: the dual norm is
 * ‖p₊‖_*, the prox is the norm's own after projection, and a subgradient may be lowered at will where x_i = 0.
 */
import type { Norm } from "./norm.ts";

export function nonnegative(norm: Norm): Norm {
  return {
    ...norm,
    constrained: true,
    condition: (variable) => `${variable} ≥ 0`,
    value: (x) => (x.every((entry) => entry >= 0) ? norm.value(x) : Number.POSITIVE_INFINITY),
    dualValue: (p) => norm.dualValue(p.map(positivePart)),
    dualUpper: (p) => norm.dualUpper(p.map(positivePart)),
    dualDirection: (p) => norm.dualDirection(p.map(positivePart)),
    proxInto(x, t) {
      for (let i = 0; i < x.length; i++) x[i] = positivePart(x[i]);
      norm.proxInto(x, t);
    },
    subgradientDistance: (p, x) =>
      norm.subgradientDistance(
        p.map((entry, i) => (x[i] > 0 ? entry : positivePart(entry))),
        x,
      ),
  };
}

/** Also turns −0 into 0. */
function positivePart(x: number): number {
  return x > 0 ? x : 0;
}
