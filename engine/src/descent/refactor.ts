/**
 * Other factorizations of the same Φ: the one that attains Ω(Φ) where that has a closed form, and the paper's removal of
 * redundant branches (Theorem 17; Algorithm 1 prints (1 − θ)^{1/p}, its proof (49) needs (1 + θ)^{1/p}, which stands here).
 */
import { Matrix, QrDecomposition, SingularValueDecomposition } from "ml-matrix";
import { gramInto } from "../linalg/kernels/multiply.ts";
import type { Observed } from "../linalg/observed.ts";
import { affordableCells, transpose } from "../linalg/observed.ts";
import { symmetricEigen } from "../linalg/symmetric-eigen.ts";
import type { Branch, Factors } from "../problem/factors.ts";
import { factorsOf, pointBranches, scaledBranch } from "../problem/factors.ts";
import { innerProducts } from "../problem/inner-products.ts";
import { isZero } from "../problem/mapping/mapping.ts";
import type { Problem } from "../problem/problem.ts";
import { isSmooth } from "../problem/regularizer/regularizer.ts";
import { sparseSide } from "./sparse-side.ts";

/** Eigenvalue of the normalized Gram matrix of the φ(X_i) below which they count as linearly dependent. */
const DEPENDENCE = 1e-12;
/** Singular values of Φ below this share of the largest are rounding. */
const NEGLIGIBLE = 1e-12;

/** The branches of a point that are not zero. */
export function nonZeroBranches({ mapping }: Problem, point: Factors): readonly Branch[] {
  return pointBranches(point).filter((branch) => !isZero(mapping, branch));
}

/**
 * A factorization of the same Φ that attains Ω(Φ), where that has a closed form:
 *   u vᵀ, ℓ2·ℓ2: Ω is the nuclear norm, the branches are √σ_i (p_i, q_i) of the singular value decomposition;
 *   u uᵀ, ℓ2: Ω is the trace, the branches are the √λ_i p_i of the eigenvalue decomposition;
 *   ℓ1 on u: Ω is the sum of the norms of Φ's rows, the branches are (e_i, row i); ℓ1 on v: columns, mirrored. Entries of
 *   Φ that are not observed become 0: the loss does not see them, and the norms only fall.
 * Undefined where mapping and regularizer do not match, or where as many branches as Φ has rows take more memory than the data. Cost O((m + n) r²) for ℓ2, mnr otherwise.
 */
export function optimalBranches(problem: Problem, factors: Factors): Branch[] | undefined {
  const { mapping, regularizer, target } = problem;
  if (!regularizer.matched || (mapping.kind !== "matrix" && mapping.kind !== "symmetric")) return undefined;
  const branches = nonZeroBranches(problem, factors);
  if (branches.length === 0) return [];
  const side = sparseSide(problem);
  if (side === 0) return rowBranches(target, branches);
  if (side === 1) return rowBranches(transpose(target), branches.map(mirror))?.map(mirror);
  if (!isSmooth(regularizer)) return undefined;
  return mapping.kind === "matrix" ? singularBranches(branches) : eigenBranches(branches);
}

function rowBranches(target: Observed, branches: readonly Branch[]): Branch[] | undefined {
  const used = branches[0][0].reduce((count, _, i) => count + (branches.some(([u]) => u[i] !== 0) ? 1 : 0), 0);
  const most = Math.max(branches.length, affordableCells(target) / (target.rows + target.columns));
  if (used > most) return undefined;
  const out: Branch[] = [];
  for (let i = 0; i < target.rows; i++) {
    const row = new Float64Array(target.columns);
    for (const [u, v] of branches) {
      if (u[i] === 0) continue;
      for (let k = target.rowStart[i]; k < target.rowStart[i + 1]; k++)
        row[target.column[k]] += u[i] * v[target.column[k]];
    }
    if (row.some((x) => x !== 0)) out.push([unitVector(target.rows, i), row]);
  }
  return out;
}

/** Q R of the matrix whose columns are the slices of factor k. */
function thin(branches: readonly Branch[], k: number): { readonly q: Matrix; readonly r: Matrix } {
  const matrix = new Matrix(branches.map((branch) => Array.from(branch[k]))).transpose();
  if (matrix.rows < matrix.columns) return { q: Matrix.eye(matrix.rows), r: matrix };
  const qr = new QrDecomposition(matrix);
  return { q: qr.orthogonalMatrix, r: qr.upperTriangularMatrix };
}

/**
 * Slices that are orthogonal to one another up to this cosine in both factors are singular vectors already: it changes Ω at second
 * order.
 */
const ORTHOGONAL = 1e-10;

function isOrthogonal(branches: readonly Branch[], k: number): boolean {
  const r = branches.length;
  const size = branches[0][k].length;
  const products = new Float64Array(r * r);
  gramInto(
    products,
    factorsOf(
      branches.map((branch) => [branch[k]]),
      [size],
      r,
    ).values[0],
    size,
    r,
  );
  return products.every((product, at) => {
    const [i, j] = [Math.floor(at / r), at % r];
    return i === j || Math.abs(product) <= ORTHOGONAL * Math.sqrt(products[i * r + i]) * Math.sqrt(products[j * r + j]);
  });
}

function singularBranches(branches: readonly Branch[]): Branch[] {
  if (isOrthogonal(branches, 0) && isOrthogonal(branches, 1)) return [...branches];
  const [left, right] = [thin(branches, 0), thin(branches, 1)];
  const svd = new SingularValueDecomposition(left.r.mmul(right.r.transpose()), { autoTranspose: true });
  const u = left.q.mmul(svd.leftSingularVectors);
  const v = right.q.mmul(svd.rightSingularVectors);
  const out: Branch[] = [];
  svd.diagonal.forEach((sigma, k) => {
    if (!(sigma > NEGLIGIBLE * svd.diagonal[0])) return;
    out.push([columnOf(u, k, Math.sqrt(sigma)), columnOf(v, k, Math.sqrt(sigma))]);
  });
  return out;
}

/** U Uᵀ = Σ σ_k² p_k p_kᵀ for the singular values and left vectors of U. */
function eigenBranches(branches: readonly Branch[]): Branch[] {
  const { q, r } = thin(branches, 0);
  const svd = new SingularValueDecomposition(r, { autoTranspose: true });
  const p = q.mmul(svd.leftSingularVectors);
  const out: Branch[] = [];
  svd.diagonal.forEach((sigma, k) => {
    if (sigma ** 2 > NEGLIGIBLE * svd.diagonal[0] ** 2) out.push([columnOf(p, k, sigma)]);
  });
  return out;
}

function columnOf(matrix: Matrix, k: number, scale: number): Float64Array {
  return Float64Array.from({ length: matrix.rows }, (_, i) => scale * matrix.get(i, k));
}

/**
 * While Σ θ_i φ(X_i) = 0 has a solution θ ≠ 0: with the sign for which Σ θ_i g(X_i) ≤ 0, scaled to min θ_i = −1,
 * X_i ← (1 + θ_i)^{1/p} X_i leaves Φ unchanged, does not raise f, and makes one branch zero. θ is the null vector of the
 * normalized Gram matrix of the φ(X_i). Cost O(r³) a branch.
 */
export function independentBranches(problem: Problem, given: readonly Branch[]): Branch[] {
  const { mapping, regularizer } = problem;
  const p = mapping.degree;
  if (p === null || p === 0) return [...given];
  const all = gramOf(problem, given);
  // φ = 0 on all data (a relu that never fires): the branch only costs.
  let branches = given.filter((_, i) => all.get(i, i) > 0);
  const products = branches.length === given.length ? all : gramOf(problem, branches);
  let alive = branches.map((_, i) => i);
  const grown = branches.map(() => 1);
  while (alive.length > 1) {
    // ⟨φ_i, φ_j⟩ of unit φ's: a branch that was scaled keeps its direction.
    const size = alive.length;
    const gram = new Float64Array(size * size);
    alive.forEach((i, a) => {
      alive.forEach((j, b) => {
        gram[a * size + b] = products.get(i, j) / (Math.sqrt(products.get(i, i)) * Math.sqrt(products.get(j, j)));
      });
    });
    const eigen = symmetricEigen(size);
    if (!eigen.solve(gram) || !(eigen.values[size - 1] < DEPENDENCE)) break;
    const dependence = eigen.vectors.subarray((size - 1) * size);
    let theta = alive.map((i, a) => dependence[a] / (grown[i] * Math.sqrt(products.get(i, i))));
    const change = theta.reduce((sum, t, a) => {
      return sum + t * regularizer.measure(branches[alive[a]]);
    }, 0);
    // With Σ θ g = 0 both signs will do; one of them has a negative entry.
    if (change > 0 || Math.min(...theta) >= 0) theta = theta.map((t) => -t);
    const least = Math.min(...theta);
    const vanishing = theta.indexOf(least);
    alive.forEach((i, a) => {
      const factor = Math.max(0, 1 + theta[a] / -least);
      grown[i] *= factor;
      branches[i] = scaledBranch(branches[i], factor ** (1 / p));
    });
    alive = alive.filter((i, a) => a !== vanishing && !isZero(mapping, branches[i]));
  }
  branches = alive.map((i) => branches[i]);
  return branches;
}

/** Branches whose φ are closer than this in cosine are the same; and may be on the way to the same. */
export const SAME_COSINE = 1 - 1e-6;
export const CLOSE_COSINE = 0.9;

/**
 * Branches that point almost the same way, each group replaced by its longest member at the length of their sum: Φ changes by
 * the less the nearer the cosine is to 1, and descent has to make up for it. Undefined when there are none. Cost r² inner products.
 */
export function mergedBranches(problem: Problem, given: readonly Branch[], cosine: number): Branch[] | undefined {
  const p = problem.mapping.degree;
  if (p === null || p === 0) return undefined;
  const gram = gramOf(problem, given);
  const order = given.map((_, i) => i).sort((i, j) => gram.get(j, j) - gram.get(i, i));
  const groups: { readonly leader: number; total: number }[] = [];
  for (const i of order) {
    const home = groups.find(
      ({ leader }) => gram.get(leader, i) > cosine * Math.sqrt(gram.get(leader, leader)) * Math.sqrt(gram.get(i, i)),
    );
    if (home === undefined) groups.push({ leader: i, total: gram.get(i, i) });
    else home.total += gram.get(home.leader, i);
  }
  if (groups.length === given.length) return undefined;
  return groups.map(({ leader, total }) => {
    const length = gram.get(leader, leader);
    return length > 0 ? scaledBranch(given[leader], (total / length) ** (1 / p)) : given[leader];
  });
}

function gramOf(problem: Problem, branches: readonly Branch[]): Matrix {
  return Matrix.from1DArray(branches.length, branches.length, innerProducts(problem, branches));
}

function mirror([u, v]: Branch): Branch {
  return [v, u];
}

function unitVector(length: number, index: number): Float64Array {
  const out = new Float64Array(length);
  out[index] = 1;
  return out;
}
