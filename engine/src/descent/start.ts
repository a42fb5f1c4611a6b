/** The point a run starts from. */
import { normalStream } from "../linalg/random.ts";
import { euclideanLength } from "../linalg/vector.ts";
import type { Factors } from "../problem/factors.ts";
import { branchesOf, copyFactors, factorsOf, zeroFactors } from "../problem/factors.ts";
import type { Problem } from "../problem/problem.ts";

/** Random entries get a standard deviation at which Φ has about the size the loss expects. */
export function startFactors(problem: Problem): Factors {
  const { config, sizes } = problem;
  if (problem.checkpoint !== null) return copyFactors(problem.checkpoint);
  const factors = zeroFactors(sizes, config.branches);
  if (config.start.kind !== "random") return factors;
  const normal = normalStream(config.start.seed);
  for (const value of factors.values) for (let i = 0; i < value.length; i++) value[i] = normal();
  const deviation = config.start.scale ?? fittingDeviation(problem, factors);
  for (const value of factors.values) for (let i = 0; i < value.length; i++) value[i] *= deviation;
  return feasible(problem, factors);
}

/** The scale α at which the predictions of α X have the root mean square that the loss expects: they grow with α^p. */
function fittingDeviation({ mapping, loss, target, sizes }: Problem, factors: Factors): number {
  const size = loss.predictionSize(target);
  const p = mapping.degree ?? mapping.factors.length;
  if (mapping.kind !== "network") return (size / Math.sqrt(factors.branches)) ** (1 / p);
  if (mapping.degree === null) return 1 / Math.sqrt(sizes.reduce((all, n) => all + n, 0) / sizes.length);
  const x = new Float64Array(target.value.length);
  mapping.predictInto(x, factors);
  const reached = euclideanLength(x) / Math.sqrt(x.length);
  return reached > 0 && Number.isFinite(reached) ? (size / reached) ** (1 / p) : 1;
}

/** Into the cones of the constraints: the prox with step 0. */
function feasible({ regularizer, sizes }: Problem, factors: Factors): Factors {
  if (regularizer.norms.every((norm) => !norm.constrained)) return factors;
  const branches = branchesOf(factors);
  for (const branch of branches) {
    branch.forEach((slice, k) => {
      if (regularizer.norms[k].constrained) regularizer.norms[k].proxInto(slice, 0);
    });
  }
  return factorsOf(branches, sizes, factors.branches);
}
