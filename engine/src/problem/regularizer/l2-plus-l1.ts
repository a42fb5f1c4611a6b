/**
 * α‖x‖₂ + β‖x‖₁ (sparse group norm), α, β > 0. Prox: the soft threshold tβ, then the block soft threshold tα. Dual: the
 * smallest s with ‖soft(p, sβ)‖₂ ≤ sα, the left side falling and the right side rising in s; found by bisection, whose upper
 * end is proven.
 */
import { roundedUp } from "../../linalg/rounding.ts";
import { dot, over } from "../../linalg/vector.ts";
import { l1 } from "./l1.ts";
import { l2 } from "./l2.ts";
import type { Norm } from "./norm.ts";
import { weightedLabel } from "./weighted.ts";

export function l2PlusL1(alpha: number, beta: number): Norm {
  const value = (x: Float64Array) => alpha * l2.value(x) + beta * l1.value(x);
  const soft = (p: Float64Array, t: number) => p.map((x) => Math.sign(x) * Math.max(0, Math.abs(x) - t));

  /** About the dual norm from below, and proven from above; a few ulps apart, but for β ≫ α, where the second is ‖p‖_∞/β. */
  function dualBracket(p: Float64Array): readonly [number, number] {
    if (l1.dualValue(p) === 0) return [0, 0];
    // ‖x‖ ≥ (α + β)‖x‖₂, and ‖x‖ = α + β at a unit vector: the dual norm lies between ‖p‖_∞/(α + β) and ‖p‖₂/(α + β).
    let low = (l1.dualValue(p) / (alpha + beta)) * (1 - 1e-12);
    // Also ‖x‖ ≥ β‖x‖₁.
    const plain = roundedUp(l2.value(p) / (alpha + beta), p.length + 6) * (1 + 1e-12);
    let high = Math.min(plain, roundedUp(l1.dualValue(p) / beta, 2));
    for (let step = 0; step < 60 && high - low > 1e-15 * high; step++) {
      const middle = (low + high) / 2;
      // Proven below only when the inequality holds with room for its own rounding.
      const size = roundedUp(l2.value(soft(p, middle * beta)), p.length + 6) + 4e-16 * middle * beta * p.length;
      if (size <= middle * alpha) high = middle;
      else low = middle;
    }
    return [low, high];
  }

  /** The maximizer is along soft(p, sβ). For β ≫ α little is left of that, and it is rounding: then one coordinate is better. */
  function dualDirection(p: Float64Array): Float64Array {
    if (l1.dualValue(p) === 0) return new Float64Array(p.length);
    const [along, unit] = [soft(p, dualBracket(p)[0] * beta), l1.dualDirection(p)].map((x) => {
      const size = value(x);
      return over(x, size);
    });
    return dot(p, along) > dot(p, unit) ? along : unit;
  }

  return {
    kind: "sum",
    constrained: false,
    nonnegative: false,
    convex: true,
    condition: () => "",
    label: (variable) => `(${weightedLabel(alpha, l2.label(variable))} + ${weightedLabel(beta, l1.label(variable))})`,
    euclideanFloor: (alpha + beta) * (1 - 1e-15),
    l1Floor: beta,
    mixture: { l2: alpha, l1: beta },
    value,
    violation: () => undefined,
    dualValue: (p) => dot(p, dualDirection(p)),
    dualUpper: (p) => dualBracket(p)[1],
    dualDirection,
    proxInto(x, t) {
      l1.proxInto(x, t * beta);
      l2.proxInto(x, t * alpha);
    },
    subgradientDistance(p, x) {
      const length = l2.value(x);
      // At 0 the subdifferential is αB₂ + βB_∞.
      if (length === 0) return Math.max(0, l2.value(soft(p, beta)) - alpha);
      let sum = 0;
      for (let i = 0; i < x.length; i++) {
        const d =
          x[i] === 0 ? Math.max(0, Math.abs(p[i]) - beta) : p[i] - (alpha * x[i]) / length - beta * Math.sign(x[i]);
        sum += d * d;
      }
      return Math.sqrt(sum);
    },
  };
}
