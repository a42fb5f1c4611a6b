/**
 * The factors of a matrix model: U (rows × branches) and V (columns × branches), row-major, last axis = branch,
 * so that branch i is column i of each and Φ = U Vᵀ.
 */
export interface Factors {
  readonly branches: number;
  readonly u: Float64Array;
  readonly v: Float64Array;
}

/** One branch as two contiguous vectors. */
export interface Branch {
  readonly u: Float64Array;
  readonly v: Float64Array;
}

export function zeroFactors(rows: number, columns: number, branches: number): Factors {
  return { branches, u: new Float64Array(rows * branches), v: new Float64Array(columns * branches) };
}

export function copyFactors(factors: Factors): Factors {
  return { branches: factors.branches, u: factors.u.slice(), v: factors.v.slice() };
}

export function branchesOf({ branches, u, v }: Factors): Branch[] {
  const rows = u.length / branches;
  const columns = v.length / branches;
  return Array.from({ length: branches }, (_, b) => ({
    u: Float64Array.from({ length: rows }, (_, i) => u[i * branches + b]),
    v: Float64Array.from({ length: columns }, (_, j) => v[j * branches + b]),
  }));
}

/** The given branches, then zero branches up to `width`. */
export function factorsOf(branches: readonly Branch[], rows: number, columns: number, width: number): Factors {
  const factors = zeroFactors(rows, columns, Math.max(width, branches.length));
  const r = factors.branches;
  branches.forEach((branch, b) => {
    for (let i = 0; i < rows; i++) factors.u[i * r + b] = branch.u[i];
    for (let j = 0; j < columns; j++) factors.v[j * r + b] = branch.v[j];
  });
  return factors;
}

export function isZero({ u, v }: Branch): boolean {
  return u.every((x) => x === 0) || v.every((x) => x === 0);
}

export function nonZeroBranches(factors: Factors): Branch[] {
  return branchesOf(factors).filter((branch) => !isZero(branch));
}
