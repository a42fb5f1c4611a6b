/** ℓ and its derivatives as descent wants them: compiled where there is a kernel for the loss. */
import { curvaturesInto, slopesInto } from "../../linalg/kernels/entry-loss.ts";
import type { Problem } from "../../problem/problem.ts";

type Data = Pick<Problem, "loss" | "target">;

/** w ← −∇ℓ(x); returns ℓ(x). */
export function lossAndSlopesInto(w: Float64Array, x: Float64Array, { loss, target }: Data): number {
  if (loss.compiled === undefined) {
    loss.negativeGradientInto(w, x, target);
    return loss.value(x, target);
  }
  w.set(x);
  return slopesInto(w, target.value, [0, w.length], loss.compiled, 0);
}

/** c ← the curvature of ℓ at every entry. */
export function curvatureInto(c: Float64Array, x: Float64Array, { loss, target }: Data): void {
  if (loss.compiled === undefined) {
    loss.curvatureInto(c, x, target);
    return;
  }
  c.set(x);
  curvaturesInto(c, target.value, loss.compiled);
}
