/**
 * All neurons of a mapping at once: X = (V U)₊ Aᵀ with V samples × features, U features × r and A outputs × r, branch last as
 * factors have it. What the last point needed is kept: a gradient mostly follows the prediction at the same point.
 */
import { type NeuronProducts, neuronProducts } from "../../linalg/kernels/neuron-products.ts";
import { gamma, roundedUp } from "../../linalg/rounding.ts";
import { lengthBound } from "../../linalg/vector.ts";
import type { Factors } from "../factors.ts";

export interface NeuronKernel {
  /** x (samples × outputs) = Σ_i (V u_i)₊ a_iᵀ. */
  predictInto(x: Float64Array, factors: Factors): void;
  /** The gradients of ⟨w, X⟩ in U and A; at a kink that of the side where the neuron is off. */
  correlateInto(out: readonly Float64Array[], w: Float64Array, factors: Factors): void;
  /** Not below ‖fl(X) − X‖_F. */
  error(factors: Factors): number;
}

export interface NeuronData {
  readonly input: Float64Array;
  readonly samples: number;
  readonly outputs: number;
}

export function neuronKernel({ input, samples, outputs }: NeuronData): NeuronKernel {
  const features = input.length / samples;
  let products: NeuronProducts | undefined;
  let inputSize: number | undefined;
  /** The last point, whose prediction the kernel holds. */
  let known: readonly Float64Array[] = [];
  const last = new Float64Array(samples * outputs);

  function forward({ values, branches: r }: Factors): NeuronProducts {
    products ??= neuronProducts(input, { samples, features, outputs });
    if (known.length > 0 && values.every((value, k) => isSame(value, known[k]))) return products;
    products.forwardInto(last, values[0], values[1], r);
    known = values.map((value) => value.slice());
    return products;
  }

  return {
    predictInto(x, factors) {
      forward(factors);
      x.set(last);
    },
    correlateInto([intoU, intoA], w, factors) {
      forward(factors).backwardInto(intoU, intoA, w);
    },
    /**
     * Sums of features and of r terms: |fl(x) − x| ≤ γ_{features + r} Σ_i (|V||u_i|)|a_i|ᵀ (higham2002, (3.5)), (·)₊ being
     * 1-Lipschitz, and (|V||u_i|)_n ≤ ‖v_n‖‖u_i‖. Each product that underflows is off by 2⁻¹⁰⁷⁵ at most.
     */
    error({ values: [u, a], branches: r }) {
      inputSize ??= lengthBound(input);
      let sum = 0;
      let total = 0;
      for (let i = 0; i < r; i++) {
        const [own, out] = [column(u, r, i), column(a, r, i)];
        if (isZero(own) || isZero(out)) continue;
        sum += lengthBound(own) * lengthBound(out);
        total += lengthBound(out);
      }
      if (total === 0) return 0;
      const products = samples * outputs * (features * roundedUp(total, r + 2) + r);
      const lost = (products + r * inputSize) * 2 ** -1074;
      const bound = gamma(features + r) * roundedUp(sum, r + 2) * inputSize + lost;
      return Number.isNaN(bound) ? Number.POSITIVE_INFINITY : roundedUp(bound, 8);
    },
  };
}

function isSame(x: Float64Array, y: Float64Array): boolean {
  if (x.length !== y.length) return false;
  for (let i = 0; i < x.length; i++) if (!Object.is(x[i], y[i])) return false;
  return true;
}

function isZero(x: Float64Array): boolean {
  return x.every((entry) => entry === 0);
}

function column(matrix: Float64Array, r: number, i: number): Float64Array {
  return Float64Array.from({ length: matrix.length / r }, (_, k) => matrix[k * r + i]);
}
