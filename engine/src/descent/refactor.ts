/**
 * Other factorizations of the same Φ: the one that attains Ω(Φ) where that has a closed form, and the paper's removal of
 * redundant branches (Theorem 17; Algorithm 1 prints (1 − θ)^{1/p}, its proof (49) needs (1 + θ)^{1/p}, which stands here).
 */
import { EigenvalueDecomposition, Matrix, QrDecomposition, SingularValueDecomposition } from "ml-matrix";
import type { Observed } from "../linalg/observed.ts";
import { transpose } from "../linalg/observed.ts";
import { dot } from "../linalg/vector.ts";
import type { Branch, Factors } from "../problem/factors.ts";
import { isZero, nonZeroBranches } from "../problem/factors.ts";
import type { Problem } from "../problem/problem.ts";
import { isSmooth, sparseSide } from "../problem/regularizer/regularizer.ts";

/** Eigenvalue of the normalized Gram matrix of the φ(X_i) below which they count as linearly dependent. */
const DEPENDENCE = 1e-12;
/** Singular values of Φ below this share of the largest are rounding. */
const NEGLIGIBLE = 1e-12;

/**
 * A factorization of the same Φ that attains Ω(Φ), where that has a closed form:
 *   ℓ2·ℓ2: Ω is the nuclear norm, the branches are √σ_i (p_i, q_i) of the singular value decomposition;
 *   ℓ1 on u: Ω is the sum of the norms of Φ's rows, the branches are (e_i, row i); ℓ1 on v: columns, mirrored. Entries of
 *   Φ that are not observed become 0: the loss does not see them, and the norms only fall.
 * Undefined where mapping and regularizer do not match. Cost O((m + n) r²) for ℓ2·ℓ2, mnr otherwise.
 */
export function optimalBranches(problem: Problem, factors: Factors): Branch[] | undefined {
  if (!problem.regularizer.matched) return undefined;
  const branches = nonZeroBranches(factors);
  if (branches.length === 0) return [];
  const side = sparseSide(problem.regularizer, problem.rows, problem.columns);
  if (side === "u") return rowBranches(problem.rows, problem.target, branches);
  if (side === "v") {
    const mirrored = branches.map(mirror);
    return rowBranches(problem.columns, transpose(problem.target), mirrored).map(mirror);
  }
  return isSmooth(problem.regularizer) ? singularBranches(problem, branches) : undefined;
}

function rowBranches(rows: number, target: Observed, branches: readonly Branch[]): Branch[] {
  const out: Branch[] = [];
  for (let i = 0; i < rows; i++) {
    const row = new Float64Array(target.columns);
    for (const { u, v } of branches) {
      if (u[i] === 0) continue;
      for (let k = target.rowStart[i]; k < target.rowStart[i + 1]; k++)
        row[target.column[k]] += u[i] * v[target.column[k]];
    }
    if (row.some((x) => x !== 0)) out.push({ u: unitVector(rows, i), v: row });
  }
  return out;
}

function singularBranches({ rows, columns }: Problem, branches: readonly Branch[]): Branch[] {
  const thin = (side: "u" | "v") => {
    const matrix = new Matrix(branches.map((branch) => Array.from(branch[side]))).transpose();
    if (matrix.rows < matrix.columns) return { q: Matrix.eye(matrix.rows), r: matrix };
    const qr = new QrDecomposition(matrix);
    return { q: qr.orthogonalMatrix, r: qr.upperTriangularMatrix };
  };
  const [left, right] = [thin("u"), thin("v")];
  const svd = new SingularValueDecomposition(left.r.mmul(right.r.transpose()), { autoTranspose: true });
  const u = left.q.mmul(svd.leftSingularVectors);
  const v = right.q.mmul(svd.rightSingularVectors);
  const out: Branch[] = [];
  svd.diagonal.forEach((sigma, k) => {
    if (!(sigma > NEGLIGIBLE * svd.diagonal[0])) return;
    const scale = Math.sqrt(sigma);
    out.push({
      u: Float64Array.from({ length: rows }, (_, i) => scale * u.get(i, k)),
      v: Float64Array.from({ length: columns }, (_, j) => scale * v.get(j, k)),
    });
  });
  return out;
}

/**
 * While Σ θ_i φ(X_i) = 0 has a solution θ ≠ 0: with the sign for which Σ θ_i g(X_i) ≤ 0, scaled to min θ_i = −1,
 * X_i ← (1 + θ_i)^{1/p} X_i leaves Φ unchanged, does not raise f, and makes one branch zero (p = 2).
 * The Gram matrix of the φ(X_i) is ⟨u_i, u_j⟩⟨v_i, v_j⟩; θ is its null vector. Cost O(r³) a branch.
 */
export function independentBranches(problem: Problem, given: readonly Branch[]): Branch[] {
  const [normU, normV] = problem.regularizer.norms;
  let branches = [...given];
  while (branches.length > 1) {
    const sizes = branches.map(({ u, v }) => Math.sqrt(dot(u, u) * dot(v, v)));
    const gram = Matrix.zeros(branches.length, branches.length);
    branches.forEach((x, i) => {
      branches.forEach((y, j) => {
        gram.set(i, j, (dot(x.u, y.u) * dot(x.v, y.v)) / (sizes[i] * sizes[j]));
      });
    });
    const eigen = new EigenvalueDecomposition(gram, { assumeSymmetric: true });
    const smallest = eigen.realEigenvalues.indexOf(Math.min(...eigen.realEigenvalues));
    if (!(eigen.realEigenvalues[smallest] < DEPENDENCE)) return branches;
    let theta = branches.map((_, i) => eigen.eigenvectorMatrix.get(i, smallest) / sizes[i]);
    const change = theta.reduce(
      (sum, t, i) => sum + t * problem.regularizer.value(normU.value(branches[i].u), normV.value(branches[i].v)),
      0,
    );
    // With Σ θ g = 0 both signs will do; one of them has a negative entry.
    if (change > 0 || Math.min(...theta) >= 0) theta = theta.map((t) => -t);
    const least = Math.min(...theta);
    const vanishing = theta.indexOf(least);
    branches = branches
      .map(({ u, v }, i) => {
        const scale = Math.sqrt(Math.max(0, 1 + theta[i] / -least));
        return { u: u.map((x) => x * scale), v: v.map((x) => x * scale) };
      })
      .filter((branch, i) => i !== vanishing && !isZero(branch));
  }
  return branches;
}

function mirror({ u, v }: Branch): Branch {
  return { u: v, v: u };
}

function unitVector(length: number, index: number): Float64Array {
  const out = new Float64Array(length);
  out[index] = 1;
  return out;
}
