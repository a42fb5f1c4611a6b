/** σ₁ of any finite matrix, from above: proven by Cholesky where that is cheap enough, by the Frobenius norm where it is not. */
import { largestSingularTriplets } from "../../linalg/lanczos.ts";
import type { Observed } from "../../linalg/observed.ts";
import { dividedBy, observedEntries } from "../../linalg/observed.ts";
import { powerOfTwoAbove, roundedUp, UNDERFLOW } from "../../linalg/rounding.ts";
import { euclideanLength } from "../../linalg/vector.ts";
import { proveSpectralBound } from "./spectral.ts";

/** Flops of one proof: about a second. */
const MAX_FLOPS = 2e9;

/** Not below σ₁(A), rounding included. Cost M k², k the shorter side and M the longer one. */
export function singularBound(a: Observed, stopped: () => boolean = () => false): number {
  const scale = powerOfTwoAbove(a.value);
  if (scale === 0) return 0;
  const frobenius = lengthBound(a.value);
  const side = Math.min(a.rows, a.columns);
  if (!Number.isFinite(frobenius) || Math.max(a.rows, a.columns) * side ** 2 > MAX_FLOPS) return frobenius;
  const unit = dividedBy(a, scale);
  const [top] = largestSingularTriplets(unit, { above: Number.POSITIVE_INFINITY, stopped });
  if (top === undefined) return frobenius;
  const { bound } = proveSpectralBound(unit, top.sigma, stopped);
  return Math.min(frobenius, roundedUp((bound + a.value.length * UNDERFLOW) * scale, 2));
}

/** The same for a dense row-major array of so many columns. */
export function denseSingularBound(a: Float64Array, columns: number, stopped?: () => boolean): number {
  return singularBound(
    observedEntries(a, a.length / columns, columns, (k) => a[k] !== 0),
    stopped,
  );
}

/** ‖x‖₂ rounded up; of a matrix the Frobenius norm. */
export function lengthBound(x: Float64Array): number {
  return roundedUp(euclideanLength(x), x.length + 8);
}
