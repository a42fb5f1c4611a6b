/** Losses of one number an entry, as the kernels know them. */
import { type Arithmetic, FIRST_ADDRESS, type KernelCode, type Workspace, workspaceFor } from "./loader.ts";
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

/** Entries of one call to compiled code, and room for their predictions and targets. */
export const CHUNK = 2 ** 12;
/** Entries that are summed one by one. */
export const CHAIN = 2 ** 15;
const BYTES = FIRST_ADDRESS + 2 * 8 * CHUNK;
/** Below so many the way there costs more. */
const FEW = 64;

export interface ChainedLoss {
  readonly value: number;
  /** The longest chain of additions. */
  readonly additions: number;
}

/** w = −∇ℓ(x), and ℓ(x). */
export function chainedSlopesInto(w: Float64Array, x: Float64Array, y: Float64Array, loss: EntryLoss): ChainedLoss {
  w.set(x);
  let value = 0;
  for (let from = 0; from < x.length; from += CHAIN) {
    value += slopesInto(w, y, [from, Math.min(x.length, from + CHAIN)], loss, 0);
  }
  return { value, additions: chainedAdditions(x.length) };
}

export function chainedAdditions(count: number): number {
  return Math.min(CHAIN, count) + Math.ceil(count / CHAIN);
}

/** w_k (a prediction) ← the negative slope of the loss there, for from ≤ k < to; returns `sum` and the losses, one by one. */
export function slopesInto(
  w: Float64Array,
  y: Float64Array,
  [from, to]: readonly [number, number],
  loss: EntryLoss,
  sum: number,
  arithmetic: Arithmetic = "compiled",
): number {
  const isPlain = arithmetic === "plain" || to - from < FEW;
  const workspace = isPlain ? undefined : workspaceFor(BYTES);
  if (workspace === undefined) return plainSlopes(w, y, [from, to], loss, sum);
  const { code } = workspace;
  let total = sum;
  byChunks(workspace, w, y, [from, to], (xAt, yAt, count) => {
    total = residentSlopes(code, xAt, yAt, count, loss, total);
  });
  return total;
}

/** The same of numbers that stand in compiled memory. */
export function residentSlopes(
  code: KernelCode,
  xAt: number,
  yAt: number,
  count: number,
  loss: EntryLoss,
  sum: number,
): number {
  const { kind, weight } = loss;
  const delta = kind === "huber" ? loss.delta : Number.POSITIVE_INFINITY;
  return code.lossSpan(xAt, yAt, count, LOSS_KINDS[kind], weight, delta, sum);
}

function plainSlopes(
  w: Float64Array,
  y: Float64Array,
  [from, to]: readonly [number, number],
  loss: EntryLoss,
  sum: number,
): number {
  const { weight } = loss;
  let total = sum;
  if (loss.kind === "logistic") {
    for (let k = from; k < to; k++) {
      const { value, pull } = logisticPoint(w[k], y[k], weight);
      total += value;
      w[k] = pull;
    }
    return total;
  }
  const delta = loss.kind === "huber" ? loss.delta : Number.POSITIVE_INFINITY;
  const half = 0.5 * weight;
  const clip = weight * delta;
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
    logisticCurvatures(c, y, loss.weight, arithmetic);
    return;
  }
  const delta = loss.kind === "huber" ? loss.delta : Number.POSITIVE_INFINITY;
  for (let k = 0; k < c.length; k++) c[k] = Math.abs(y[k] - c[k]) > delta ? 0 : loss.weight;
}

function logisticCurvatures(c: Float64Array, y: Float64Array, weight: number, arithmetic: Arithmetic): void {
  const workspace = arithmetic === "plain" || c.length < FEW ? undefined : workspaceFor(BYTES);
  if (workspace === undefined) {
    for (let k = 0; k < c.length; k++) c[k] = logisticPoint(c[k], y[k], weight).curvature;
    return;
  }
  const { code } = workspace;
  byChunks(
    workspace,
    c,
    y,
    [0, c.length],
    (xAt, yAt, count) => void code.logisticSpan(xAt, yAt, 0, xAt, count, weight, 0),
  );
}

/** x of the entries from one place to another is replaced by what `visit` leaves in its place. */
function byChunks(
  workspace: Workspace,
  x: Float64Array,
  y: Float64Array,
  [from, to]: readonly [number, number],
  visit: (xAt: number, yAt: number, count: number) => void,
): void {
  const numbers = workspace.numbers(BYTES);
  const [xAt, yAt] = [FIRST_ADDRESS, FIRST_ADDRESS + 8 * CHUNK];
  for (let k = from; k < to; k += CHUNK) {
    const end = Math.min(to, k + CHUNK);
    numbers.set(x.subarray(k, end), xAt / 8);
    numbers.set(y.subarray(k, end), yAt / 8);
    visit(xAt, yAt, end - k);
    x.set(numbers.subarray(xAt / 8, xAt / 8 + end - k), k);
  }
}
