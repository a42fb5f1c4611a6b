/** The entry kernel without WebAssembly: the same sums in the same order as assembly/entries.ts. */
import type { Observed } from "../observed.ts";
import { transpose } from "../observed.ts";
import type { EntryKernel } from "./entry-kernel.ts";
import { curvaturesInto, type EntryLoss, slopesInto } from "./entry-loss.ts";
import type { Side } from "./observed-memory.ts";
import {
  factorBlock,
  fillBlockInto,
  type PlainBlocks,
  ridgeRowInto,
  solveBlockInto,
  squaredNormOf,
} from "./plain-ridge.ts";

/** Entries of a span: a row is worked on in such pieces. */
const SPAN = 16;

/** Entries times branches between two yields. */
const PER_TURN = 400_000;

export function plainEntries(pattern: Observed): EntryKernel {
  const { rows, columns, rowStart, column, value: y } = pattern;
  const weights = y.slice();
  let curvature: number | Float64Array = 1;
  let byColumns: Observed | undefined;
  /** Where the entries of the columns stand in their rows. */
  let positions: Float64Array | undefined;

  function columnsSide(): PlainBlocks {
    byColumns ??= transpose(pattern);
    positions ??= transpose({ ...pattern, value: Float64Array.from(y, (_, k) => k) }).value;
    return { pattern: byColumns, position: positions, y, curvature };
  }
  function sideOf(side: Side): PlainBlocks {
    return side === "rows" ? { pattern, position: undefined, y, curvature } : columnsSide();
  }
  function* spans(): Generator<readonly [row: number, from: number, to: number]> {
    for (let i = 0; i < rows; i++) {
      for (let k = rowStart[i]; k < rowStart[i + 1]; k += SPAN) yield [i, k, Math.min(k + SPAN, rowStart[i + 1])];
    }
  }

  function gradientWith(
    p: Float64Array,
    q: Float64Array,
    u: Float64Array,
    v: Float64Array,
    r: number,
    loss: EntryLoss | undefined,
  ): number {
    p.fill(0);
    q.fill(0);
    let sum = 0;
    for (const [i, from, to] of spans()) {
      if (loss !== undefined) {
        predictSpanInto(weights, 0, column, [from, to], u, i, v, r);
        sum = slopesInto(weights, y, [from, to], loss, sum, "plain");
      }
      gatherSpan(p, i, weights, 0, column, [from, to], v, r, 1);
      scatterSpan(q, weights, 0, column, [from, to], u, i, r, 1);
    }
    return sum;
  }

  return {
    pattern,
    predictInto(x, u, v, r, precision = "double") {
      if (precision === "single") {
        predictSingleInto(x, pattern, u, v, r);
        return;
      }
      for (const [i, from, to] of spans()) predictSpanInto(x, 0, column, [from, to], u, i, v, r);
    },
    correlateInto(p, q, w, u, v, r) {
      weights.set(w);
      gradientWith(p, q, u, v, r, undefined);
    },
    gradientInto: gradientWith,
    setWeights: (w) => weights.set(w),
    weightsInto: (w) => w.set(weights),
    multiplyBlockInto(out, x, k, { transpose: isTransposed = false, precision = "double" } = {}) {
      if (precision === "single") {
        multiplySingleInto(out, pattern, weights, x, k, isTransposed);
        return;
      }
      out.fill(0);
      for (const [i, from, to] of spans()) {
        if (isTransposed) scatterSpan(out, weights, 0, column, [from, to], x, i, k, 1);
        else gatherSpan(out, i, weights, 0, column, [from, to], x, k, 1);
      }
    },
    setCurvature(c) {
      curvature = typeof c === "number" ? c : c.slice();
    },
    setCurvatureAt(u, v, r, loss) {
      if (loss.kind === "squared") {
        curvature = loss.weight;
        return;
      }
      const c = new Float64Array(y.length);
      for (const [i, from, to] of spans()) predictSpanInto(c, 0, column, [from, to], u, i, v, r);
      curvaturesInto(c, y, loss, "plain");
      curvature = c;
    },
    *hessianTimesInto(hu, hv, at, direction, r) {
      hu.fill(0);
      hv.fill(0);
      const [slopes, second] = [new Float64Array(SPAN), new Float64Array(SPAN)];
      let sinceYield = 0;
      for (const [i, from, to] of spans()) {
        predictSpanInto(slopes, from, column, [from, to], direction.u, i, at.v, r);
        predictSpanInto(second, from, column, [from, to], at.u, i, direction.v, r);
        for (let k = from; k < to; k++) {
          const c = typeof curvature === "number" ? curvature : curvature[k];
          slopes[k - from] = c * (slopes[k - from] + second[k - from]);
        }
        gatherSpan(hu, i, slopes, from, column, [from, to], at.v, r, 1);
        gatherSpan(hu, i, weights, 0, column, [from, to], direction.v, r, -1);
        scatterSpan(hv, slopes, from, column, [from, to], at.u, i, r, 1);
        scatterSpan(hv, weights, 0, column, [from, to], direction.u, i, r, -1);
        sinceYield += (to - from) * r;
        if (sinceYield < PER_TURN) continue;
        sinceYield = 0;
        yield;
      }
    },
    *ridgeInto(out, other, r, ridge, side) {
      const own = sideOf(side);
      let failed = 0;
      for (let i = 0; i < own.pattern.rows; i++) {
        if (!ridgeRowInto(out, i, own, other, r, ridge)) failed++;
        if ((i & 15) === 15) yield;
      }
      return failed;
    },
    *factorBlocks(u, v, r, ridge, mostBytes = Number.POSITIVE_INFINITY) {
      if (8 * (rows + columns) * r * r > mostBytes) return undefined;
      const blocks: Float64Array[] = [];
      for (const [own, other] of [[sideOf("rows"), v] as const, [sideOf("columns"), u] as const]) {
        for (let i = 0; i < own.pattern.rows; i++) {
          const block = new Float64Array(r * r);
          fillBlockInto(block, r, i, own, other, r, ridge);
          factorBlock(block, r, ridge);
          blocks.push(block);
          if ((i & 15) === 15) yield;
        }
      }
      return {
        solveInto(du, dv) {
          for (let i = 0; i < rows; i++) solveBlockInto(du, i, blocks[i], r, r);
          for (let j = 0; j < columns; j++) solveBlockInto(dv, j, blocks[rows + j], r, r);
        },
        squaredNorm(du, dv) {
          let sum = 0;
          for (let i = 0; i < rows; i++) sum = squaredNormOf(du, i, blocks[i], r, sum);
          for (let j = 0; j < columns; j++) sum = squaredNormOf(dv, j, blocks[rows + j], r, sum);
          return sum;
        },
      };
    },
  };
}

/** W X or Wᵀ X in float32: every product is rounded, and every sum. */
function multiplySingleInto(
  out: Float64Array,
  { rows, rowStart, column }: Observed,
  w: Float64Array,
  x: Float64Array,
  k: number,
  isTransposed: boolean,
): void {
  const [block, sums] = [Float32Array.from(x), new Float32Array(out.length)];
  for (let i = 0; i < rows; i++) {
    for (let at = rowStart[i]; at < rowStart[i + 1]; at++) {
      const weight = Math.fround(w[at]);
      const [to, from] = isTransposed ? [column[at] * k, i * k] : [i * k, column[at] * k];
      for (let b = 0; b < k; b++) sums[to + b] += Math.fround(weight * block[from + b]);
    }
  }
  out.set(sums);
}

/** x_k = u_i · v_j in float32: the sums of every fourth term, then these. */
function predictSingleInto(
  x: Float64Array,
  { rows, rowStart, column }: Observed,
  u: Float64Array,
  v: Float64Array,
  r: number,
): void {
  const [left, right, s] = [Float32Array.from(u), Float32Array.from(v), new Float32Array(4)];
  for (let i = 0; i < rows; i++) {
    for (let k = rowStart[i]; k < rowStart[i + 1]; k++) {
      s.fill(0);
      for (let b = 0; b < r; b++) s[b & 3] += Math.fround(left[i * r + b] * right[column[k] * r + b]);
      x[k] = Math.fround(Math.fround(s[0] + s[1]) + Math.fround(s[2] + s[3]));
    }
  }
}

type Range = readonly [from: number, to: number];

/** x_{k − offset} = u_i · v_j: the even and the odd terms apart, then together. */
function predictSpanInto(
  x: Float64Array,
  offset: number,
  column: Int32Array,
  [from, to]: Range,
  u: Float64Array,
  i: number,
  v: Float64Array,
  r: number,
): void {
  const ui = i * r;
  const even = r - (r % 2);
  for (let k = from; k < to; k++) {
    const vj = column[k] * r;
    let [s, t] = [0, 0];
    for (let b = 0; b < even; b += 2) {
      s += u[ui + b] * v[vj + b];
      t += u[ui + b + 1] * v[vj + b + 1];
    }
    if (even < r) s += u[ui + even] * v[vj + even];
    x[k - offset] = s + t;
  }
}

/** p_i += scale Σ_k w_{k − offset} v_j. */
function gatherSpan(
  p: Float64Array,
  i: number,
  w: Float64Array,
  offset: number,
  column: Int32Array,
  [from, to]: Range,
  v: Float64Array,
  r: number,
  scale: 1 | -1,
): void {
  const pi = i * r;
  for (let k = from; k < to; k++) {
    const wk = scale * w[k - offset];
    const vj = column[k] * r;
    for (let b = 0; b < r; b++) p[pi + b] += wk * v[vj + b];
  }
}

/** q_j += scale w_{k − offset} u_i. */
function scatterSpan(
  q: Float64Array,
  w: Float64Array,
  offset: number,
  column: Int32Array,
  [from, to]: Range,
  u: Float64Array,
  i: number,
  r: number,
  scale: 1 | -1,
): void {
  const ui = i * r;
  for (let k = from; k < to; k++) {
    const wk = scale * w[k - offset];
    const qj = column[k] * r;
    for (let b = 0; b < r; b++) q[qj + b] += wk * u[ui + b];
  }
}
