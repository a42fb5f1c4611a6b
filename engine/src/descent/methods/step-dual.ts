/**
 * The dual point of a proximal step Φ⁺ = S_τ(G), G = Z − ∇ℓ(Z)/L, τ = λ/L. Its exact triplets above τ give
 *   q = L (G − Φ⁺),  σ₁(q) = λ,  ⟨q, Φ⁺⟩ = λ ‖Φ⁺‖_*,
 * so the gap at q is ℓ(Φ⁺) + ℓ*(−q) + ⟨q, Φ⁺⟩: of second order in q + ∇ℓ(Φ⁺) = (L − ∇²ℓ)(Z − Φ⁺), where −∇ℓ(Φ⁺) itself loses at
 * first order what its largest singular value has too much. With triplets U S Vᵀ of one pass, UᵀG = S Vᵀ but G V = U S + R,
 *   q = L (G − (G V − τ U) Vᵀ) = L (τ U Vᵀ + (I − U Uᵀ) G (I − V Vᵀ))
 * has both properties as well, as long as what G has besides stays below τ, and R enters the gap at second order, too. Nothing rests on
 * that: what σ₁(q) is a certificate proves anew.
 */
import type { Triplets } from "../../linalg/subspace.ts";
import { addScaledInto } from "../../linalg/vector.ts";
import { clipInto } from "../../problem/loss/dual-range.ts";
import type { Problem } from "../../problem/problem.ts";
import type { Iterates } from "./iterates.ts";
import { rightProducts } from "./leading.ts";

export interface StepDual {
  /** ‖R‖_F. */
  readonly residual: number;
  /** q at the entries; undefined where the domain of the dual cuts off so much that the largest singular value would show it. */
  point(): Float64Array | undefined;
}

/** Of the triplets that were kept, all above τ. Cost 2mnr flops, and as much for the point. */
export function stepDual(
  iterates: Iterates,
  triplets: Triplets,
  { target, loss, config, lambda, regularizer }: Problem,
): StepDual {
  const { less, lipschitz } = iterates;
  if (less === undefined) return { residual: Number.POSITIVE_INFINITY, point: () => undefined };
  const { product, residual } = rightProducts(iterates, triplets);
  const { count, left, right } = triplets;
  const level = lambda * regularizer.scale;
  return {
    residual,
    point() {
      const outer = product.slice();
      addScaledInto(outer, -level / lipschitz, left);
      const q = less({ count, values: new Float64Array(count).fill(1), left: outer, right });
      const cut = clipInto(q, target, loss, lipschitz);
      return cut <= config.search.gap * level ? q : undefined;
    },
  };
}
