/** What the branch chart draws: one bar per branch, or groups of neighbors when there are more than it can show. */
import type { BranchReport } from "@optimality-lens/engine";

export interface BranchBar {
  /** Index of the branch, or of the first of its group. */
  readonly first: number;
  readonly last: number;
  /** g(X_i), the largest of the group. */
  readonly regularizer: number;
  /** |slack|, the largest of the group. */
  readonly slack: number;
  /** Every branch of the group is zero. */
  readonly zero: boolean;
}

export const MAX_BARS = 160;

/** |slack| below this is drawn at the bottom: zero has no logarithm. */
export const SLACK_FLOOR = 1e-16;

export function branchBars(branches: readonly BranchReport[], maxBars = MAX_BARS): readonly BranchBar[] {
  const size = Math.max(1, Math.ceil(branches.length / maxBars));
  const bars: BranchBar[] = [];
  for (let start = 0; start < branches.length; start += size) {
    const group = branches.slice(start, start + size);
    const first = group[0];
    const last = group[group.length - 1];
    if (first === undefined || last === undefined) continue;
    bars.push({
      first: first.index,
      last: last.index,
      regularizer: Math.max(...group.map((branch) => branch.regularizer)),
      slack: Math.max(...group.map((branch) => Math.abs(branch.slack))),
      zero: group.every((branch) => branch.zero),
    });
  }
  return bars;
}

/** "4 branches, 1 of them zero" */
export function branchWords(branches: readonly BranchReport[]): string {
  const zeros = branches.filter((branch) => branch.zero).length;
  if (branches.length === 0) return "No branches: the model is zero.";
  const count = `${branches.length} branches`;
  if (branches.length === 1) return zeros === 0 ? "1 branch, not zero." : "1 branch, and it is zero.";
  if (zeros === 0) return `${count}, none of them zero.`;
  return zeros === branches.length ? `${count}, all zero.` : `${count}, ${zeros} of them zero.`;
}
