/**
 * A config after parsing: every default filled in, every shorthand expanded. This is what the engine computes with;
 * `schema.ts` says what people may write, `parse.ts` turns one into the other.
 */

/** A norm on one slice of a factor. `nuclear`, `spectral` and `group` see the slice as a matrix (`FactorSpec.shape`). */
export type NormKind = "l1" | "l2" | "linf" | "nuclear" | "spectral" | "group";

/** Σ weight · norm, weights > 0. */
export type NormSum = Readonly<Partial<Record<NormKind, number>>>;

/** (Σ|x|^q)^{1/q}, q > 0; for q < 1 not convex, and without a certificate. */
export interface NormPower {
  readonly lq: number;
}

export type NormSpec = NormKind | NormSum | NormPower;

/** What a slice of a factor may be; every set here is a cone. */
export type Constraint =
  | "nonnegative"
  /** Square slices that are symmetric and positive semidefinite. */
  | "psd"
  /** At most so many entries that are not zero. */
  | { readonly sparse: number }
  /** {x : A x = 0}, A from a file. */
  | { readonly kernel: string }
  /** {x : A x ≥ 0}, A from a file. */
  | { readonly inequality: string };

export type LossConfig =
  /** (c/2) Σ (x − y)², c = weight. */
  | { readonly kind: "squared"; readonly weight: number }
  | { readonly kind: "huber"; readonly delta: number }
  | { readonly kind: "logistic" }
  | { readonly kind: "cross-entropy" }
  | { readonly kind: "squared-hinge" }
  | { readonly kind: "poisson" };

/** Q of (20): variables of the model that are no factors. At least one of the two. */
export interface ExtraConfig {
  /** Sparse outliers E added to the model, with H = μ‖E‖₁. */
  readonly outliers?: { readonly l1: number };
  /** An offset per column of the target, not penalized. */
  readonly intercept?: true;
}

/** One layer of a branch, shorthands expanded. Layers outside the theory are understood and flagged, never refused. */
export type LayerConfig =
  /** `units: null`: as many as the target has columns. */
  | { readonly kind: "dense"; readonly units: number | null; readonly bias: boolean }
  | {
      readonly kind: "conv2d";
      readonly filters: number;
      readonly kernel: readonly [number, number];
      readonly stride: readonly [number, number];
      readonly padding: "valid" | "same";
      readonly bias: boolean;
    }
  | { readonly kind: "relu" | "abs" | "flatten" | "globalAveragePool2d" }
  | { readonly kind: "leakyRelu"; readonly slope: number }
  | { readonly kind: "power"; readonly exponent: number }
  /** The largest of every `pieces` neighboring channels. */
  | { readonly kind: "maxout"; readonly pieces: number }
  /** Windows of size × size, stride = size, no padding. */
  | { readonly kind: "maxPool2d" | "averagePool2d"; readonly size: number }
  /** The identity here: certificates are about the network that predicts. */
  | { readonly kind: "dropout"; readonly rate: number }
  /** x + layers(x). */
  | { readonly kind: "residual"; readonly layers: readonly LayerConfig[] }
  /** Over the samples at hand, ε = `epsilon`, with scale γ and shift β per channel. */
  | { readonly kind: "batchNorm"; readonly epsilon: number }
  | { readonly kind: "sigmoid" | "tanh" | "gelu" | "softplus" | "elu" | "silu" | "softmax" };

export type MappingConfig =
  | { readonly kind: "matrix" }
  | { readonly kind: "symmetric" }
  /** As many factors as the target has axes. */
  | { readonly kind: "cp" }
  | { readonly kind: "network"; readonly layers: readonly LayerConfig[] }
  /** A model file: Keras / TensorFlow.js JSON or ONNX. */
  | { readonly kind: "network"; readonly model: string };

export type MappingKind = MappingConfig["kind"];

/**
 * `product` is (15), `power` is (16), `weight-decay` is ½Σ‖·‖²_F; `l1` is Σ‖·‖₁ and `elastic-net` Σ(‖·‖₁ + ½‖·‖²), both
 * understood but outside the theory for more than one factor.
 */
export type RegularizerKind = "product" | "power" | "weight-decay" | "l1" | "elastic-net" | "custom";

/** A regularizer put together from norms. `factor` counts from 0. */
export type RegularizerExpression =
  | { readonly norm: NormSpec; readonly factor: number }
  | { readonly sum: readonly RegularizerExpression[] }
  | { readonly product: readonly RegularizerExpression[] }
  | { readonly power: RegularizerExpression; readonly exponent: number }
  | { readonly scale: number; readonly of: RegularizerExpression };

/** How many factors a mapping has may depend on the target (cp) and the layers: what was said for all stays `norm`. */
export interface RegularizerConfig {
  readonly kind: RegularizerKind;
  /** The norm of every factor that `factors` does not name; set by the kind for `weight-decay`, `l1` and `elastic-net`. */
  readonly norm: NormSpec;
  /** What every factor has to be unless `factors` says otherwise. */
  readonly constraints: readonly Constraint[];
  /** One entry per factor, or none at all. */
  readonly factors: readonly { readonly norm: NormSpec; readonly constraints: readonly Constraint[] }[];
  /** For `custom` only. */
  readonly expression?: RegularizerExpression;
}

export type LambdaConfig =
  | { readonly kind: "absolute"; readonly value: number }
  /** `value` · λ_max. */
  | { readonly kind: "relative"; readonly value: number };

export type StartConfig =
  | { readonly kind: "zero" }
  /** Factors from a `.npz` with the arrays factor1 … factorK, last axis = branch: a model that was fitted elsewhere. */
  | { readonly kind: "checkpoint"; readonly file: string }
  /** `scale` is the standard deviation of an entry; absent: chosen from the data. */
  | { readonly kind: "random"; readonly seed: number; readonly scale?: number };

export type MethodName = "newton" | "thresholding" | "alternating" | "bfgs" | "prox-gradient";

export interface SearchConfig {
  /** Relative gap at which a point counts as a global minimum. */
  readonly gap: number;
  /** Absent: the bound of the theory (min(m, n) for matrices with ℓ2·ℓ2). */
  readonly maxBranches?: number;
  readonly maxIterations: number;
  /** Cells that the proof of a polar may look at. */
  readonly maxCells: number;
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
  /** V, samples first; for networks. */
  readonly input?: string;
  /** m × d1 × d2 matrices A_k, or m × d vectors a_k for rank-one sensing; the target then has m entries. */
  readonly sensing?: string;
  /** Whether a column of ones is appended to the input. */
  readonly bias: boolean;
}

export interface Config {
  readonly data: DataConfig;
  readonly loss: LossConfig;
  readonly mapping: MappingConfig;
  readonly regularizer: RegularizerConfig;
  readonly lambda: LambdaConfig;
  readonly extra?: ExtraConfig;
  readonly branches: number;
  readonly start: StartConfig;
  readonly search: SearchConfig;
}
