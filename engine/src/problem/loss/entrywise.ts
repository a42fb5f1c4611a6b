/**
 * Losses given entry by entry, and what follows for all of them: values, gradients, and bounds on their own rounding. A loss
 * says how large the intermediate numbers of its formulas get (`magnitude`).
 */
import type { Observed } from "../../linalg/observed.ts";
import { euclideanLength } from "../../linalg/vector.ts";
import { formulaMargin, movedUpper } from "./bounds.ts";
import type { Loss } from "./loss.ts";
import { depth, sumByRows } from "./rows.ts";

export interface EntrywiseLoss extends Pick<Loss, "dualRange" | "dualBox" | "dualBound"> {
  readonly kind: Loss["kind"];
  readonly label: string;
  readonly lipschitz: number;
  readonly compiled?: Loss["compiled"];
  readonly targets?: NonNullable<Loss["targets"]>;
  readonly encode?: (y: number) => number;
  readonly predictionSize: (target: Observed) => number;
  /** L(x; y), its derivatives, and a bound on the size of what is added up in it. */
  readonly value: (x: number, y: number) => number;
  readonly magnitude: (x: number, y: number) => number;
  readonly derivative: (x: number, y: number) => number;
  readonly curvature: (x: number, y: number) => number;
}

export function entrywise(loss: EntrywiseLoss): Loss {
  const { value, derivative, curvature } = loss;
  return {
    kind: loss.kind,
    label: loss.label,
    lipschitz: loss.lipschitz,
    quadratic: false,
    entrywise: true,
    ...(loss.compiled === undefined ? {} : { compiled: loss.compiled }),
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
      const upper = sum + formulaMargin(magnitude, depth(target));
      if (error === 0) return upper;
      const slope = euclideanLength(x.map((entry, k) => derivative(entry, target.value[k])));
      let steepest = loss.lipschitz;
      if (!Number.isFinite(steepest)) {
        // Twice the curvature at x covers all of it within e ≤ ½ where it grows like e^x.
        steepest = 0;
        for (let k = 0; k < x.length; k++) steepest = Math.max(steepest, 2 * curvature(x[k], target.value[k]));
        if (error > 0.5) return Number.POSITIVE_INFINITY;
      }
      return upper + movedUpper(slope, steepest, error);
    },
    dualRange: loss.dualRange,
    dualBox: loss.dualBox,
    dualBound: loss.dualBound,
  };
}
