/** Sums over pairs of entries, in chains: how many additions come after one another is known, for bounds on their rounding. */
import { type Arithmetic, FIRST_ADDRESS, type KernelCode, workspaceFor } from "./loader.ts";

export interface ChainedSums {
  readonly sums: Float64Array;
  /** The longest chain of additions. */
  readonly additions: number;
}

/** Both give every sum at even and at odd places of a chain, one beside the other. */
export interface Chain {
  /** How many sums. */
  readonly size: number;
  compiled(code: KernelCode, wAt: number, yAt: number, count: number, sumsAt: number): void;
  /** Adds one pair; `side` is 0 at even places, 1 at odd ones: sum i is at 2i + side. */
  plain(sums: Float64Array, side: number, w: number, y: number): void;
}

/** Entries of one chain. */
const LENGTH = 2 ** 11;
/** Below so many the way to compiled code costs more. */
const FEW = 64;

export function chainedSums(
  w: Float64Array,
  y: Float64Array,
  chain: Chain,
  arithmetic: Arithmetic = "compiled",
): ChainedSums {
  const count = w.length;
  const sumsOf =
    (arithmetic === "plain" || count < FEW ? undefined : compiledSums(w, y, chain)) ?? plainSums(w, y, chain);
  const sums = new Float64Array(chain.size);
  for (let from = 0; from < count; from += LENGTH) {
    const pairs = sumsOf(from, Math.min(count, from + LENGTH));
    for (let i = 0; i < chain.size; i++) sums[i] += pairs[2 * i] + pairs[2 * i + 1];
  }
  return { sums, additions: Math.ceil(Math.min(LENGTH, count) / 2) + 1 + Math.ceil(count / LENGTH) };
}

/** Of the entries from one place to another; of use until the next. */
type SumsOf = (from: number, to: number) => Float64Array;

function compiledSums(w: Float64Array, y: Float64Array, chain: Chain): SumsOf | undefined {
  const wAt = FIRST_ADDRESS + 16 * chain.size;
  const yAt = wAt + 8 * LENGTH;
  const bytes = yAt + 8 * LENGTH;
  const workspace = workspaceFor(bytes);
  if (workspace === undefined) return undefined;
  const numbers = workspace.numbers(bytes);
  const sums = numbers.subarray(FIRST_ADDRESS / 8, wAt / 8);
  return (from, to) => {
    numbers.set(w.subarray(from, to), wAt / 8);
    numbers.set(y.subarray(from, to), yAt / 8);
    chain.compiled(workspace.code, wAt, yAt, to - from, FIRST_ADDRESS);
    return sums;
  };
}

function plainSums(w: Float64Array, y: Float64Array, chain: Chain): SumsOf {
  const sums = new Float64Array(2 * chain.size);
  return (from, to) => {
    sums.fill(0);
    for (let k = from; k < to; k++) chain.plain(sums, (k - from) & 1, w[k], y[k]);
    return sums;
  };
}
