/** The best splitting as a way to close a bracket; its arrays are the witness. */
import type { Observed } from "../../linalg/observed.ts";
import { multiplyInto, multiplyTransposedInto } from "../../linalg/observed.ts";
import { opposite } from "../../linalg/vector.ts";
import type { Branch } from "../../problem/factors.ts";
import type { Norm } from "../../problem/regularizer/norm.ts";
import type { Closer } from "./closing.ts";
import type { ProofArrays } from "./polar.ts";
import type { SplittingBound, SplittingOptions } from "./splitting.ts";
import { bestSplitting, bestSquareSplitting, provenSplitting, provenSquareSplitting } from "./splitting.ts";
import type { QuadraticForm } from "./splitting-form.ts";
import { hasSquareForm, hasTableForm } from "./splitting-form.ts";

const WITNESS = "splitting";
const METHOD = "semidefinite relaxation, by a splitting";
const WHY = "factors with ℓ2 and ℓ1 norms, free or ≥ 0, have a semidefinite relaxation";

/** Undefined where the norms are others, or the factors too long. */
export function tableSplitting(w: Observed, a: Norm, b: Norm): Closer | undefined {
  if (!hasTableForm(w, a, b)) return undefined;
  return closerOf({
    prove: (arrays) => provenSplitting(w, a, b, arrays),
    search: (options) => bestSplitting(w, a, b, options),
    branch: (z, form) => tableBranch(w, [a, b], z, form),
  });
}

/** The same for uᵀWu. */
export function squareSplitting(w: Observed, norm: Norm): Closer | undefined {
  if (!hasSquareForm(w, norm)) return undefined;
  return closerOf({
    prove: (arrays) => provenSquareSplitting(w, norm, arrays),
    search: (options) => bestSquareSplitting(w, norm, options),
    branch: (z) => [z],
  });
}

interface Methods {
  readonly prove: (arrays: ProofArrays) => number;
  readonly search: (options: SplittingOptions) => SplittingBound;
  readonly branch: (z: Float64Array, form: QuadraticForm) => Branch;
}

function closerOf({ prove, search, branch }: Methods): Closer {
  const words = { method: METHOD, witness: WITNESS, why: WHY };
  return {
    witness: WITNESS,
    close({ lower, branch: best, tolerance, hint, stopped }) {
      const { upper, arrays, near } = search({ lower, branch: best, tolerance, hint, stopped });
      return { upper, ...words, arrays, work: 0, better: near && branch(towardsCone(near), near.form) };
    },
    check: (arrays) => ({ upper: prove(arrays), ...words }),
  };
}

/** An eigenvector has any sign: the one that is more on the side of the cones. */
function towardsCone({ point, form: { size, positive } }: NonNullable<SplittingBound["near"]>): Float64Array {
  const sum = point.reduce((total, x, i) => total + (positive[i * size + i] === 1 ? x : 0), 0);
  return sum < 0 ? opposite(point) : point;
}

function tableBranch(w: Observed, norms: readonly [Norm, Norm], z: Float64Array, form: QuadraticForm): Branch {
  if (form.factors.length === 2) return [z.slice(0, form.second), z.slice(form.second)];
  const [isFirst] = form.factors.map((factor) => factor === 0);
  const gradient = new Float64Array(isFirst ? w.columns : w.rows);
  if (isFirst) {
    multiplyTransposedInto(gradient, w, z);
    return [z, norms[1].dualDirection(gradient)];
  }
  multiplyInto(gradient, w, z);
  return [norms[0].dualDirection(gradient), z];
}
