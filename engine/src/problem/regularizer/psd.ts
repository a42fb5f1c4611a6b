/**
 * The cone of symmetric positive semidefinite side × side matrices X. A slice passes with ‖X − Xᵀ‖_F ≤ ε‖X‖_F and
 * λ_min(sym X) ≥ −ε‖X‖_F, ε = `TOLERANCE`.
 */
import { EigenvalueDecomposition } from "ml-matrix";
import { showShape } from "../../data/limits.ts";
import { choleskyInto } from "../../linalg/cholesky.ts";
import { transposed } from "../../linalg/dense.ts";
import { gamma, powerOfTwoAbove, roundedUp, UNDERFLOW } from "../../linalg/rounding.ts";
import { euclideanLength } from "../../linalg/vector.ts";
import type { Cone } from "./cone.ts";
import { provenTolerance, TOLERANCE } from "./cone.ts";
import { flushed } from "./singular.ts";
import { coneWithin, isPrincipal } from "./support.ts";

/** Eigenvalues below this, relative to the largest in modulus, are rounding. */
const ROUNDING = 1e-15;

/** Why a slice of that shape cannot be positive semidefinite. */
export function psdMisfit(shape: readonly number[]): string | undefined {
  if (shape.length === 2 && shape[0] === shape[1]) return undefined;
  const slice = shape.length === 1 ? `a vector of ${showShape(shape)}` : showShape(shape);
  return `psd: a slice is ${slice}; only square matrices can be positive semidefinite, so take psd out here`;
}

export function psdCone(side: number): Cone {
  const proven = provenTolerance(side, side);

  /** B with B Bᵀ = the part of sym(x) on its eigenvalues of the given sign (or minus it): columns √|λ| v. */
  function roots(x: Float64Array, sign: 1 | -1): Float64Array[] {
    const scale = powerOfTwoAbove(x);
    if (scale === 0 || !x.every(Number.isFinite)) return [];
    const table = Array.from({ length: side }, (_, i) =>
      Array.from({ length: side }, (_, j) => flushed((x[i * side + j] / scale + x[j * side + i] / scale) / 2)),
    );
    const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(table, { assumeSymmetric: true });
    const least = ROUNDING * realEigenvalues.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    const out: Float64Array[] = [];
    realEigenvalues.forEach((value, k) => {
      if (!(sign * value > least)) return;
      const root = Math.sqrt(sign * value) * Math.sqrt(scale);
      out.push(Float64Array.from({ length: side }, (_, i) => root * eigenvectorMatrix.get(i, k)));
    });
    return out;
  }

  /** x += B Bᵀ, the same number on both sides of the diagonal. */
  function addSquareInto(x: Float64Array, columns: readonly Float64Array[]): void {
    for (let i = 0; i < side; i++) {
      for (let j = 0; j <= i; j++) {
        let sum = 0;
        for (const b of columns) sum += b[i] * b[j];
        x[i * side + j] += sum;
        if (j < i) x[j * side + i] += sum;
      }
    }
  }

  const cone: Cone = {
    condition: (variable) => `${variable} ⪰ 0`,
    violation(x) {
      const size = euclideanLength(x);
      if (size === 0) return undefined;
      if (!Number.isFinite(size)) return "an entry is not a finite number";
      const skew = euclideanLength(transposed(x, side, side).map((entry, i) => entry - x[i]));
      if (skew > TOLERANCE * size) return `not symmetric: the two halves differ by ${skew.toPrecision(3)}`;
      const shifted = new Float64Array(x.length);
      for (let i = 0; i < side; i++) {
        for (let j = 0; j < i; j++) shifted[i * side + j] = (x[i * side + j] / size + x[j * side + i] / size) / 2;
        shifted[i * side + i] = x[i * side + i] / size + TOLERANCE;
      }
      // What passes is off by at most γ_{n+1} tr ≤ γ_{n+1} √n (1 + nε): less than `provenTolerance` adds.
      return choleskyInto(shifted, side) ? undefined : "not positive semidefinite: an eigenvalue is negative";
    },
    projectInto(x) {
      const columns = roots(x, 1);
      x.fill(0);
      addSquareInto(x, columns);
    },
    release(p, c) {
      // ⟨p, x⟩ = ⟨sym p, sym x⟩ + ⟨skew p, skew x⟩, and ⟨B Bᵀ, sym x⟩ ≥ −ε‖x‖₂ ‖B‖_F².
      const columns = roots(c, -1);
      const mirrored = transposed(p, side, side);
      const moved = p.map((entry, i) => entry / 2 + mirrored[i] / 2);
      const skew = euclideanLength(p.map((entry, i) => entry / 2 - mirrored[i] / 2));
      addSquareInto(moved, columns);
      let trace = 0;
      for (const b of columns) trace += euclideanLength(b) ** 2;
      // |B||B|ᵀ has a Frobenius norm of at most ‖B‖_F².
      const rounding = gamma(side + 4) * (euclideanLength(p) + 2 * trace) + p.length * side * UNDERFLOW;
      return { moved, slack: roundedUp(proven * (trace + skew) + rounding, p.length + 8) };
    },
    // Eigenvectors of separate blocks are separate.
    within: (support) => (isPrincipal(support, side) ? coneWithin(cone, support, cone.projectInto) : undefined),
  };
  return cone;
}
