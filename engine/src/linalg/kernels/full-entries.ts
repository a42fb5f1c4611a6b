/**
 * The entry kernel of a table without holes: the same interface on dense products, 64 rows at a time so that their predictions
 * and weights stay in cache. One ridge block serves every row while the curvature is one number.
 */
import { choleskySolveRowsInto } from "../cholesky.ts";
import type { Observed } from "../observed.ts";
import { choleskyInto } from "./cholesky.ts";
import type { BlockFactors, EntryKernel } from "./entry-kernel.ts";
import { curvaturesInto, slopesInto } from "./entry-loss.ts";
import type { Arithmetic } from "./loader.ts";
import { gramInto, multiplyInto, type Product } from "./multiply.ts";
import { squaredNormOf } from "./plain-ridge.ts";

/** Rows of a block; part of the order of the sums of Q. */
const BLOCK = 64;

/** `byEntries` makes the kernel for what has no dense form: curvatures that differ. */
export function fullEntries(pattern: Observed, arithmetic: Arithmetic, byEntries: () => EntryKernel): EntryKernel {
  const { rows, columns, value: y } = pattern;
  let ownWeights: Float64Array | undefined;
  let curvature: number | Float64Array = 1;
  let entries: EntryKernel | undefined;

  /** Not made before somebody asks for them: who only predicts does without. */
  const weights = (): Float64Array => {
    ownWeights ??= y.slice();
    return ownWeights;
  };
  const multiply = (c: Float64Array, a: Float64Array, b: Float64Array, product: Product): void =>
    multiplyInto(c, a, b, { ...product, arithmetic });
  function withCurvature(c: Float64Array): EntryKernel {
    entries ??= byEntries();
    entries.setCurvature(c);
    return entries;
  }

  /** q += w_iᵀ u_i and p_i = w_i V for the rows of a block. */
  function correlateBlock(
    [p, q]: readonly [Float64Array, Float64Array],
    w: Float64Array,
    u: Float64Array,
    v: Float64Array,
    r: number,
    count: number,
  ): void {
    multiply(p, w, v, { m: count, n: r, k: columns });
    multiply(q, w, u, { m: columns, n: r, k: count, transposeA: true, accumulate: true });
  }

  function* blocks(): Generator<readonly [first: number, count: number]> {
    for (let i = 0; i < rows; i += BLOCK) yield [i, Math.min(BLOCK, rows - i)];
  }
  const part = (a: Float64Array, first: number, count: number, width: number): Float64Array =>
    a.subarray(first * width, (first + count) * width);

  /** `visit` makes the rows first … first + count of w before they are used. */
  function correlateRows(
    [p, q]: readonly [Float64Array, Float64Array],
    w: Float64Array,
    u: Float64Array,
    v: Float64Array,
    r: number,
    visit: (first: number, count: number) => void,
  ): void {
    q.fill(0);
    for (const [i, count] of blocks()) {
      visit(i, count);
      correlateBlock([part(p, i, count, r), q], part(w, i, count, columns), part(u, i, count, r), v, r, count);
    }
  }

  /** The factor of c Σ f fᵀ + diag(ridge) over all rows of a factor, or undefined. */
  function sharedBlock(
    factor: Float64Array,
    count: number,
    r: number,
    ridge: number | Float64Array,
    c: number,
  ): Float64Array | undefined {
    const block = new Float64Array(r * r);
    gramInto(block, factor, count, r, { arithmetic });
    for (let k = 0; k < block.length; k++) block[k] *= c;
    for (let b = 0; b < r; b++) block[b * r + b] += typeof ridge === "number" ? ridge : ridge[b];
    return choleskyInto(block, r, { arithmetic }) ? block : undefined;
  }

  return {
    pattern,
    predictInto(x, u, v, r) {
      multiply(x, u, v, { m: rows, n: columns, k: r, transposeB: true });
    },
    correlateInto(p, q, w, u, v, r) {
      multiply(p, w, v, { m: rows, n: r, k: columns });
      multiply(q, w, u, { m: columns, n: r, k: rows, transposeA: true });
    },
    gradientInto(p, q, u, v, r, loss) {
      const w = weights();
      let sum = 0;
      correlateRows([p, q], w, u, v, r, (i, count) => {
        multiply(part(w, i, count, columns), part(u, i, count, r), v, { m: count, n: columns, k: r, transposeB: true });
        sum = slopesInto(w, y, [i * columns, (i + count) * columns], loss, sum, arithmetic);
      });
      return sum;
    },
    setWeights(w) {
      if (ownWeights === undefined) ownWeights = w.slice();
      else ownWeights.set(w);
    },
    weightsInto: (w) => w.set(ownWeights ?? y),
    multiplyBlockInto(out, x, k, { transpose = false } = {}) {
      const [m, depth] = transpose ? [columns, rows] : [rows, columns];
      multiply(out, ownWeights ?? y, x, { m, n: k, k: depth, transposeA: transpose });
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
      multiply(c, u, v, { m: rows, n: columns, k: r, transposeB: true });
      curvaturesInto(c, y, loss, arithmetic);
      curvature = c;
    },
    *hessianTimesInto(hu, hv, at, direction, r) {
      hv.fill(0);
      const w = ownWeights ?? y;
      const dx = new Float64Array(BLOCK * columns);
      const negative = new Float64Array(BLOCK * columns);
      const product = new Float64Array(BLOCK * r);
      for (const [i, count] of blocks()) {
        const [ui, dui, hui] = [part(at.u, i, count, r), part(direction.u, i, count, r), part(hu, i, count, r)];
        multiply(dx, dui, at.v, { m: count, n: columns, k: r, transposeB: true });
        multiply(dx, ui, direction.v, { m: count, n: columns, k: r, transposeB: true, accumulate: true });
        for (let s = 0, k = i * columns; s < count * columns; s++, k++) {
          dx[s] *= typeof curvature === "number" ? curvature : curvature[k];
          negative[s] = -w[k];
        }
        correlateBlock([hui, hv], dx, ui, at.v, r, count);
        correlateBlock([product, hv], negative, dui, direction.v, r, count);
        for (let b = 0; b < count * r; b++) hui[b] += product[b];
        yield;
      }
    },
    *ridgeInto(out, other, r, ridge, side) {
      if (typeof curvature !== "number") return yield* withCurvature(curvature).ridgeInto(out, other, r, ridge, side);
      const [count, otherCount] = side === "rows" ? [rows, columns] : [columns, rows];
      const block = sharedBlock(other, otherCount, r, ridge, curvature);
      yield;
      if (block === undefined) {
        out.fill(Number.NaN);
        return count;
      }
      multiply(out, y, other, { m: count, n: r, k: otherCount, transposeA: side === "columns" });
      for (let k = 0; k < out.length; k++) out[k] *= curvature;
      yield;
      choleskySolveRowsInto(out, count, block, r);
      return 0;
    },
    *factorBlocks(u, v, r, ridge, mostBytes) {
      if (typeof curvature !== "number") return yield* withCurvature(curvature).factorBlocks(u, v, r, ridge, mostBytes);
      const ofU = sharedBlock(v, columns, r, ridge, curvature) ?? rootOf(ridge, r);
      yield;
      const ofV = sharedBlock(u, rows, r, ridge, curvature) ?? rootOf(ridge, r);
      return sharedFactors(ofU, ofV, rows, columns, r);
    },
  };
}

function rootOf(ridge: number | Float64Array, r: number): Float64Array {
  const block = new Float64Array(r * r);
  for (let b = 0; b < r; b++) block[b * r + b] = Math.sqrt(typeof ridge === "number" ? ridge : ridge[b]);
  return block;
}

function sharedFactors(ofU: Float64Array, ofV: Float64Array, rows: number, columns: number, r: number): BlockFactors {
  return {
    solveInto(du, dv) {
      choleskySolveRowsInto(du, rows, ofU, r);
      choleskySolveRowsInto(dv, columns, ofV, r);
    },
    squaredNorm(du, dv) {
      let sum = 0;
      for (let i = 0; i < rows; i++) sum = squaredNormOf(du, i, ofU, r, sum);
      for (let j = 0; j < columns; j++) sum = squaredNormOf(dv, j, ofV, r, sum);
      return sum;
    },
  };
}
