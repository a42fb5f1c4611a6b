/** Dense vectors. */
import { largestModulus, sumOfSquares } from "./kernels/sizes.ts";
import { roundedUp } from "./rounding.ts";

/** Outside of these, a sum of squares has lost something to underflow or overflow. */
const SAFE_LOW = 1e-250;
const SAFE_HIGH = 1e250;

export function dot(x: Float64Array, y: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += x[i] * y[i];
  return sum;
}

export function areFinite(x: Float64Array): boolean {
  return largestModulus(x) < Number.POSITIVE_INFINITY;
}

/** ‖x‖₂ for entries of any size: where the squares leave float64, they are taken relative to the largest entry. */
export function euclideanLength(x: Float64Array): number {
  return lengthOf(x, sumOfSquares(x));
}

/** The same where Σ x_k² is at hand, as computed. */
export function lengthOf(x: Float64Array, square: number): number {
  if (square > SAFE_LOW && square < SAFE_HIGH) return Math.sqrt(square);
  const largest = largestModulus(x);
  if (!(largest > 0 && largest < Number.POSITIVE_INFINITY)) return largest;
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += (x[i] / largest) ** 2;
  return largest * Math.sqrt(sum);
}

/** ‖x‖₂ rounded up; of a matrix the Frobenius norm. */
export function lengthBound(x: Float64Array): number {
  return roundedUp(euclideanLength(x), x.length + 8);
}

/** x += a y. */
export function addScaledInto(x: Float64Array, a: number, y: Float64Array): void {
  for (let i = 0; i < x.length; i++) x[i] += a * y[i];
}

/** x *= a. */
export function scaleInto(x: Float64Array, a: number): void {
  for (let i = 0; i < x.length; i++) x[i] *= a;
}

/** a x. Float64Array.map would make a heap number of every entry. */
export function times(x: Float64Array, a: number): Float64Array {
  const y = new Float64Array(x.length);
  for (let i = 0; i < x.length; i++) y[i] = x[i] * a;
  return y;
}

/** x / a. */
export function over(x: Float64Array, a: number): Float64Array {
  const y = new Float64Array(x.length);
  for (let i = 0; i < x.length; i++) y[i] = x[i] / a;
  return y;
}

export function opposite(x: Float64Array): Float64Array {
  const y = new Float64Array(x.length);
  for (let i = 0; i < x.length; i++) y[i] = -x[i];
  return y;
}
