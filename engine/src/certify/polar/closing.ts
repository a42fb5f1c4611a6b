/**
 * From a bracket to a narrower one: relaxations and branch and bound, each with a witness that can be checked without the
 * search. Tried in order until the bracket is as narrow as wanted.
 */
import type { Branch } from "../../problem/factors.ts";
import type { UpperBound } from "./bracket.ts";
import { kindOf } from "./bracket.ts";
import type { PolarBranch, PolarOptions, PolarResult, ProofArrays } from "./polar.ts";
import { SMALLEST_POLAR } from "./polar.ts";

/** A bracket this narrow (relative) is narrow enough where nobody says otherwise. */
export const CLOSED = 2e-7;

/** Cells that a branch and bound may look at where nobody says otherwise: a few seconds. */
export const CELLS = 2_000_000;

export interface ClosedBound extends UpperBound {
  readonly arrays: ProofArrays;
  readonly work: number;
  /** A point worth more than what the search found: where to climb from. */
  readonly better?: Branch | undefined;
}

export interface ClosingOptions {
  /** Found. */
  readonly lower: number;
  /** By this branch. */
  readonly branch?: Branch | undefined;
  readonly tolerance: number;
  readonly cells: number;
  readonly hint: ProofArrays | undefined;
  readonly stopped: () => boolean;
}

export interface Closer {
  /** The kind of witness that it writes. */
  readonly witness: string;
  close(options: ClosingOptions): ClosedBound;
  /** The bound that the arrays prove, whatever they are; Infinity where they prove none. */
  check(arrays: ProofArrays, options: Pick<ClosingOptions, "cells" | "stopped">): UpperBound;
}

/**
 * `open` with what the closers add; when a proof is to be checked, with what its witness says. `closersOf` is asked only where they are
 * wanted. `climb` takes a better point to the top near it.
 */
export function closed(
  open: PolarResult,
  closersOf: () => readonly Closer[],
  climb: (start: Branch) => PolarBranch | undefined,
  options: PolarOptions,
): PolarResult {
  const { proof, stopped, tolerance = CLOSED, cells = CELLS } = options;
  if (proof !== undefined) {
    const closer = closersOf().find(({ witness }) => witness === proof.witness.kind);
    const arrays = proof.witness.arrays ?? {};
    return closer === undefined
      ? open
      : lowered(open, { ...closer.check(arrays, { cells, stopped }), arrays, work: 0 });
  }
  if (options.effort !== "close") return open;
  let result = open;
  for (const closer of closersOf()) {
    if (result.upper <= result.lower * (1 + tolerance) || stopped()) break;
    const branch = result.branches[0]?.factors;
    const bound = closer.close({ lower: result.lower, branch, tolerance, cells, hint: options.hint, stopped });
    result = lowered(result, bound);
    const found = bound.better === undefined ? undefined : climb(bound.better);
    if (found !== undefined && found.value > result.lower) {
      const branches = [found, ...result.branches.filter(({ value }) => value > options.above)];
      result = { ...result, lower: found.value, branches, kind: kindOf(found.value, result.upper) };
    }
  }
  return result;
}

function lowered(result: PolarResult, bound: ClosedBound): PolarResult {
  const work = (result.work ?? 0) + bound.work;
  if (!(bound.upper < result.upper)) return { ...result, work };
  const upper = Math.max(bound.upper, SMALLEST_POLAR);
  return {
    ...result,
    upper,
    method: bound.method,
    why: bound.why,
    kind: kindOf(result.lower, upper),
    witness: { kind: bound.witness, threshold: bound.upper, arrays: bound.arrays },
    work,
  };
}
