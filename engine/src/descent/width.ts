/** The width of a run: what it starts with, how far it may grow, and what is tidied away after descent. */
import type { MethodName } from "../config/config.ts";
import type { RunAction } from "../diagnose/finding.ts";
import type { Factors } from "../problem/factors.ts";
import { copyFactors, zeroFactors } from "../problem/factors.ts";
import type { Problem } from "../problem/problem.ts";
import { leavesZero } from "./methods/method.ts";
import { reduced, withoutDust } from "./reduce.ts";
import { nonZeroBranches } from "./refactor.ts";
import { startFactors } from "./start.ts";

export interface Resume {
  readonly factors: Factors;
  readonly action: RunAction;
}

/**
 * Random branches that nobody gave a scale are only in the way of methods that leave zero by themselves. With no iteration to spend any
 * start is judged as it is.
 */
export function startPoint(problem: Problem, resume: Resume | undefined, method: MethodName): Factors {
  const { start, search } = problem.config;
  if (resume === undefined) {
    const isAnyStart = start.kind === "random" && start.scale === undefined && search.maxIterations > 0;
    return isAnyStart && leavesZero(method, problem) ? zeroFactors(problem.sizes, 1) : startFactors(problem);
  }
  if (resume.action === "remove-redundant-branches") {
    return reduced(problem, resume.factors, { shrink: true }) ?? copyFactors(resume.factors);
  }
  return copyFactors(resume.factors);
}

/** After descent: dust to zero; and when the width is ours to choose, the factorization that attains Ω(Φ), as thresholding gives it. */
export function tidied(problem: Problem, factors: Factors, method: MethodName): Factors {
  const clean = withoutDust(problem, factors);
  return problem.config.search.grow && method !== "thresholding"
    ? (reduced(problem, clean, { shrink: true }) ?? clean)
    : clean;
}

/** How many branches may be added: zero slots within the width, and more when the run may grow; `once` a single one in any case. */
export function roomFor(problem: Problem, factors: Factors, once: boolean): number {
  const used = nonZeroBranches(problem, factors).length;
  const slots = factors.branches - used;
  if (problem.config.search.grow) return Math.max(slots, problem.maxBranches - used);
  return slots > 0 ? slots : once ? 1 : 0;
}

/** The most branches the point may have. */
export function widthFor({ config, maxBranches }: Problem, { branches }: Factors): number {
  return config.search.grow ? Math.max(maxBranches, branches) : branches;
}
