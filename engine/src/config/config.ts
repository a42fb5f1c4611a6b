/**
 * A config after parsing: every default filled in, every shorthand expanded. This is what the engine computes with;
 * `schema.ts` says what people may write, `parse.ts` turns one into the other.
 */

/** A norm on one slice of a factor. */
export type NormKind = "l1" | "l2";

/** l2·‖·‖₂ + l1·‖·‖₁ with weights ≥ 0, not both 0. */
export interface NormSum {
  readonly l2: number;
  readonly l1: number;
}

export type NormSpec = NormKind | NormSum;

/** What a slice of a factor may be. */
export type Constraint = "nonnegative";

export type LossConfig =
  /** (c/2) Σ (x − y)², c = weight. */
  | { readonly kind: "squared"; readonly weight: number }
  | { readonly kind: "huber"; readonly delta: number }
  | { readonly kind: "logistic" }
  | { readonly kind: "squared-hinge" }
  | { readonly kind: "poisson" };

/** Q of (20): variables of the model that are no factors. */
export interface ExtraConfig {
  /** Sparse outliers E added to the model, with H = μ‖E‖₁. */
  readonly outliers: { readonly l1: number };
}

/** `product` is (15), `power` is (16), `weight-decay` is ½Σ‖·‖²_F; `l1` is Σ‖·‖₁ of degree 1, understood but outside the theory here. */
export type RegularizerKind = "product" | "power" | "weight-decay" | "l1";

export interface RegularizerConfig {
  readonly kind: RegularizerKind;
  /** One norm per factor: on the columns of U, then of V. */
  readonly norms: readonly [NormSpec, NormSpec];
  /** One per factor, null for none; absent when no factor has any. */
  readonly constraints?: readonly [Constraint | null, Constraint | null];
}

export type LambdaConfig =
  | { readonly kind: "absolute"; readonly value: number }
  /** `value` · λ_max. */
  | { readonly kind: "relative"; readonly value: number };

export type StartConfig =
  | { readonly kind: "zero" }
  /** Factors from a `.npz` with the arrays factor1 and factor2, last axis = branch: a model that was fitted elsewhere. */
  | { readonly kind: "checkpoint"; readonly file: string }
  /** `scale` is the standard deviation of an entry; absent: chosen from the data. */
  | { readonly kind: "random"; readonly seed: number; readonly scale?: number };

export type MethodName = "newton" | "prox-gradient";

export interface SearchConfig {
  /** Relative gap at which a point counts as a global minimum. */
  readonly gap: number;
  /** Absent: the bound of the theory (min(m, n) for matrices with ℓ2·ℓ2). */
  readonly maxBranches?: number;
  readonly maxIterations: number;
  readonly timeLimitMs?: number;
  /** `false` tests the given width only. */
  readonly grow: boolean;
  /** Absent: chosen by problem class. */
  readonly method?: MethodName;
}

export interface DataConfig {
  /** File name relative to the config, `file.npz#array` for one array of an archive. */
  readonly target: string;
  readonly mask?: string;
}

export interface Config {
  readonly data: DataConfig;
  readonly loss: LossConfig;
  readonly mapping: { readonly kind: "matrix" };
  readonly regularizer: RegularizerConfig;
  readonly lambda: LambdaConfig;
  readonly extra?: ExtraConfig;
  readonly branches: number;
  readonly start: StartConfig;
  readonly search: SearchConfig;
}
