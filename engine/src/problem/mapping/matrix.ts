/** φ(u, v) = u vᵀ, Φ = U Vᵀ. Factors are row-major with the branch as last axis. */
import type { FactorSpec, MatrixMapping } from "./mapping.ts";
import type { Observation } from "./observation.ts";

export function matrixMapping(observation: Observation): MatrixMapping {
  const factor = (symbol: string, size: number): FactorSpec => ({
    symbol,
    shape: [size],
    size,
    degree: 1,
    regularized: true,
  });
  return {
    kind: "matrix",
    label: "u vᵀ",
    factors: [factor("u", observation.rows), factor("v", observation.columns)],
    degree: 2,
    separable: true,
    observation,
    predictInto: (x, { branches, values: [u, v] }) => observation.applyInto(x, u, v, branches),
    correlateInto: ([p, q], w, { branches, values: [u, v] }) => observation.correlateInto(p, q, w, u, v, branches),
    judgeInto: (w, [p, q], factors, y, loss) => observation.judgeInto?.({ w, p, q }, y, factors, loss),
    predictionError: ({ branches, values: [u, v] }) => observation.applyError(u, v, branches),
  };
}
