/** Sums over the entries of the logistic loss's dual, along a line. */
import { type Arithmetic, FIRST_ADDRESS, workspaceFor } from "./loader.ts";
import { logisticDualPoint } from "./plain-logistic.ts";

export interface LogisticDualSums {
  /** Σ −p log p − (1 − p) log(1 − p) for p = t w y clipped to [0, 1]: each off by at most 28 units (assembly/logistic-dual.ts). */
  readonly value: number;
  /** Its derivative in t; a logarithm of 0 counts as −709. */
  readonly slope: number;
  /** How many w are not 0: the others add exactly 0. */
  readonly nonzero: number;
  /** The longest chain of additions. */
  readonly additions: number;
}

/** Entries of one sum. */
const CHAIN = 2 ** 11;
/** Below so many the way there costs more. */
const FEW = 64;

/** At t = `scale`, of labels y = ±1. */
export function logisticDualSums(
  w: Float64Array,
  y: Float64Array,
  scale: number,
  arithmetic: Arithmetic = "compiled",
): LogisticDualSums {
  const count = w.length;
  const spanSums = arithmetic === "plain" || count < FEW ? plainSums(w, y, scale) : compiledSums(w, y, scale);
  let [value, slope, nonzero] = [0, 0, 0];
  for (let from = 0; from < count; from += CHAIN) {
    const sums = spanSums(from, Math.min(count, from + CHAIN));
    value += sums[0] + sums[1];
    slope += sums[2] + sums[3];
    nonzero += sums[4] + sums[5];
  }
  const additions = Math.ceil(Math.min(CHAIN, count) / 2) + 1 + Math.ceil(count / CHAIN);
  return { value, slope, nonzero, additions };
}

/** Value, slope and entries that are not 0 from one place to another, those at even places and those at odd ones. */
type SpanSums = (from: number, to: number) => Float64Array;

function compiledSums(w: Float64Array, y: Float64Array, scale: number): SpanSums {
  const wAt = FIRST_ADDRESS + 48;
  const yAt = wAt + 8 * CHAIN;
  const bytes = yAt + 8 * CHAIN;
  const workspace = workspaceFor(bytes);
  if (workspace === undefined) return plainSums(w, y, scale);
  const numbers = workspace.numbers(bytes);
  const sums = numbers.subarray(FIRST_ADDRESS / 8, wAt / 8);
  return (from, to) => {
    numbers.set(w.subarray(from, to), wAt / 8);
    numbers.set(y.subarray(from, to), yAt / 8);
    workspace.code.logisticDualSpan(wAt, yAt, to - from, scale, FIRST_ADDRESS);
    return sums;
  };
}

function plainSums(w: Float64Array, y: Float64Array, scale: number): SpanSums {
  const sums = new Float64Array(6);
  return (from, to) => {
    sums.fill(0);
    for (let k = from; k < to; k++) {
      const side = (k - from) & 1;
      const { value, slope } = logisticDualPoint(scale * w[k], y[k]);
      sums[side] += value;
      sums[2 + side] += w[k] * slope;
      if (w[k] !== 0) sums[4 + side]++;
    }
    return sums;
  };
}
