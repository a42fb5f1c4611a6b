/**
 * Eigenvalues of symmetric tridiagonal matrices by implicit QL with Wilkinson's shift, and as much of the eigenvectors as is asked
 * for. Source: wilkinson1971, contribution II/4 (imtql2), with eigenvectors as rows.
 */
import { type TurnedRows, turnedRows } from "./kernels/householder.ts";
import { powerOfTwoAbove } from "./rounding.ts";

const MAX_SWEEPS = 60;
/** Beside the largest entry: between eigenvalues next to 0 nothing else is small. */
const NEGLIGIBLE = 2 ** -70;

/**
 * T (n × n, `diagonal`, and `beside` it, one number less) is overwritten: `diagonal` by the eigenvalues, in no order. What Qᵀ is,
 * for T = Q Θ Qᵀ, multiplies the rows of `turned` (n × width) from the left: of the identity row k becomes the eigenvector of value k,
 * of a column of the identity its entry k becomes the one component of that eigenvector. False where it does not converge, as with
 * numbers that are not finite, or squares that leave float64. Cost about 10 n² and 5 n² width flops.
 */
export function tridiagonalEigenInto(
  diagonal: Float64Array,
  beside: Float64Array,
  n: number,
  { cosines, sines, turn }: Pick<TurnedRows, "cosines" | "sines" | "turn">,
): boolean {
  beside[n - 1] = 0;
  let largest = 0;
  for (let i = 0; i < n; i++) largest = Math.max(largest, Math.abs(diagonal[i]), Math.abs(beside[i]));
  const nothing = NEGLIGIBLE * largest;
  for (let l = 0; l < n; l++) {
    for (let sweep = 0; ; sweep++) {
      let m = l;
      for (; m < n - 1; m++) {
        const size = Math.abs(diagonal[m]) + Math.abs(diagonal[m + 1]);
        if (Math.abs(beside[m]) <= Math.max(2 ** -53 * size, nothing)) break;
      }
      if (m === l) break;
      if (sweep === MAX_SWEEPS) return false;
      let g = (diagonal[l + 1] - diagonal[l]) / (2 * beside[l]);
      let r = Math.sqrt(g * g + 1);
      g = diagonal[m] - diagonal[l] + beside[l] / (g + (g >= 0 ? r : -r));
      let s = 1;
      let c = 1;
      let shift = 0;
      let i = m - 1;
      for (; i >= l; i--) {
        const f = s * beside[i];
        const b = c * beside[i];
        r = Math.sqrt(f * f + g * g);
        beside[i + 1] = r;
        if (r === 0) {
          diagonal[i + 1] -= shift;
          beside[m] = 0;
          break;
        }
        s = f / r;
        c = g / r;
        g = diagonal[i + 1] - shift;
        r = (diagonal[i] - g) * s + 2 * c * b;
        shift = s * r;
        diagonal[i + 1] = g + shift;
        g = c * r - b;
        cosines[i] = c;
        sines[i] = s;
      }
      if (i < m - 1) turn(i + 1, m - 1);
      if (i >= l) continue;
      diagonal[l] -= shift;
      beside[l] = g;
      beside[m] = 0;
    }
  }
  return true;
}

export interface TridiagonalPairs {
  /** Descending. */
  readonly values: Float64Array;
  /** Row k: the part of the unit eigenvector of values[k] that was asked for. */
  readonly rows: Float64Array;
}

/** All eigenvalues of T, with whole eigenvectors or with their last components only. Undefined where numbers are not finite. */
export function tridiagonalPairs(
  diagonal: ArrayLike<number>,
  beside: ArrayLike<number>,
  n: number,
  part: "vectors" | "last components",
): TridiagonalPairs | undefined {
  const own = Float64Array.from({ length: n }, (_, i) => diagonal[i]);
  const ownBeside = Float64Array.from({ length: n }, (_, i) => (i + 1 < n ? beside[i] : 0));
  if (!own.every(Number.isFinite) || !ownBeside.every(Number.isFinite)) return undefined;
  // Squares of entries next to 1 are exact enough, whatever the scale was.
  const scale = Math.max(powerOfTwoAbove(own), powerOfTwoAbove(ownBeside)) || 1;
  for (let i = 0; i < n; i++) {
    own[i] /= scale;
    ownBeside[i] /= scale;
  }
  const width = part === "vectors" ? n : 1;
  const turned = turnedRows(n, width);
  const { rows } = turned;
  if (width === n) for (let i = 0; i < n; i++) rows[i * n + i] = 1;
  else rows[n - 1] = 1;
  if (!tridiagonalEigenInto(own, ownBeside, n, turned)) return undefined;
  const order = Array.from({ length: n }, (_, i) => i).sort((i, j) => own[j] - own[i] || i - j);
  const sorted = new Float64Array(n * width);
  order.forEach((from, k) => {
    sorted.set(rows.subarray(from * width, (from + 1) * width), k * width);
  });
  return { values: Float64Array.from(order, (i) => scale * own[i]), rows: sorted };
}
