/** φ(u) = u uᵀ, Φ = U Uᵀ; the gradient of ⟨W, U Uᵀ⟩ is (W + Wᵀ) U. */
import { addScaledInto } from "../../linalg/vector.ts";
import type { SymmetricMapping } from "./mapping.ts";
import type { Observation } from "./observation.ts";

/** `observation` must be square. */
export function symmetricMapping(observation: Observation): SymmetricMapping {
  const size = observation.rows;
  return {
    kind: "symmetric",
    label: "u uᵀ",
    factors: [{ symbol: "u", shape: [size], size, degree: 2, regularized: true }],
    degree: 2,
    separable: true,
    observation,
    predictInto: (x, { branches, values: [u] }) => observation.applyInto(x, u, u, branches),
    correlateInto([out], w, { branches, values: [u] }) {
      const other = new Float64Array(out.length);
      observation.correlateInto(out, other, w, u, u, branches);
      addScaledInto(out, 1, other);
    },
    predictionError: ({ branches, values: [u] }) => observation.applyError(u, u, branches),
  };
}
