/** What the rules about a finished run look at. */
import type { MappingKind } from "../config/config.ts";
import type { RunResult } from "../events.ts";

export interface RunFacts {
  /** The result, before its findings. */
  readonly result: Omit<RunResult, "findings">;
  readonly mapping: MappingKind;
  readonly grow: boolean;
  readonly width: number;
  readonly gapTolerance: number;
  /** Cells that a proof of the polar may look at. */
  readonly maxCells: number;
  /** Branches a factorization of the same Φ needs that attains Ω(Φ), when that is known. */
  readonly sufficient: number | null;
  /** Whether the target is zero at every observed entry. */
  readonly zeroTarget: boolean;
  /** Pairs of non-zero branches whose φ point the same way: the cosine is above 1 − 1e-9. */
  readonly duplicates: readonly (readonly [number, number])[];
  /** Branches whose g falls by rescaling their factors against one another alone. */
  readonly unbalanced: readonly UnbalancedBranch[];
  /** Non-zero branches whose φ is 0 on all data: a relu that never fires. */
  readonly dead: readonly number[];
  /** Hidden units that are never active, in branches that are not dead; null for mappings without hidden units. */
  readonly deadUnits: { readonly dead: number; readonly units: number } | null;
}

export interface UnbalancedBranch {
  readonly index: number;
  /** g(X_i), and g of the same φ after rescaling. */
  readonly before: number;
  readonly after: number;
}

/** A finding of a run has no place in the config text unless a key caused it. */
export const WHOLE_CONFIG = "";
