/** What can be said of single branches and of pairs, beyond their slack: copies, imbalance, relus that never fire. */
import type { Branch, Factors } from "./factors.ts";
import { pointBranches } from "./factors.ts";
import { innerProducts } from "./inner-products.ts";
import { isZero } from "./mapping/mapping.ts";
import type { Problem } from "./problem.ts";

export interface BranchFacts {
  /** Pairs of non-zero branches whose φ point the same way: the cosine is above 1 − 1e-9. */
  readonly duplicates: readonly (readonly [number, number])[];
  /** Branches whose g falls by rescaling their factors against one another alone. */
  readonly unbalanced: readonly { readonly index: number; readonly before: number; readonly after: number }[];
  /** Non-zero branches whose φ is 0 on all data. */
  readonly dead: readonly number[];
  /** Hidden units of the first layer that are never active, over all branches that are not dead; null without such a layer. */
  readonly deadUnits: { readonly dead: number; readonly units: number } | null;
}

const SAME_COSINE = 1 - 1e-9;
/** Less than this of g is not worth a word. */
const WORTH_BALANCING = 1e-6;

/** `balanced` has the same Φ with every branch rescaled to its least g. Cost: `innerProducts`. */
export function branchFacts(problem: Problem, factors: Factors, balanced: Factors): BranchFacts {
  const { mapping, regularizer } = problem;
  const branches = pointBranches(factors);
  const rescaled = pointBranches(balanced);
  const products = innerProducts(problem, branches);
  const r = branches.length;
  const lengths = branches.map((_, i) => Math.sqrt(products[i * r + i]));
  const nonZero = branches.map((branch) => !isZero(mapping, branch));
  const duplicates: [number, number][] = [];
  for (let i = 0; i < r; i++) {
    for (let j = i + 1; j < r; j++) {
      const least = SAME_COSINE * lengths[i] * lengths[j];
      if (least > 0 && products[i * r + j] > least) duplicates.push([i, j]);
    }
  }
  const unbalanced = branches.flatMap((branch, index) => {
    const [before, after] = [regularizer.measure(branch), regularizer.measure(rescaled[index])];
    return nonZero[index] && after < before * (1 - WORTH_BALANCING) ? [{ index, before, after }] : [];
  });
  const dead = branches.flatMap((_, index) => (nonZero[index] && lengths[index] === 0 ? [index] : []));
  const alive = branches.filter((_, index) => nonZero[index] && lengths[index] > 0);
  return {
    duplicates,
    unbalanced,
    dead: mapping.kind === "network" ? dead : [],
    deadUnits: deadUnitsOf(problem, alive),
  };
}

function deadUnitsOf({ mapping, config, target }: Problem, branches: readonly Branch[]): BranchFacts["deadUnits"] {
  if (mapping.kind !== "network" || !("layers" in config.mapping)) return null;
  const [first, second] = config.mapping.layers;
  if (first?.kind !== "dense" || second?.kind !== "relu") return null;
  const units = mapping.factors[0].shape[1];
  const width = mapping.input.length / target.rows;
  let dead = 0;
  for (const [kernel] of branches) {
    for (let unit = 0; unit < units; unit++) {
      let active = false;
      for (let sample = 0; sample < target.rows && !active; sample++) {
        let sum = 0;
        for (let i = 0; i < width; i++) sum += mapping.input[sample * width + i] * kernel[i * units + unit];
        active = sum > 0;
      }
      if (!active) dead++;
    }
  }
  return { dead, units: units * branches.length };
}
