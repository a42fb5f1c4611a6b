import { times } from "../linalg/vector.ts";
/**
 * The factors of a model: factor k holds one slice per branch, row-major with the branch as last axis (size_k × branches), so
 * that branch i is column i of each. Slices with several axes are flattened, last axis fastest.
 */
export interface Factors {
  readonly branches: number;
  readonly values: readonly Float64Array[];
}

/** One branch: its slice of every factor, contiguous. */
export type Branch = readonly Float64Array[];

export function zeroFactors(sizes: readonly number[], branches: number): Factors {
  return { branches, values: sizes.map((size) => new Float64Array(size * branches)) };
}

export function copyFactors({ branches, values }: Factors): Factors {
  return { branches, values: values.map((value) => value.slice()) };
}

export function zeroBranch(sizes: readonly number[]): Branch {
  return sizes.map((size) => new Float64Array(size));
}

export function branchesOf({ branches, values }: Factors): Branch[] {
  return Array.from({ length: branches }, (_, b) => values.map((value) => sliceOf(value, branches, b)));
}

const branchesOfPoints = new WeakMap<Factors, readonly Branch[]>();

/** The branches of a point, made once for all who ask: a point is never changed once it is made, and nobody may change these. */
export function pointBranches(point: Factors): readonly Branch[] {
  const known = branchesOfPoints.get(point);
  if (known !== undefined) return known;
  const branches = branchesOf(point);
  branchesOfPoints.set(point, branches);
  return branches;
}

/** The point of these branches, which are its own from now on. */
export function pointOf(branches: readonly Branch[], sizes: readonly number[]): Factors {
  const point = factorsOf(branches, sizes, branches.length);
  branchesOfPoints.set(point, branches);
  return point;
}

/** Column `branch` of a size × branches array. */
export function sliceOf(value: Float64Array, branches: number, branch: number): Float64Array {
  const out = new Float64Array(value.length / branches);
  for (let i = 0; i < out.length; i++) out[i] = value[i * branches + branch];
  return out;
}

/** Writes a slice into column `branch`. */
export function setSliceInto(value: Float64Array, branches: number, branch: number, slice: Float64Array): void {
  for (let i = 0; i < slice.length; i++) value[i * branches + branch] = slice[i];
}

/** The given branches, then zero branches up to `width`. */
export function factorsOf(branches: readonly Branch[], sizes: readonly number[], width: number): Factors {
  const factors = zeroFactors(sizes, Math.max(width, branches.length));
  branches.forEach((branch, b) => {
    branch.forEach((slice, k) => {
      setSliceInto(factors.values[k], factors.branches, b, slice);
    });
  });
  return factors;
}

/** Every factor times `scale`. */
export function scaledBranch(branch: Branch, scale: number): Branch {
  return branch.map((slice) => times(slice, scale));
}
