/**
 * A norm on the cone x ≥ 0. For an absolute norm (‖x‖ depends on |x_i| only, and grows with each) everything follows by
 * dropping what points out of the cone: the dual norm is ‖p₊‖_*, the prox is the norm's own after projection, and a
 * subgradient may be lowered at will where x_i = 0.
 */
import { positivePart } from "./entries.ts";
import type { Norm } from "./norm.ts";

export function nonnegative(norm: Norm): Norm {
  const violation = (x: Float64Array) => negativeEntry(x) ?? norm.violation(x);
  return {
    ...norm,
    constrained: true,
    nonnegative: true,
    condition: (variable) => `${variable} ≥ 0`,
    value: (x) => (violation(x) === undefined ? norm.value(x) : Number.POSITIVE_INFINITY),
    violation,
    dualValue: (p) => norm.dualValue(p.map(positivePart)),
    dualUpper: (p, enough) => norm.dualUpper(p.map(positivePart), enough),
    // A norm whose prox is found by iteration may leave the cone by rounding.
    dualDirection: (p) => norm.dualDirection(p.map(positivePart)).map(positivePart),
    climber: undefined,
    proxInto(x, t) {
      for (let i = 0; i < x.length; i++) x[i] = positivePart(x[i]);
      norm.proxInto(x, t);
      for (let i = 0; i < x.length; i++) x[i] = positivePart(x[i]);
    },
    subgradientDistance: (p, x) =>
      norm.subgradientDistance(
        p.map((entry, i) => (x[i] > 0 ? entry : positivePart(entry))),
        x,
      ),
  };
}

/** Words about the first entry that is not ≥ 0. */
export function negativeEntry(x: Float64Array): string | undefined {
  const at = x.findIndex((entry) => !(entry >= 0));
  return at < 0 ? undefined : `entry ${at + 1} is ${x[at]}, not ≥ 0`;
}
