/**
 * max f(Wᵀu) over the vertices u of a box, all signs or all of {0, 1}, for f convex and homogeneous of degree 1: row by row, where
 *   f(s + rest) ≤ f(s) + N_i,      s = Σ_{l<i} u_l row_l,      N_i = the same maximum over rows i… alone,
 * ends a branch. N is found from the last row up, each with the help of those behind it (verfaillie1996). Nothing is looked up
 * that a check cannot find as fast, so it does all of this again.
 */
import { gamma, roundedUp } from "../../linalg/rounding.ts";

export type Box = "signs" | "zero-one";

/** How f takes sums: Σ|s|, Σ s₊, ‖s‖₂, ‖s₊‖₂, or a function of its own. */
export type Size = "absolute" | "positive" | "euclidean" | "euclidean-positive" | ((s: Float64Array) => number);

export interface SignProblem {
  /** Row-major. */
  readonly entries: Float64Array;
  readonly rows: number;
  readonly columns: number;
  readonly box: Box;
  readonly size: Size;
  /** f(s) = f(−s): half of the signs will do. */
  readonly isEven: boolean;
  /** f(s) ≤ ‖s‖₁ / floor. */
  readonly floor: number;
}

export interface SignOptions {
  /** Nothing up to this is looked for; where something is found beyond it, nothing up to (1 + tolerance) times that. */
  readonly threshold: number;
  readonly tolerance: number;
  /** Nodes that may be looked at. */
  readonly nodes: number;
  readonly stopped: () => boolean;
}

export interface SignResult {
  /** Infinity where it was not finished. */
  readonly upper: number;
  readonly better: Float64Array | undefined;
  readonly nodes: number;
}

/** By which the maxima over the last rows may be off. */
const SLACK = 1e-9;

export function searchSigns(
  problem: SignProblem,
  { tolerance, nodes: most, stopped, ...options }: SignOptions,
): SignResult {
  const { rows: d, columns: n, box, isEven } = problem;
  const order = byLength(problem);
  const w = new Float64Array(d * n);
  order.forEach((i, at) => {
    w.set(problem.entries.subarray(i * n, (i + 1) * n), at * n);
  });
  const both = pairOf(problem.size, n);
  const lost = roundingOf(problem);
  const between = typeof problem.size === "string" ? 4095 : 15;
  const sums = new Float64Array((d + 1) * n);
  const rest = new Float64Array(d + 1);
  const limits = new Float64Array(d + 1);
  const u = new Float64Array(d);
  const values = new Float64Array(2);
  const off = box === "signs" ? -1 : 0;
  /** What is best for the last rows, and its sum. */
  const best = new Float64Array(d);
  let bestSum = new Float64Array(n);
  let threshold = 0;
  let share = 0;
  let nodes = 0;
  let isOver = false;
  let isWhole = false;

  /** Sums with f up to `limits[i]` before row i are done. */
  function raise(value: number): void {
    threshold = value;
    for (let i = 0; i <= d; i++) limits[i] = (value - lost - rest[i]) * (1 - 2 * gamma(n + 8));
  }

  function visit(i: number): void {
    nodes++;
    if (nodes >= most || ((nodes & between) === 0 && stopped())) isOver = true;
    if (isOver) return;
    both(values, sums, i * n, w, i * n, off);
    const [plus, minus] = [values[0], values[1]];
    const isPlusFirst = plus >= minus;
    for (let turn = 0; turn < 2 && !isOver; turn++) {
      const isPlus = (turn === 0) === isPlusFirst;
      const value = isPlus ? plus : minus;
      if (value <= limits[i + 1]) continue;
      u[i] = isPlus ? 1 : off;
      addRow(i, u[i]);
      if (i + 1 < d) visit(i + 1);
      else keep(value);
    }
  }

  function keep(value: number): void {
    best.set(u);
    bestSum = sums.slice(d * n);
    raise(roundedUp((value + lost) * (1 + share), n + 8));
  }

  function addRow(i: number, factor: number): void {
    const [from, to] = [i * n, (i + 1) * n];
    for (let j = 0; j < n; j++) sums[to + j] = sums[from + j] + factor * w[from + j];
  }

  /** The best that row t can add to the best of the rows behind it, for a start. */
  function grown(t: number): number {
    both(values, bestSum, 0, w, t * n, off);
    const isPlus = values[0] >= values[1];
    const factor = isPlus ? 1 : off;
    bestSum = bestSum.map((x, j) => x + factor * w[t * n + j]);
    best[t] = factor;
    return isPlus ? values[0] : values[1];
  }

  for (let t = d - 1; t >= 0 && !isOver; t--) {
    isWhole = t === 0;
    share = isWhole ? tolerance : Math.min(SLACK, tolerance);
    const start = grown(t);
    raise(Math.max(rest[t + 1], isWhole ? options.threshold : 0, roundedUp((start + lost) * (1 + share), n + 8)));
    sums.fill(0, t * n, (t + 1) * n);
    // Of the two first halves one is the mirror image of the other, or has been looked at with the rows behind it.
    if (isEven || box === "zero-one") {
      both(values, sums, t * n, w, t * n, off);
      u[t] = 1;
      addRow(t, 1);
      if (t + 1 < d) {
        if (values[0] > limits[t + 1]) visit(t + 1);
      } else if (values[0] > limits[d]) keep(values[0]);
    } else visit(t);
    rest[t] = threshold;
  }
  return {
    upper: isOver ? Number.POSITIVE_INFINITY : rest[0],
    better: isWhole && threshold > options.threshold ? inOrder(best, order) : undefined,
    nodes,
  };
}

/** Entry order[k] is the one at k. */
function inOrder(x: Float64Array, order: readonly number[]): Float64Array {
  const out = new Float64Array(x.length);
  order.forEach((i, at) => {
    out[i] = x[at];
  });
  return out;
}

/** |f(fl(s)) − f(s)| for all sums, and what differences of such values round: ≤ γ_{d+6} Σ_ij |w_ij| / floor. */
function roundingOf({ entries, rows, floor }: SignProblem): number {
  let total = 0;
  for (let k = 0; k < entries.length; k++) total += Math.abs(entries[k]);
  return roundedUp((gamma(rows + 6) * roundedUp(total, entries.length)) / floor, 8);
}

/** Longest rows first. */
function byLength({ entries, rows, columns }: SignProblem): number[] {
  const lengths = Array.from({ length: rows }, (_, i) => {
    let sum = 0;
    for (let j = 0; j < columns; j++) sum += Math.abs(entries[i * columns + j]);
    return sum;
  });
  return lengths.map((_, i) => i).sort((i, j) => lengths[j] - lengths[i] || i - j);
}

/** f(s + row) and f(s + off · row), each within γ_{n+2} of itself. */
type Pair = (out: Float64Array, s: Float64Array, at: number, w: Float64Array, row: number, off: number) => void;

function pairOf(size: Size, n: number): Pair {
  switch (size) {
    case "absolute":
      return (out, s, at, w, row, off) => {
        let [x, y] = [0, 0];
        for (let j = 0; j < n; j++) {
          const [a, b] = [s[at + j], w[row + j]];
          x += Math.abs(a + b);
          y += Math.abs(a + off * b);
        }
        out[0] = x;
        out[1] = y;
      };
    case "positive":
      return (out, s, at, w, row, off) => {
        let [x, y] = [0, 0];
        for (let j = 0; j < n; j++) {
          const [a, b] = [s[at + j], w[row + j]];
          x += Math.max(0, a + b);
          y += Math.max(0, a + off * b);
        }
        out[0] = x;
        out[1] = y;
      };
    case "euclidean":
      return (out, s, at, w, row, off) => {
        let [x, y] = [0, 0];
        for (let j = 0; j < n; j++) {
          const [a, b] = [s[at + j], w[row + j]];
          x += (a + b) * (a + b);
          y += (a + off * b) * (a + off * b);
        }
        out[0] = Math.sqrt(x);
        out[1] = Math.sqrt(y);
      };
    case "euclidean-positive":
      return (out, s, at, w, row, off) => {
        let [x, y] = [0, 0];
        for (let j = 0; j < n; j++) {
          const [a, b] = [Math.max(0, s[at + j] + w[row + j]), Math.max(0, s[at + j] + off * w[row + j])];
          x += a * a;
          y += b * b;
        }
        out[0] = Math.sqrt(x);
        out[1] = Math.sqrt(y);
      };
    default: {
      const sum = new Float64Array(n);
      const worth = (s: Float64Array, at: number, w: Float64Array, row: number, factor: number): number => {
        for (let j = 0; j < n; j++) sum[j] = s[at + j] + factor * w[row + j];
        return size(sum);
      };
      return (out, s, at, w, row, off) => {
        out[0] = worth(s, at, w, row, 1);
        out[1] = worth(s, at, w, row, off);
      };
    }
  }
}
