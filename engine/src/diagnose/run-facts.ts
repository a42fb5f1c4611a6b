/** What the rules about a finished run look at. */
import type { RunResult } from "../events.ts";

export interface RunFacts {
  /** The result, before its findings. */
  readonly result: Omit<RunResult, "findings">;
  readonly grow: boolean;
  readonly width: number;
  readonly gapTolerance: number;
  /** Branches a factorization of the same Φ needs that attains Ω(Φ), when that is known. */
  readonly sufficient: number | null;
  /** Whether the target is zero at every observed entry. */
  readonly zeroTarget: boolean;
}

/** A finding of a run has no place in the config text unless a key caused it. */
export const WHOLE_CONFIG = "";
