/** The values of Q at a point, where the engine eliminated Q from the problem. */
import type { ExtraValues } from "../events.ts";
import type { Factors } from "../problem/factors.ts";
import { predictInto } from "../problem/mapping/matrix.ts";
import type { Problem } from "../problem/problem.ts";

/** Outliers E = soft(Y − X, μ/c), the minimizer of (c/2)‖X + E − Y‖² + μ‖E‖₁ over E. */
export function extraOf(problem: Problem, factors: Factors): ExtraValues | null {
  const { loss, extra } = problem.config;
  if (extra === undefined || loss.kind !== "squared") return null;
  const { target } = problem;
  const x = new Float64Array(target.value.length);
  predictInto(x, target, factors);
  const threshold = extra.outliers.l1 / loss.weight;
  let nonzero = 0;
  let l1 = 0;
  for (let k = 0; k < x.length; k++) {
    const size = Math.abs(target.value[k] - x[k]) - threshold;
    if (size <= 0) continue;
    nonzero++;
    l1 += size;
  }
  return { outliers: { nonzero, l1 } };
}
