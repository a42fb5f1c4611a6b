/** Orthonormal bases, as Krylov methods grow them. */
import { addScaledInto, dot, euclideanLength, scaleInto } from "./vector.ts";

/** The unit vector along Σ_k coefficients[k][i] basis_k. */
export function combination(
  basis: readonly Float64Array[],
  coefficients: readonly (readonly number[])[],
  i: number,
): Float64Array {
  const out = new Float64Array(basis[0].length);
  for (let k = 0; k < coefficients.length; k++) addScaledInto(out, coefficients[k][i], basis[k]);
  const norm = euclideanLength(out);
  if (norm > 0) scaleInto(out, 1 / norm);
  return out;
}

/** A random unit vector orthogonal to `basis`; undefined when the basis spans the space. */
export function randomUnit(n: number, basis: readonly Float64Array[], normal: () => number): Float64Array | undefined {
  if (basis.length >= n) return undefined;
  for (let attempt = 0; attempt < 3; attempt++) {
    const x = Float64Array.from({ length: n }, normal);
    orthogonalizeInto(x, basis);
    const norm = euclideanLength(x);
    if (norm > 1e-8) {
      scaleInto(x, 1 / norm);
      return x;
    }
  }
  return undefined;
}

/** Two passes of Gram-Schmidt: once is not enough, twice is. */
export function orthogonalizeInto(x: Float64Array, basis: readonly Float64Array[]): void {
  for (let pass = 0; pass < 2; pass++) for (const q of basis) addScaledInto(x, -dot(x, q), q);
}
