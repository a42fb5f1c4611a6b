/** Losses of one number an entry, as the kernels know them. */
import { type Arithmetic, FIRST_ADDRESS, workspaceFor } from "./loader.ts";
import { logisticPoint } from "./plain-logistic.ts";

/**
 * squared: weight/2 (y − x)². huber: the same with the pull clipped at weight·delta, weight δ (|y − x| − δ/2) beyond δ.
 * logistic: weight log(1 + e^{−yx}), y = ±1, to a few units in the last place.
 */
export type EntryLoss =
  | { readonly kind: "squared"; readonly weight: number }
  | { readonly kind: "huber"; readonly weight: number; readonly delta: number }
  | { readonly kind: "logistic"; readonly weight: number };

/** As assembly/ has them. */
export const LOSS_KINDS = { squared: 1, huber: 2, logistic: 3 } as const satisfies Record<EntryLoss["kind"], number>;

/** Entries of one call to the compiled logistic loss. */
const CHUNK = 2 ** 15;
/** Below so many the way there costs more. */
const FEW = 64;

/** w_k (a prediction) ← the negative slope of the loss there, for from ≤ k < to; returns `sum` and the losses, one by one. */
export function slopesInto(
  w: Float64Array,
  y: Float64Array,
  [from, to]: readonly [number, number],
  loss: EntryLoss,
  sum: number,
  arithmetic: Arithmetic = "compiled",
): number {
  if (loss.kind === "logistic") return logisticInto(w, "slope", y, [from, to], loss.weight, sum, arithmetic);
  const { weight } = loss;
  const delta = loss.kind === "huber" ? loss.delta : Number.POSITIVE_INFINITY;
  const half = 0.5 * weight;
  const clip = weight * delta;
  let total = sum;
  for (let k = from; k < to; k++) {
    const e = y[k] - w[k];
    if (Math.abs(e) > delta) {
      total += clip * (Math.abs(e) - 0.5 * delta);
      w[k] = e > 0 ? clip : -clip;
    } else {
      total += half * (e * e);
      w[k] = weight * e;
    }
  }
  return total;
}

/** c_k (a prediction) ← the curvature of the loss there. */
export function curvaturesInto(
  c: Float64Array,
  y: Float64Array,
  loss: EntryLoss,
  arithmetic: Arithmetic = "compiled",
): void {
  if (loss.kind === "logistic") {
    logisticInto(c, "curvature", y, [0, c.length], loss.weight, 0, arithmetic);
    return;
  }
  const delta = loss.kind === "huber" ? loss.delta : Number.POSITIVE_INFINITY;
  for (let k = 0; k < c.length; k++) c[k] = Math.abs(y[k] - c[k]) > delta ? 0 : loss.weight;
}

/** Predictions x become slopes or curvatures. */
function logisticInto(
  x: Float64Array,
  what: "slope" | "curvature",
  y: Float64Array,
  [from, to]: readonly [number, number],
  weight: number,
  start: number,
  arithmetic: Arithmetic,
): number {
  const bytes = FIRST_ADDRESS + 2 * 8 * CHUNK;
  const workspace = arithmetic === "plain" || to - from < FEW ? undefined : workspaceFor(bytes);
  let sum = start;
  if (workspace === undefined) {
    for (let k = from; k < to; k++) {
      const { value, pull, curvature } = logisticPoint(x[k], y[k], weight);
      sum += value;
      x[k] = what === "slope" ? pull : curvature;
    }
    return sum;
  }
  const xAt = FIRST_ADDRESS;
  const yAt = xAt + 8 * CHUNK;
  const numbers = workspace.numbers(bytes);
  for (let k = from; k < to; k += CHUNK) {
    const end = Math.min(to, k + CHUNK);
    numbers.set(x.subarray(k, end), xAt / 8);
    numbers.set(y.subarray(k, end), yAt / 8);
    const [w, c] = what === "slope" ? [xAt, 0] : [0, xAt];
    sum = workspace.code.logisticSpan(xAt, yAt, w, c, end - k, weight, sum);
    x.set(numbers.subarray(xAt / 8, xAt / 8 + end - k), k);
  }
  return sum;
}
