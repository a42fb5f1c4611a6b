/** Ridge regressions without WebAssembly: the same sums in the same order as assembly/ridge.ts, on dense blocks. */
import type { Observed } from "../observed.ts";
import { plainCholeskyInto } from "./plain-cholesky.ts";
import { DEPTH } from "./plain-multiply.ts";

/** Stands for the last pivot, whose root nobody asks for. */
const HUGE = 1e300;

/** The entries of one side; `position` says which number entry k of the side has in y and the curvature. */
export interface PlainBlocks {
  readonly pattern: Observed;
  readonly position: Float64Array | undefined;
  readonly y: Float64Array;
  readonly curvature: number | Float64Array;
}

/**
 * Lower triangle of the n×n block ← Σ c v vᵀ + diag(ridge) over the entries of row i; with n = r + 1 the last row is
 * Σ c y v, and its own pivot is a number that never fails.
 */
export function fillBlockInto(
  block: Float64Array,
  n: number,
  i: number,
  { pattern: { rowStart, column }, position, y, curvature }: PlainBlocks,
  other: Float64Array,
  r: number,
  ridge: number | Float64Array,
): void {
  const [start, end] = [rowStart[i], rowStart[i + 1]];
  block.fill(0);
  for (let a = 0; a < n; a++) {
    for (let b = 0; b <= Math.min(a, r - 1); b++) {
      for (let first = start; first < end; first += DEPTH) {
        let sum = 0;
        for (let k = first; k < Math.min(end, first + DEPTH); k++) {
          const number = position === undefined ? k : position[k];
          const at = column[k] * r;
          const c = typeof curvature === "number" ? curvature : curvature[number];
          sum += c * other[at + b] * (a < r ? other[at + a] : y[number]);
        }
        block[a * n + b] = first === start ? sum : block[a * n + b] + sum;
      }
    }
    if (a < r) block[a * n + a] += typeof ridge === "number" ? ridge : ridge[a];
    else block[a * n + a] = HUGE;
  }
}

/** False where the block is not positive definite: it is then the root of the ridge. */
export function factorBlock(block: Float64Array, r: number, ridge: number | Float64Array): boolean {
  if (plainCholeskyInto(block, r)) return true;
  block.fill(0);
  for (let b = 0; b < r; b++) block[b * r + b] = Math.sqrt(typeof ridge === "number" ? ridge : ridge[b]);
  return false;
}

/** out_i ← the ridge regression of row i; NaN and false where its block is not positive definite. */
export function ridgeRowInto(
  out: Float64Array,
  i: number,
  own: PlainBlocks,
  other: Float64Array,
  r: number,
  ridge: number | Float64Array,
): boolean {
  const n = r + 1;
  const block = new Float64Array(n * n);
  fillBlockInto(block, n, i, own, other, r, ridge);
  const isDefinite = plainCholeskyInto(block, n);
  for (let b = 0; b < r; b++) out[i * r + b] = isDefinite ? block[r * n + b] : Number.NaN;
  if (isDefinite) solveTransposedInto(out, i * r, block, n, r);
  return isDefinite;
}

/** d_i ← (L Lᵀ)⁻¹ d_i for the first r rows of L, whose rows are n numbers apart. */
export function solveBlockInto(d: Float64Array, i: number, l: Float64Array, n: number, r: number): void {
  const at = i * r;
  for (let a = 0; a < r; a++) {
    let left = d[at + a];
    for (let k = 0; k < a; k++) left -= l[a * n + k] * d[at + k];
    d[at + a] = left / l[a * n + a];
  }
  solveTransposedInto(d, at, l, n, r);
}

function solveTransposedInto(d: Float64Array, at: number, l: Float64Array, n: number, r: number): void {
  for (let a = r - 1; a >= 0; a--) {
    const x = d[at + a] / l[a * n + a];
    d[at + a] = x;
    for (let k = 0; k < a; k++) d[at + k] -= l[a * n + k] * x;
  }
}

/** `start` and ‖Lᵀ d_i‖², term by term. */
export function squaredNormOf(d: Float64Array, i: number, l: Float64Array, r: number, start: number): number {
  let sum = start;
  for (let k = 0; k < r; k++) {
    let y = 0;
    for (let a = k; a < r; a++) y += l[a * r + k] * d[i * r + a];
    sum += y * y;
  }
  return sum;
}
