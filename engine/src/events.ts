/** What a run says while it goes and when it ends. Plain data: it crosses worker and webview boundaries as it is. */
import type { Finding } from "./diagnose/finding.ts";

/** The certificate is about the whole problem; only `global` is a success. */
export type Verdict = "global" | "not-global" | "undecided" | "outside-theory";

/** Why the run stopped. */
export type RunStatus =
  | "converged"
  | "iteration-limit"
  | "time-limit"
  | "branch-limit"
  | "stalled"
  | "non-finite"
  | "cancelled";

/** `proof` is the part of a certificate that may take long: closing the bracket of a polar, and checking its witness. */
export type Phase = "descent" | "certificate" | "growth" | "reduction" | "proof";

/** A degree of homogeneity; `null` where an expression has none. */
export type Degree = number | null;

/** A layer of a network's branch, and the degree of what comes out of it, all weights so far scaled together. */
export interface LayerSummary {
  /** Its number in the branch, from 0. Of long branches some are left out. */
  readonly index: number;
  /** `dense 2`; of a model file the name and the type of the layer. */
  readonly name: string;
  /** How many residuals it stands in. */
  readonly depth: number;
  readonly homogeneity: "degree" | "mixed" | "none" | "unknown";
  /** One for `degree`, several where terms of different degrees are added, else none. */
  readonly degrees: readonly number[];
  /** A normalization with ε > 0 stands before it: the degree holds for large inputs only. */
  readonly approximate: boolean;
  /** What breaks homogeneity here, or what else there is to know, in a few words; mostly empty. */
  readonly note: string;
}

export interface ProblemSummary {
  /** Lengths of the axes of X, and how many numbers the loss sees of it: entries, or measurements. */
  readonly shape: readonly number[];
  readonly observed: number;
  readonly seen: "entries" | "measurements";
  readonly mapping: string;
  /** φ as a formula: u vᵀ. */
  readonly formula: string;
  readonly loss: string;
  readonly regularizer: string;
  readonly homogeneity: { readonly mapping: Degree; readonly regularizer: Degree };
  /** Of networks. */
  readonly layers?: readonly LayerSummary[];
  readonly lambda: number;
  readonly lambdaMax: number;
  readonly gapTolerance: number;
  readonly maxBranches: number;
  readonly grow: boolean;
}

/** One step of the run; cheap, there may be many thousands. */
export interface Progress {
  readonly iteration: number;
  readonly seconds: number;
  readonly phase: Phase;
  readonly objective: number;
  /** Best proven lower bound so far; `null` before the first certificate. */
  readonly lowerBound: number | null;
  /** Scale-free norm of the (sub)gradient of the factors. */
  readonly stationarity: number;
  readonly branches: number;
}

/** The polar Ω°(Z): `lower` is attained by a branch in hand, `upper` is proven; null where no bound is known. */
export interface PolarBracket {
  readonly lower: number;
  readonly upper: number | null;
  readonly method: string;
  /** Why that method: a clause for people. */
  readonly why?: string | undefined;
  readonly kind: "exact" | "bound";
  /**
   * Cells that the proof looked at: cones of directions, sets of supports or signs, activation patterns. One that takes longer
   * counts as several, as in `search.maxCells`.
   */
  readonly work?: number | undefined;
}

export interface BranchReport {
  readonly index: number;
  /** g(X_i), without λ. */
  readonly regularizer: number;
  /** g(X_i) − ⟨Z, φ(X_i)⟩; 0 at a local minimum (Lemma 14). */
  readonly slack: number;
  readonly zero: boolean;
}

export interface Gap {
  /** objective − lowerBound, both with their rounding margins. */
  readonly absolute: number;
  /** absolute / max(|objective|, |lowerBound|), never below the floor of what float64 can prove (1e-9). */
  readonly relative: number;
}

/** The state of the proof at one point of the run. */
export interface CertificateSnapshot {
  readonly iteration: number;
  readonly seconds: number;
  readonly objective: number;
  readonly lowerBound: number;
  readonly gap: Gap;
  readonly polar: PolarBracket;
  readonly branches: readonly BranchReport[];
}

/** What Q holds: how many entries are outliers, and ‖E‖₁; the intercepts, one per column. */
export interface ExtraValues {
  readonly outliers?: { readonly nonzero: number; readonly l1: number } | undefined;
  readonly intercept?: readonly number[] | undefined;
}

/** The strictly better point behind a `not-global` verdict. */
export interface Evidence {
  /** ⟨Z, φ(z)⟩ of the unit branch z: how much steeper the loss falls than the regularizer rises. */
  readonly polar: number;
  /** Objective after the branch is added at its exact scale. */
  readonly objectiveAfter: number;
}

export interface RunResult {
  /** Version of this record. */
  readonly version: 1;
  readonly verdict: Verdict;
  readonly status: RunStatus;
  /** Why this verdict, in a sentence. */
  readonly reason: string;
  /** Rounded up. Number.MAX_VALUE, without branches, when the status is `non-finite`. */
  readonly objective: number;
  readonly lowerBound: number | null;
  readonly gap: Gap | null;
  readonly polar: PolarBracket | null;
  readonly homogeneity: { readonly mapping: Degree; readonly regularizer: Degree };
  readonly lambda: number;
  readonly lambdaMax: number;
  /** Number of non-zero branches. */
  readonly rank: number;
  readonly branches: readonly BranchReport[];
  readonly evidence: Evidence | null;
  /** Values of Q at the point; null when the problem has none. */
  readonly extra: ExtraValues | null;
  readonly stationarity: number;
  readonly iterations: number;
  readonly seconds: number;
  readonly findings: readonly Finding[];
}

export type RunEvent =
  | { readonly kind: "started"; readonly problem: ProblemSummary }
  | { readonly kind: "progress"; readonly progress: Progress }
  | { readonly kind: "certificate"; readonly certificate: CertificateSnapshot };

/** Anything that says whether to stop: an `AbortSignal`, or a flag shared with another thread. */
export interface CancelSignal {
  readonly aborted: boolean;
}

/** One λ of a path, at the end of its run. */
export interface PathPoint {
  readonly lambda: number;
  /** λ/λ_max; 1 where λ_max is 0, and the zero model optimal at any λ. */
  readonly relative: number;
  readonly verdict: Verdict;
  readonly status: RunStatus;
  /** Why this verdict, in a sentence. */
  readonly reason: string;
  /** Number of non-zero branches. */
  readonly rank: number;
  /** Rounded up. Number.MAX_VALUE, as `loss` and `regularizer`, when the status is `non-finite`. */
  readonly objective: number;
  readonly lowerBound: number | null;
  readonly gap: Gap | null;
  readonly loss: number;
  /** Σ g(X_i), without λ. */
  readonly regularizer: number;
  readonly iterations: number;
  readonly seconds: number;
}

export interface PathResult {
  /** Version of this record. */
  readonly version: 1;
  readonly lambdaMax: number;
  /** `cancelled`: λ are missing; a point in the middle of its run is dropped. */
  readonly status: "complete" | "cancelled";
  /** λ descending. */
  readonly points: readonly PathPoint[];
}

export type PathEvent =
  | {
      readonly kind: "path-started";
      /** At the config's own λ. */
      readonly problem: ProblemSummary;
      /** Descending; one point for each. */
      readonly lambdas: readonly number[];
    }
  | { readonly kind: "path-progress"; readonly index: number; readonly progress: Progress }
  | { readonly kind: "path-point"; readonly index: number; readonly point: PathPoint };
