/** The leading eigenvector of a symmetric 3 × 3 matrix, by Jacobi rotations. */
import { roundedUp } from "../../linalg/rounding.ts";

const SWEEPS = 12;

export interface LeadingEigenvector {
  /** vᵀMv. */
  readonly value: number;
  /** Of length 1 but for rounding. */
  readonly vector: Float64Array;
  /** ‖M v − value v‖ as computed, rounded up. */
  readonly residual: number;
}

/** `matrix`: row-major. Nothing that is proven rests on the vector; the residual says how good it is. */
export function leadingEigenvector(matrix: Float64Array): LeadingEigenvector {
  const a = matrix.slice();
  const q = Float64Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1);
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    const off = Math.abs(a[1]) + Math.abs(a[2]) + Math.abs(a[5]);
    if (off <= 1e-300 || off < 1e-17 * (Math.abs(a[0]) + Math.abs(a[4]) + Math.abs(a[8]))) break;
    for (const [i, j] of [
      [0, 1],
      [0, 2],
      [1, 2],
    ]) {
      if (a[3 * i + j] !== 0) rotate(a, q, i, j);
    }
  }
  const top = [0, 1, 2].reduce((best, k) => (a[4 * k] > a[4 * best] ? k : best), 0);
  const vector = Float64Array.of(q[top], q[3 + top], q[6 + top]);
  const length = Math.sqrt(vector[0] ** 2 + vector[1] ** 2 + vector[2] ** 2);
  for (let k = 0; k < 3; k++) vector[k] /= length;
  const image = Float64Array.from(
    { length: 3 },
    (_, k) => matrix[3 * k] * vector[0] + matrix[3 * k + 1] * vector[1] + matrix[3 * k + 2] * vector[2],
  );
  const value = image[0] * vector[0] + image[1] * vector[1] + image[2] * vector[2];
  let square = 0;
  for (let k = 0; k < 3; k++) square += (image[k] - value * vector[k]) ** 2;
  return { value, vector, residual: roundedUp(Math.sqrt(square), 8) };
}

/** Makes a_ij zero. */
function rotate(a: Float64Array, q: Float64Array, i: number, j: number): void {
  const theta = (a[4 * j] - a[4 * i]) / (2 * a[3 * i + j]);
  const tangent = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
  const cosine = 1 / Math.sqrt(tangent * tangent + 1);
  const sine = tangent * cosine;
  for (let k = 0; k < 3; k++) {
    const [x, y] = [a[3 * k + i], a[3 * k + j]];
    a[3 * k + i] = cosine * x - sine * y;
    a[3 * k + j] = sine * x + cosine * y;
    const [r, s] = [q[3 * k + i], q[3 * k + j]];
    q[3 * k + i] = cosine * r - sine * s;
    q[3 * k + j] = sine * r + cosine * s;
  }
  for (let k = 0; k < 3; k++) {
    const [x, y] = [a[3 * i + k], a[3 * j + k]];
    a[3 * i + k] = cosine * x - sine * y;
    a[3 * j + k] = sine * x + cosine * y;
  }
}
