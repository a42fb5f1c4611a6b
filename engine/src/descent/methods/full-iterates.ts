/** Thresholding on a table without holes, for losses that the kernels know: a step goes through the tables a few times. */
import type { EntryLoss } from "../../linalg/kernels/entry-loss.ts";
import type { Precision } from "../../linalg/kernels/multiply.ts";
import { tableSteps } from "../../linalg/kernels/table-steps.ts";
import type { Triplets } from "../../linalg/subspace.ts";
import type { Problem } from "../../problem/problem.ts";
import { type Iterates, weightedLeft } from "./iterates.ts";

/** Memory: six tables. Cost of a step beside the products with G: 2mnr flops, and the loss. */
export function fullIterates({ target }: Problem, compiled: EntryLoss, start: Triplets, lipschitz: number): Iterates {
  const { rows, columns, value: y } = target;
  const isTall = rows >= columns;
  const steps = tableSteps(y, rows, columns);
  let beta = 0;
  let precision: Precision = "double";
  let lossAtZ = 0;
  if (start.count > 0) {
    steps.propose(...sidesOf(start), start.count);
    steps.accept();
  }

  function sidesOf(triplets: Triplets): readonly [u: Float64Array, v: Float64Array] {
    const weighted = weightedLeft(triplets);
    return isTall ? [weighted, triplets.right] : [triplets.right, weighted];
  }

  return {
    longer: Math.max(rows, columns),
    shorter: Math.min(rows, columns),
    lipschitz,
    get precision() {
      return precision;
    },
    timesInto: (out, q, k) => steps.multiplyInto(out, q, k, { transpose: !isTall, precision }),
    transposedTimesInto: (out, p, k) => steps.multiplyInto(out, p, k, { transpose: isTall, precision }),
    extrapolate(momentum) {
      beta = momentum;
    },
    step(wanted) {
      precision = wanted;
      lossAtZ = steps.begin(beta, compiled, lipschitz);
    },
    move(triplets) {
      const { distance, uphill, slope } = steps.propose(...sidesOf(triplets), triplets.count, precision);
      // With L the Lipschitz constant the model of the step is not below the loss, and soon as good as it. G − Z = w/L.
      const model = lossAtZ + lipschitz * (slope + distance / 2);
      return { loss: model, distance: Math.sqrt(distance), uphill };
    },
    accept: () => steps.accept(),
    less(triplets) {
      const out = new Float64Array(y.length);
      steps.lessInto(out, ...sidesOf(triplets), triplets.count);
      return out;
    },
  };
}
