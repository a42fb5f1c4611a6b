/** The values of Q at a point, where the engine eliminated Q from the problem. */
import type { ExtraValues } from "../events.ts";
import type { Factors } from "../problem/factors.ts";
import type { Problem } from "../problem/problem.ts";

/** Intercepts b as the loss finds them; outliers E = soft(Y − X − b, μ/c), the minimizer of (c/2)‖X + b + E − Y‖² + μ‖E‖₁. */
export function extraOf(problem: Problem, factors: Factors): ExtraValues | null {
  const { loss, extra } = problem.config;
  if (extra === undefined) return null;
  const { target } = problem;
  const x = new Float64Array(target.value.length);
  problem.mapping.predictInto(x, factors);
  const offsets = problem.loss.offsets?.(x, target);
  const intercept = offsets === undefined ? {} : { intercept: Array.from(offsets) };
  if (extra.outliers === undefined || loss.kind !== "squared") return intercept;
  const threshold = extra.outliers.l1 / loss.weight;
  let nonzero = 0;
  let l1 = 0;
  for (let k = 0; k < x.length; k++) {
    const size = Math.abs(target.value[k] - x[k] - (offsets?.[target.column[k]] ?? 0)) - threshold;
    if (size <= 0) continue;
    nonzero++;
    l1 += size;
  }
  return { outliers: { nonzero, l1 }, ...intercept };
}
