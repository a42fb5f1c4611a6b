/**
 * (Σ|x_i|^q)^{1/q} for q > 1: dual ‖·‖_{q'}, 1/q + 1/q' = 1.
 *
 * Prox (d). With N = ‖y‖_q and |y_i| = N v_i, stationarity reads N v_i + t v_i^{q−1} = |x_i| and ‖v‖_q = 1. For a given N every
 * v_i is the root of a function that is convex and increasing in log v_i, found by Newton's method; ‖v‖_q falls in N, so N
 * is the root of one scalar function. y = 0 when ‖x‖_{q'} ≤ t. Cost about 100 n logarithms.
 */
import { rootBetween } from "../../linalg/root.ts";
import { largestEntry, raised } from "./entries.ts";
import type { Norm } from "./norm.ts";

/** On slices of `size` entries. */
export function lq(q: number, size: number): Norm {
  const dual = q / (q - 1);
  const norm: Norm = {
    kind: "lq",
    constrained: false,
    nonnegative: false,
    convex: true,
    condition: () => "",
    label: (variable) => `‖${variable}‖_${q}`,
    euclideanFloor: q <= 2 ? 1 : size ** (1 / q - 0.5) * (1 - 1e-14),
    l1Floor: 0,
    value: (x) => powerSumUpper(x, q),
    violation: () => undefined,
    dualValue: (p) => powerSum(p, dual),
    dualUpper: (p) => powerSumUpper(p, dual),
    dualDirection(p) {
      const length = powerSum(p, dual);
      return length > 0
        ? p.map((entry) => Math.sign(entry) * (Math.abs(entry) / length) ** (dual - 1))
        : new Float64Array(p.length);
    },
    proxInto(x, t) {
      const largest = largestEntry(x);
      if (t === 0 || largest === 0) return;
      const sizes = x.map((entry) => Math.abs(entry) / largest);
      const step = t / largest;
      const solution = Number.isFinite(largest) ? proxOfSizes(sizes, step, q) : sizes;
      for (let i = 0; i < x.length; i++) x[i] = Math.sign(x[i]) * solution[i] * largest;
    },
    subgradientDistance(p, x) {
      const length = powerSum(x, q);
      const rest = p.slice();
      if (length === 0) norm.proxInto(rest, 1);
      else for (let i = 0; i < x.length; i++) rest[i] -= Math.sign(x[i]) * (Math.abs(x[i]) / length) ** (q - 1);
      return powerSum(rest, 2);
    },
  };
  return norm;
}

/** (Σ|x_i|^q)^{1/q}, relative to the largest entry so that nothing leaves float64. */
export function powerSum(x: Float64Array, q: number): number {
  const largest = largestEntry(x);
  if (!(largest > 0 && largest < Number.POSITIVE_INFINITY)) return largest;
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += (Math.abs(x[i]) / largest) ** q;
  return largest * sum ** (1 / q);
}

/**
 * Not below (Σ|x_i|^q)^{1/q}. A power within one ulp (as V8's are), its base and its exponent off by one rounding each: relative
 * errors of at most (n + 2 + 2q)/q of the sum's root, n + ln n of the exponents, and 4 more.
 */
export function powerSumUpper(x: Float64Array, q: number): number {
  return raised(powerSum(x, q), Math.ceil((4 * x.length + 40) / Math.min(1, q)));
}

/** The prox for a_i ≥ 0 with max a_i = 1. */
function proxOfSizes(a: Float64Array, t: number, q: number): Float64Array {
  const dual = q / (q - 1);
  const dualLength = powerSum(a, dual);
  if (dualLength <= t) return new Float64Array(a.length);
  const top = powerSum(a, q);
  // log ‖v(N)‖_q: at N = 0 in closed form, at N = ‖a‖_q below 0. a − y is t times a vector with entries at most 1.
  const logLength = (n: number) => Math.log(powerSum(shares(a, n, t, q), q));
  const low = Math.max(0, (top - t * a.length ** (1 / q)) * (1 - 1e-14));
  const first = { at: low, value: low > 0 ? logLength(low) : (dual - 1) * Math.log(dualLength / t) };
  if (!(first.value > 0)) return shares(a, low, t, q).map((v) => low * v);
  const second = { at: top, value: logLength(top) };
  if (!(second.value < 0)) return a;
  const n = rootBetween(logLength, first, second, { tolerance: 1e-15, steps: 200 });
  return n > 0 ? shares(a, n, t, q).map((v) => n * v) : new Float64Array(a.length);
}

/** v with n v_i + t v_i^{q−1} = a_i. */
function shares(a: Float64Array, n: number, t: number, q: number): Float64Array {
  const [logN, logT] = [Math.log(n), Math.log(t)];
  return a.map((size) => {
    if (size === 0) return 0;
    const target = Math.log(size);
    // Each term alone would reach the target here: the root is not above, and Newton's steps come down to it.
    let at = Math.min(target - logN, (target - logT) / (q - 1));
    for (let step = 0; step < 60; step++) {
      const [first, second] = [logN + at, logT + (q - 1) * at];
      const larger = Math.max(first, second);
      const [e1, e2] = [Math.exp(first - larger), Math.exp(second - larger)];
      const excess = larger + Math.log(e1 + e2) - target;
      const slope = (e1 + (q - 1) * e2) / (e1 + e2);
      const next = at - excess / slope;
      if (!(excess > 1e-16 * Math.abs(target)) || next >= at) break;
      at = next;
    }
    return Math.exp(at);
  });
}
