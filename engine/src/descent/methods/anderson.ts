/**
 * Anderson acceleration of a descent sweep x ↦ G(x) (anderson1965, walker2011): with the residuals f_j = G(x_j) − x_j of the last
 * sweeps, the weights α with Σ α_j = 1 that make ‖Σ α_j f_j‖₂ least propose Σ α_j G(x_j). Sweeps that creep linearly along a
 * valley then cross it in a few proposals. The caller takes a proposal only where it lowers the objective, so descent stays descent.
 * Cost of a proposal: DEPTH inner products of the length of x, and a DEPTH × DEPTH solve.
 */
import { choleskyInto, choleskySolveRowsInto } from "../../linalg/cholesky.ts";
import { dot } from "../../linalg/vector.ts";

const DEPTH = 8;
/** Relative ridge of the least-squares problem: residuals of neighboring sweeps are nearly parallel. */
const RIDGE = 1e-12;

export interface Acceleration {
  /** After the sweep from `before` to `after`; undefined while there is nothing to go on. */
  propose(before: Float64Array, after: Float64Array): Float64Array | undefined;
  /** The last proposal did not lower the objective: what led to it is forgotten. */
  reject(): void;
}

export function anderson(): Acceleration {
  let history: { readonly residual: Float64Array; readonly after: Float64Array }[] = [];
  return {
    propose(before, after) {
      const residual = after.map((x, i) => x - before[i]);
      history = [...history.slice(1 - DEPTH), { residual, after: after.slice() }];
      const last = history.length - 1;
      if (last < 1) return undefined;
      // Differences to the newest sweep take the place of the constraint Σ α = 1.
      const steps = history.slice(0, last).map((entry) => entry.residual.map((x, i) => x - residual[i]));
      const gram = new Float64Array(last * last);
      const right = new Float64Array(last);
      let trace = 0;
      steps.forEach((a, i) => {
        for (let j = 0; j <= i; j++) gram[i * last + j] = dot(a, steps[j]);
        right[i] = -dot(a, residual);
        trace += gram[i * last + i];
      });
      if (!(trace > 0)) return undefined;
      for (let i = 0; i < last; i++) gram[i * last + i] += (RIDGE * trace) / last;
      if (!choleskyInto(gram, last)) return undefined;
      choleskySolveRowsInto(right, 1, gram, last);
      const proposal = after.slice();
      for (let i = 0; i < last; i++) {
        const old = history[i].after;
        for (let k = 0; k < proposal.length; k++) proposal[k] += right[i] * (old[k] - after[k]);
      }
      // What a prox has set to zero stays zero.
      for (let k = 0; k < proposal.length; k++) if (after[k] === 0) proposal[k] = 0;
      return proposal.every(Number.isFinite) ? proposal : undefined;
    },
    reject() {
      history = history.slice(-1);
    },
  };
}
