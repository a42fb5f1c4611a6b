/**
 * When products of proximal steps may be in single precision (higham2022): where what that rounds off is small beside what is left to go.
 * Points that come of it are made orthonormal again before anybody else sees them, and nothing that a verdict rests on is computed so.
 */
import type { Precision } from "../../linalg/kernels/multiply.ts";
import type { Pass } from "../../linalg/subspace.ts";

/** Singular values within these bounds have squares within float32's. */
const RANGE = [1e-15, 1e15] as const;
/** So many times above what rounding makes of it a stationarity is worth something. */
const MARGIN = 100;
/** What single precision may hide of an objective, relatively. */
const EXCESS = 1e-6;

/** An objective of single precision, as much more as that may hide of it. */
export function roughObjective(value: number): number {
  return value + EXCESS * Math.abs(value);
}

export interface StepPrecision {
  /** Of the next step, or of the one that is being taken. */
  readonly now: Precision;
  /** Whether a pass found nothing because some number was beyond single precision: then it is given up. */
  hasFailed(found: Pass): boolean;
  /**
   * Chooses for the next step, after one of that stationarity whose G has these singular values, of which those above τ are kept: single
   * where that is far above rounding, 2⁻²⁴ σ₁/τ.
   */
  choose(stationarity: number, found: Pass, tau: number): void;
  /** The next step is in double precision whatever was chosen. */
  sharpen(): void;
}

export function stepPrecision(): StepPrecision {
  let now: Precision = "double";
  let mayBeSingle = true;
  const [low, high] = RANGE;
  return {
    get now() {
      return now;
    },
    hasFailed({ count }) {
      if (now === "double" || count > 0) return false;
      mayBeSingle = false;
      now = "double";
      return true;
    },
    choose(stationarity, { values }, tau) {
      const largest = values[0] ?? 0;
      const isAboveRounding = stationarity > (MARGIN * 2 ** -24 * largest) / tau && largest > low && largest < high;
      now = mayBeSingle && isAboveRounding ? "single" : "double";
    },
    sharpen() {
      now = "double";
    },
  };
}
