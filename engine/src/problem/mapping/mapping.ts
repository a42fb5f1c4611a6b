/**
 * What the engine knows about Φ_r(X) = Σ_i φ(X_i) as the loss sees it: x = A(Φ), one number per observation, in the order of
 * the target's entries. One file per kind; certificates choose a polar by `kind`, descent needs nothing but what stands in
 * `Mapping`.
 */
import type { Degree } from "../../events.ts";
import type { EntryLoss } from "../../linalg/kernels/entry-loss.ts";
import type { TableJudgment } from "../../linalg/kernels/table-judgment.ts";
import type { Observed } from "../../linalg/observed.ts";
import type { Branch, Factors } from "../factors.ts";
import type { Observation } from "./observation.ts";

export interface FactorSpec {
  /** As it is written in formulas: u, x¹, W₁. */
  readonly symbol: string;
  /** Of one slice, without the branch axis. */
  readonly shape: readonly number[];
  /** The product of `shape`. */
  readonly size: number;
  /** The degree of φ in this factor alone; null where it has none. */
  readonly degree: Degree;
  /** Whether the regularizer charges it: a bias behind the first layer is free. */
  readonly regularized: boolean;
}

interface MappingBase {
  /** As a formula, for people: u vᵀ. */
  readonly label: string;
  readonly factors: readonly FactorSpec[];
  /** The degree of φ in all factors jointly. */
  readonly degree: Degree;
  /**
   * φ is homogeneous in each factor alone: it is 0 as soon as one factor is, and rescaling factors by c_k with
   * Π c_k^degree_k = 1 leaves it as it is.
   */
  readonly separable: boolean;
  /** x = A(Φ(X)), whatever stood in x. */
  predictInto(x: Float64Array, factors: Factors): void;
  /** out[k] (size_k × branches) = the gradient of X ↦ ⟨w, A(Φ(X))⟩ in factor k. */
  correlateInto(out: readonly Float64Array[], w: Float64Array, factors: Factors): void;
  /**
   * w = −∇ℓ(A(Φ)) and what `correlateInto` makes of it, with the sums of the loss, in one go; bit for bit the same. Undefined where nothing
   * is gained by it.
   */
  judgeInto?(
    w: Float64Array,
    out: readonly Float64Array[],
    factors: Factors,
    y: Float64Array,
    loss: EntryLoss,
  ): TableJudgment | undefined;
  /** Not below ‖fl(x) − A(Φ)‖₂: the rounding of `predictInto`. */
  predictionError(factors: Factors): number;
}

export interface MatrixMapping extends MappingBase {
  readonly kind: "matrix";
  readonly observation: Observation;
}

export interface SymmetricMapping extends MappingBase {
  readonly kind: "symmetric";
  readonly observation: Observation;
}

export interface CpMapping extends MappingBase {
  readonly kind: "cp";
  /** The target's entries: rows are its first axis, columns all the others, last axis fastest. */
  readonly entries: Observed;
  /** Length of every axis. */
  readonly lengths: readonly number[];
}

/** One branch of a network on fixed data: N samples in, N × outputs numbers out (row-major). */
export interface NetworkProgram {
  readonly parameters: readonly NetworkParameter[];
  readonly samples: number;
  readonly outputs: number;
  /** φ(X_i). */
  forward(branch: Branch): Float64Array;
  /** The gradient of ⟨w, φ(X_i)⟩ in each parameter; `w` is N × outputs. */
  backward(branch: Branch, w: Float64Array): Float64Array[];
  /** Not below ‖fl(φ) − φ‖_F. */
  error(branch: Branch): number;
}

export interface NetworkParameter {
  readonly name: string;
  readonly role: "kernel" | "bias" | "scale" | "shift";
  readonly shape: readonly number[];
}

export interface NetworkMapping extends MappingBase {
  readonly kind: "network";
  readonly entries: Observed;
  readonly program: NetworkProgram;
  /** V with a column of ones where `data.bias` asks for it: samples × features, row-major; of images, flattened. */
  readonly input: Float64Array;
  /**
   * Set when a branch is dense - relu - dense with one hidden unit, φ = relu(V u) vᵀ: the networks that have a polar of their
   * own. Other branches only have the bound of `gain`.
   */
  readonly neuron: boolean;
  /** Whether `program.error` is a proven bound; where it is an estimate, no certificate may rest on it. */
  readonly errorIsProven: boolean;
  /** C with ‖φ(X_i)‖_F ≤ C Π_k ‖X_i^k‖₂^degree_k, rounding included; Infinity where none is known. */
  readonly gain: number;
}

export type Mapping = MatrixMapping | SymmetricMapping | CpMapping | NetworkMapping;

export function sizesOf(mapping: Mapping): readonly number[] {
  return mapping.factors.map(({ size }) => size);
}

/** Whether φ of the branch is 0 by its factors alone. */
export function isZero({ separable }: Pick<Mapping, "separable">, branch: Branch): boolean {
  const zero = (slice: Float64Array) => slice.every((x) => x === 0);
  return separable ? branch.some(zero) : branch.every(zero);
}
