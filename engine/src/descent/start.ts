/** The point a run starts from. */
import { normalStream } from "../linalg/random.ts";
import type { Factors } from "../problem/factors.ts";
import { branchesOf, copyFactors, factorsOf, zeroFactors } from "../problem/factors.ts";
import type { Problem } from "../problem/problem.ts";

/** Random entries get a standard deviation at which U Vᵀ has about the size the loss expects. */
export function startFactors(problem: Problem): Factors {
  const { config, rows, columns, target } = problem;
  const factors = zeroFactors(rows, columns, config.branches);
  if (problem.checkpoint !== null) return copyFactors(problem.checkpoint);
  if (config.start.kind !== "random") return factors;
  const size = problem.loss.predictionSize(target);
  const deviation = config.start.scale ?? Math.sqrt(size / Math.sqrt(config.branches));
  const normal = normalStream(config.start.seed);
  for (let i = 0; i < factors.u.length; i++) factors.u[i] = deviation * normal();
  for (let i = 0; i < factors.v.length; i++) factors.v[i] = deviation * normal();
  return feasible(problem, factors);
}

/** Into the cones of the constraints: the prox with step 0. */
function feasible(problem: Problem, factors: Factors): Factors {
  const [normU, normV] = problem.regularizer.norms;
  if (!normU.constrained && !normV.constrained) return factors;
  const branches = branchesOf(factors);
  for (const { u, v } of branches) {
    normU.proxInto(u, 0);
    normV.proxInto(v, 0);
  }
  return factorsOf(branches, problem.rows, problem.columns, factors.branches);
}
