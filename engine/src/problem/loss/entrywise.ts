/**
 * Losses given entry by entry, and what follows for all of them: values, gradients, the dual line search, and bounds on
 * their own rounding. A loss says how large the intermediate numbers of its formulas get (`magnitude`); every formula here
 * is off by at most 64 units of roundoff of that (exp, log and log1p are good to one).
 */
import type { Observed } from "../../linalg/observed.ts";
import type { End } from "../../linalg/root.ts";
import { rootBetween } from "../../linalg/root.ts";
import { gamma, roundedUp, UNIT_ROUNDOFF } from "../../linalg/rounding.ts";
import type { DualBound, Loss } from "./loss.ts";
import { depth, sumByRows } from "./rows.ts";

export interface EntrywiseLoss {
  readonly kind: Loss["kind"];
  readonly label: string;
  readonly lipschitz: number;
  readonly targets?: NonNullable<Loss["targets"]>;
  readonly encode?: (y: number) => number;
  readonly predictionSize: (target: Observed) => number;
  /** L(x; y), its derivatives, and a bound on the size of what is added up in it. */
  readonly value: (x: number, y: number) => number;
  readonly magnitude: (x: number, y: number) => number;
  readonly derivative: (x: number, y: number) => number;
  readonly curvature: (x: number, y: number) => number;
  /** −L*(−q; y), its derivative in q, and a bound on the size of what is added up in it (and of q times the derivative). */
  readonly dual: (q: number, y: number) => number;
  readonly dualSlope: (q: number, y: number) => number;
  readonly dualMagnitude: (q: number, y: number) => number;
  /** The largest t for which t·w is in the domain of the dual; 0 when no t > 0 is. */
  readonly dualReach: (w: number, y: number) => number;
}

/** Formulas are good to this many units of their magnitude. */
const FORMULA_ERROR = 64 * UNIT_ROUNDOFF;

export function entrywise(loss: EntrywiseLoss): Loss {
  const { value, derivative, curvature } = loss;
  return {
    kind: loss.kind,
    label: loss.label,
    lipschitz: loss.lipschitz,
    quadratic: false,
    ...(loss.targets === undefined ? {} : { targets: loss.targets }),
    ...(loss.encode === undefined ? {} : { encode: loss.encode }),
    predictionSize: loss.predictionSize,
    value: (x, target) => sumByRows(target, (k) => value(x[k], target.value[k])),
    negativeGradientInto(w, x, target) {
      for (let k = 0; k < x.length; k++) w[k] = -derivative(x[k], target.value[k]);
    },
    curvatureInto(d, x, target) {
      for (let k = 0; k < x.length; k++) d[k] = curvature(x[k], target.value[k]);
    },
    valueUpper(x, target, error) {
      const sum = sumByRows(target, (k) => value(x[k], target.value[k]));
      const magnitude = sumByRows(target, (k) => loss.magnitude(x[k], target.value[k]));
      const rounding = roundedUp((FORMULA_ERROR + gamma(depth(target) + 2)) * magnitude, depth(target) + 4);
      if (error === 0) return sum + rounding;
      // ℓ(x + e) ≤ ℓ(x) + ‖∇ℓ‖‖e‖ + (L/2)‖e‖², L the curvature near x: twice that at x covers e ≤ ½ where it grows like e^x.
      const slope = Math.sqrt(sumByRows(target, (k) => derivative(x[k], target.value[k]) ** 2));
      let steepest = loss.lipschitz;
      if (!Number.isFinite(steepest)) {
        steepest = 0;
        for (let k = 0; k < x.length; k++) steepest = Math.max(steepest, 2 * curvature(x[k], target.value[k]));
        if (error > 0.5) return Number.POSITIVE_INFINITY;
      }
      const moved = 2 * slope * error + steepest * error * error;
      return sum + rounding + moved * (1 + gamma(depth(target) + 8));
    },
    dualBound(w, target, scaleMax): DualBound {
      let reach = scaleMax;
      for (let k = 0; k < w.value.length; k++) reach = Math.min(reach, loss.dualReach(w.value[k], target.value[k]));
      const scale = Number.isFinite(reach) && reach > 0 ? bestScale(reach) : 0;
      const dual = sumByRows(target, (k) => loss.dual(scale * w.value[k], target.value[k]));
      const magnitude = sumByRows(target, (k) => loss.dualMagnitude(scale * w.value[k], target.value[k]));
      const margin = roundedUp((FORMULA_ERROR + gamma(depth(target) + 2)) * magnitude, depth(target) + 4);
      return { scale, value: dual - margin, margin };

      /** D is concave: its slope falls, and its root in [0, reach] is the best scale. */
      function bestScale(limit: number): number {
        const slope = (t: number) =>
          sumByRows(target, (k) => w.value[k] * loss.dualSlope(t * w.value[k], target.value[k]));
        const high: End = { at: limit, value: slope(limit) };
        if (high.value >= 0) return limit;
        const low: End = { at: 0, value: slope(0) };
        if (!(low.value > 0)) return 0;
        if (!Number.isFinite(low.value) || !Number.isFinite(high.value)) return bisected(slope, limit);
        return rootBetween(slope, low, high, { tolerance: 1e-12 * (low.value - high.value), steps: 60 });
      }
    },
  };
}

/** Where the slope is infinite at an end of the domain: plain bisection, good to 1e-12 of the interval. */
function bisected(slope: (t: number) => number, limit: number): number {
  let [low, high] = [0, limit];
  for (let step = 0; step < 40; step++) {
    const middle = (low + high) / 2;
    if (slope(middle) > 0) low = middle;
    else high = middle;
  }
  return low;
}
