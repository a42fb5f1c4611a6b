/** The point a run starts from. */
import { normalStream } from "../linalg/random.ts";
import type { Factors } from "../problem/factors.ts";
import { zeroFactors } from "../problem/factors.ts";
import type { Problem } from "../problem/problem.ts";

/** Random entries get a standard deviation at which U Vᵀ has about the size of the data. */
export function startFactors(problem: Problem): Factors {
  const { config, rows, columns, target } = problem;
  const factors = zeroFactors(rows, columns, config.branches);
  if (config.start.kind === "zero") return factors;
  let square = 0;
  for (let k = 0; k < target.value.length; k++) square += target.value[k] ** 2;
  const size = Math.sqrt(square / target.value.length);
  const deviation = config.start.scale ?? Math.sqrt(size / Math.sqrt(config.branches));
  const normal = normalStream(config.start.seed);
  for (let i = 0; i < factors.u.length; i++) factors.u[i] = deviation * normal();
  for (let i = 0; i < factors.v.length; i++) factors.v[i] = deviation * normal();
  return factors;
}
