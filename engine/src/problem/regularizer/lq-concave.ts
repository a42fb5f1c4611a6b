/**
 * (Σ|x_i|^q)^{1/q} for 0 < q < 1: not convex. The hull of its unit ball is that of ℓ1 (the unit vectors reach it, and
 * ‖x‖_q ≥ ‖x‖₁), so the dual norm is ‖·‖_∞. On x ≥ 0 the function is concave (reverse Minkowski), so its tangent lies above
 * it: the prox is searched by soft thresholds with the weights of the tangent, which never raise the objective (d), from the
 * largest entries by number; the best of them and 0 is taken, without a promise to be the least of all.
 */
import { absoluteSum, largestEntry, largestIndices } from "./entries.ts";
import { l1 } from "./l1.ts";
import { powerSum, powerSumUpper } from "./lq.ts";
import type { Norm } from "./norm.ts";

const MAX_STEPS = 200;

/** s ← ∇‖x‖_q along the entries that are not 0, and 0 at the others. */
export function slopeInto(s: Float64Array, x: Float64Array, q: number): Float64Array {
  const length = powerSum(x, q);
  for (let i = 0; i < x.length; i++) s[i] = x[i] === 0 ? 0 : Math.sign(x[i]) * (length / Math.abs(x[i])) ** (1 - q);
  return s;
}

export function lqConcave(q: number): Norm {
  /** ∂‖y‖_q/∂y_i = (‖y‖_q / y_i)^{1−q} for y_i > 0. */
  const slope = (length: number, size: number) => (length / size) ** (1 - q);

  function descend(a: Float64Array, t: number, start: Float64Array): Float64Array {
    let y = start;
    for (let step = 0; step < MAX_STEPS; step++) {
      const length = powerSum(y, q);
      const next = y.map((size, i) => (size > 0 ? Math.max(0, a[i] - t * slope(length, size)) : 0));
      const change = absoluteSum(next.map((size, i) => size - y[i]));
      y = next;
      if (change <= 1e-15 * absoluteSum(y)) break;
    }
    return y;
  }

  function best(a: Float64Array, t: number): Float64Array {
    const cost = (y: Float64Array) => y.reduce((sum, size, i) => sum + (size - a[i]) ** 2 / 2, t * powerSum(y, q));
    const order = largestIndices(a, a.length);
    let least: Float64Array = new Float64Array(a.length);
    let leastCost = cost(least);
    for (let count = 1; count <= order.length; count = count < 16 ? count + 1 : Math.ceil(count * 1.5)) {
      const start = new Float64Array(a.length);
      for (const i of order.slice(0, count)) start[i] = a[i];
      const y = descend(a, t, start);
      const value = cost(y);
      if (value < leastCost) [least, leastCost] = [y, value];
    }
    return least;
  }

  return {
    kind: "lq",
    constrained: false,
    nonnegative: false,
    convex: false,
    condition: () => "",
    label: (variable) => `‖${variable}‖_${q}`,
    euclideanFloor: 1,
    l1Floor: 1,
    value: (x) => powerSumUpper(x, q),
    violation: () => undefined,
    dualValue: l1.dualValue,
    dualUpper: l1.dualUpper,
    dualDirection: l1.dualDirection,
    proxInto(x, t) {
      const largest = largestEntry(x);
      if (t === 0 || !(largest > 0 && largest < Number.POSITIVE_INFINITY)) return;
      const sizes = x.map((entry) => Math.abs(entry) / largest);
      const y = best(sizes, t / largest);
      for (let i = 0; i < x.length; i++) x[i] = Math.sign(x[i]) * y[i] * largest;
    },
    /** Where an entry is 0 the slope is infinite, but at 0 itself: there it is that of ‖·‖₁. */
    subgradientDistance(p, x) {
      if (largestEntry(x) === 0) return l1.subgradientDistance(p, x);
      const slopes = slopeInto(new Float64Array(x.length), x, q);
      let sum = 0;
      for (let i = 0; i < x.length; i++) if (x[i] !== 0) sum += (p[i] - slopes[i]) ** 2;
      return Math.sqrt(sum);
    },
  };
}
