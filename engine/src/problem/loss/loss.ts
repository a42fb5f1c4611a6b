/**
 * What the engine knows about ℓ(X) = Σ over observed entries of L(x; y). One file per loss; the registry is `lossOf`.
 * Predictions x and targets y are given at the observed entries only, in the order of the target's entries.
 */
import type { LossConfig } from "../../config/config.ts";
import type { NumericArray } from "../../data/array.ts";
import { type ChainedLoss, type EntryLoss, slopesInto } from "../../linalg/kernels/entry-loss.ts";
import type { Observed } from "../../linalg/observed.ts";
import { times } from "../../linalg/vector.ts";
import { crossEntropyLoss } from "./cross-entropy.ts";
import { huberLoss } from "./huber.ts";
import { logisticLoss } from "./logistic.ts";
import { poissonLoss } from "./poisson.ts";
import { squaredLoss } from "./squared.ts";
import { squaredHingeLoss } from "./squared-hinge.ts";

export interface Loss {
  readonly kind: LossConfig["kind"];
  /** As a formula, for people. */
  readonly label: string;
  /** Lipschitz constant of ∇ℓ; Infinity where there is none. */
  readonly lipschitz: number;
  /** Whether the curvature is `lipschitz` at every point. */
  readonly quadratic: boolean;
  /**
   * Whether ℓ is a sum over the entries, and so its Hessian the diagonal `curvatureInto` gives; otherwise that diagonal is
   * only not below the Hessian.
   */
  readonly entrywise: boolean;
  /**
   * The same loss for compiled kernels, where they know it; equal to a few units in the last place. For descent: proofs use the
   * formulas of this interface.
   */
  readonly compiled?: EntryLoss;
  /** What targets must be, as the end of "is not …"; undefined: any number will do. */
  readonly targets?: { readonly words: string; readonly accepts: (y: number) => boolean };
  /** Targets as the formulas want them; the identity where absent. */
  readonly encode?: (y: number) => number;
  /** The target as the formulas want it where its shape changes too: class indices as one column per class. */
  expand?(y: NumericArray): Expansion;
  /** A typical size of predictions at the optimum, for random starts. */
  predictionSize(target: Observed): number;
  value(x: Float64Array, target: Observed): number;
  /** w = −∇ℓ(x). */
  negativeGradientInto(w: Float64Array, x: Float64Array, target: Observed): void;
  /**
   * d = a diagonal not below the Hessian; where ℓ is `entrywise`, the second derivative of L at every entry (a generalized
   * one at kinks of the gradient).
   */
  curvatureInto(d: Float64Array, x: Float64Array, target: Observed): void;
  /** Not below ℓ at the exact product, which differs from x by at most `error` in Euclidean norm. Rounding included. */
  valueUpper(x: Float64Array, target: Observed, error: number): number;
  /**
   * ℓ(x) and its `valueUpper` from the sums of `compiled` at x, and its slopes w; the upper end need not be the same number. Undefined where
   * the sums do not tell.
   */
  judged?(sums: ChainedLoss, w: Float64Array, error: number): Judged | undefined;
  /** The offsets b, one per column, at which an eliminated intercept is best; columns without entries have 0. */
  offsets?(x: Float64Array, target: Observed): Float64Array;
  /** The interval of q, around 0, where −L*(−q; y) is finite. */
  dualRange(y: number): readonly [number, number];
  /** The same interval of all entries, where there is one: for loops over whole arrays. */
  readonly dualBox?: DualBox | undefined;
  /**
   * An array near w that obeys the linear conditions of the dual (sums of rows or columns that are 0) exactly, as real
   * numbers; so do all its multiples. `dualBound` wants such an array where this is there, and answers with t = 0 for others.
   */
  feasibleDual?(w: Float64Array, target: Observed): Float64Array;
  /**
   * max over 0 ≤ t ≤ scaleMax of −ℓ*(−t w), the dual value of the point t w (theory.md §2).
   * `value` is not above the exact value at `scale`; `margin` is what was taken off for rounding.
   */
  dualBound(w: Observed, target: Observed, scaleMax: number): DualBound;
}

/** Of q, or of q y where targets are labels y = ±1. */
export interface DualBox {
  readonly low: number;
  readonly high: number;
  readonly byLabel: boolean;
}

export interface Judged {
  readonly value: number;
  readonly upper: number;
}

/** `index` is that of the number that cannot be. */
export type Expansion =
  | { readonly ok: true; readonly array: NumericArray }
  | { readonly ok: false; readonly message: string; readonly index: number };

export interface DualBound {
  readonly scale: number;
  readonly value: number;
  readonly margin: number;
}

/** The curvature a step in Φ may count on: the Lipschitz constant, or where there is none the largest curvature at x, or at 0. */
export function stepCurvature(loss: Loss, target: Observed, x?: Float64Array): number {
  if (Number.isFinite(loss.lipschitz)) return loss.lipschitz;
  const d = new Float64Array(target.value.length);
  loss.curvatureInto(d, x ?? new Float64Array(d.length), target);
  return d.reduce((largest, value) => Math.max(largest, value), Number.MIN_VALUE);
}

/** w = −∇ℓ(0), which may be the targets themselves. */
export function slopesAtZero({ loss, target }: { readonly loss: Loss; readonly target: Observed }): Float64Array {
  if (loss.compiled?.kind === "squared" && loss.compiled.weight === 1) return target.value;
  // yσ(0) = y/2, to the last bit.
  if (loss.compiled?.kind === "logistic") return times(target.value, 0.5 * loss.compiled.weight);
  const w = new Float64Array(target.value.length);
  if (loss.compiled === undefined) loss.negativeGradientInto(w, new Float64Array(w.length), target);
  else slopesInto(w, target.value, [0, w.length], loss.compiled, 0);
  return w;
}

export function lossOf(config: LossConfig): Loss {
  switch (config.kind) {
    case "squared":
      return squaredLoss(config.weight);
    case "huber":
      return huberLoss(1, config.delta);
    case "logistic":
      return logisticLoss;
    case "cross-entropy":
      return crossEntropyLoss;
    case "squared-hinge":
      return squaredHingeLoss;
    case "poisson":
      return poissonLoss;
    default:
      return config satisfies never;
  }
}
