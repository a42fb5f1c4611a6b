/**
 * BFGS on the smooth sum form h(X) = ℓ(A(Φ(X))) + λ Σ_i Σ_k c_k ‖X_i^k‖₂^s (theory.md §5), for every mapping: the dense
 * inverse Hessian up to DENSE parameters, MEMORY pairs of differences beyond (nocedal1980). The line search asks for the weak
 * Wolfe conditions by bisection, which also makes headway across the kinks of ReLU (lewis2013).
 * Cost of a step: one or two predictions and correlations, and 4 n² (dense) or 4·MEMORY·n flops.
 */
import type { CancelSignal } from "../../events.ts";
import { addScaledInto, dot, euclideanLength } from "../../linalg/vector.ts";
import type { Factors } from "../../problem/factors.ts";
import type { Problem } from "../../problem/problem.ts";
import { balanced } from "../reduce.ts";
import type { LocalMethod, StepReport } from "./method.ts";

const DENSE = 400;
const MEMORY = 20;

/** Of the line search: sufficient decrease, curvature, and the most trials. */
const DECREASE = 1e-4;
const CURVATURE = 0.9;
const TRIALS = 50;

/**
 * A network is at a kink when so many steps together lower the objective by less than this, relatively: soon for neurons, whose
 * polar and weights do the rest, late for deeper branches, where descent is all there is.
 */
const STALL_STEPS = 12;
const STALL_DECREASE = { neuron: 1e-6, deeper: 1e-8 };

export function bfgs(problem: Problem, start: Factors, signal: CancelSignal): LocalMethod {
  const { mapping, regularizer, loss, target, lambda, sizes } = problem;
  const r = start.branches;
  const { weights, power } = regularizer.sum ?? { weights: [], power: 2 };
  const starts: number[] = [];
  let n = 0;
  for (const size of sizes) {
    starts.push(n);
    n += size * r;
  }
  const view = (all: Float64Array): Factors => ({
    branches: r,
    values: sizes.map((size, k) => all.subarray(starts[k], starts[k] + size * r)),
  });
  const x = new Float64Array(n);
  start.values.forEach((value, k) => {
    x.set(value, starts[k]);
  });
  const gradient = new Float64Array(n);
  const trial = new Float64Array(n);
  const trialGradient = new Float64Array(n);
  const prediction = new Float64Array(target.value.length);
  const w = new Float64Array(target.value.length);
  const approximation = n <= DENSE ? denseInverse(n) : limitedMemory(n);
  let work = 0;
  let objective = valueAndGradientInto(gradient, x);
  let failures = 0;
  let recent: number[] = [];

  /** h and its gradient. Slices at 0 have gradient 0 for s > 1, which the smooth form has. */
  function valueAndGradientInto(out: Float64Array, at: Float64Array): number {
    const factors = view(at);
    mapping.predictInto(prediction, factors);
    loss.negativeGradientInto(w, prediction, target);
    const parts = view(out);
    mapping.correlateInto(parts.values, w, factors);
    for (let i = 0; i < n; i++) out[i] = -out[i];
    let charge = 0;
    factors.values.forEach((value, k) => {
      if (weights[k] === 0) return;
      charge += chargeInto(parts.values[k], value, lambda * weights[k]);
    });
    work += 6 * target.value.length * r;
    return loss.value(prediction, target) + charge;
  }

  /** c Σ_i ‖slice_i‖^s; adds c s ‖slice_i‖^{s−2} slice_i to the gradient. */
  function chargeInto(out: Float64Array, value: Float64Array, c: number): number {
    const squares = new Float64Array(r);
    for (let i = 0; i < value.length; i++) squares[i % r] += value[i] * value[i];
    let sum = 0;
    for (let b = 0; b < r; b++) {
      const size = squares[b];
      sum += power === 2 ? size : size ** (power / 2);
      squares[b] = power === 2 ? 2 * c : size > 0 ? c * power * size ** (power / 2 - 1) : 0;
    }
    for (let i = 0; i < value.length; i++) out[i] += squares[i % r] * value[i];
    return c * sum;
  }

  function stationarity(): number {
    const size = dot(x, x);
    let sum = 0;
    view(x).values.forEach((value, k) => {
      if (weights[k] > 0) sum += weights[k] * power * euclideanLength(value) ** power;
    });
    if (!(sum > 0)) return euclideanLength(gradient);
    const whole = (euclideanLength(gradient) * Math.sqrt(size)) / (lambda * sum);
    return mapping.kind === "cp" ? Math.max(whole, growth()) : whole;
  }

  /**
   * The steepest descent along the ray of a branch, in shares of its charge: a new one is so small that the whole gradient does not show
   * it, and worth what it becomes.
   */
  function growth(): number {
    const rays = new Float64Array(r);
    const charges = new Float64Array(r);
    const slopes = view(gradient).values;
    view(x).values.forEach((value, k) => {
      const squares = new Float64Array(r);
      for (let i = 0; i < value.length; i++) {
        rays[i % r] += slopes[k][i] * value[i];
        squares[i % r] += value[i] * value[i];
      }
      for (let b = 0; b < r; b++) charges[b] += lambda * weights[k] * power * squares[b] ** (power / 2);
    });
    let most = 0;
    for (let b = 0; b < r; b++) if (charges[b] > 0) most = Math.max(most, -rays[b] / charges[b]);
    return most;
  }

  /** A step length with the weak Wolfe conditions; leaves point and gradient in `trial`. Undefined when none is found. */
  function* search(
    direction: Float64Array,
    slope: number,
    first: number,
  ): Generator<void, { length: number; value: number } | undefined> {
    let low = 0;
    let high = Number.POSITIVE_INFINITY;
    let length = first;
    let fallback: { length: number; value: number } | undefined;
    for (let attempt = 0; attempt < TRIALS; attempt++) {
      trial.set(x);
      addScaledInto(trial, length, direction);
      const value = valueAndGradientInto(trialGradient, trial);
      yield;
      if (signal.aborted) return undefined;
      if (!(value <= objective + DECREASE * length * slope)) {
        high = length;
        // At the end of float64 the values no longer differ, but a smaller gradient still is progress.
        if (attempt > 30) break;
      } else if (dot(trialGradient, direction) < CURVATURE * slope) {
        low = length;
        fallback = { length, value };
      } else return { length, value };
      length = Number.isFinite(high) ? (low + high) / 2 : 2 * low;
    }
    if (fallback === undefined) return undefined;
    trial.set(x);
    addScaledInto(trial, fallback.length, direction);
    valueAndGradientInto(trialGradient, trial);
    return fallback;
  }

  /** Where the gradient jumps, steps go on for ever without getting anywhere: other steps have to take over. */
  function atKink(): boolean {
    if (mapping.kind !== "network") return false;
    recent = [...recent.slice(-STALL_STEPS), objective];
    const least = mapping.neuron ? STALL_DECREASE.neuron : STALL_DECREASE.deeper;
    return recent.length > STALL_STEPS && recent[0] - objective < least * Math.abs(objective);
  }

  function* step(): Generator<void, StepReport> {
    work = 0;
    const direction = approximation.times(gradient);
    for (let i = 0; i < n; i++) direction[i] = -direction[i];
    let slope = dot(direction, gradient);
    if (!(slope < 0)) {
      approximation.reset();
      for (let i = 0; i < n; i++) direction[i] = -gradient[i];
      slope = -dot(gradient, gradient);
    }
    if (slope === 0) return { objective, stationarity: 0, stuck: true, work };
    const length = euclideanLength(x);
    const first = approximation.fresh ? Math.min(1, (0.1 * Math.max(length, 1e-3)) / euclideanLength(direction)) : 1;
    const found = yield* search(direction, slope, first);
    if (signal.aborted) return { objective, stationarity: stationarity(), stuck: false, work };
    if (found === undefined) {
      // Once more along the gradient alone before giving up.
      failures++;
      if (approximation.fresh) failures++;
      approximation.reset();
      return { objective, stationarity: stationarity(), stuck: failures >= 2, work };
    }
    const gained = objective - found.value;
    failures = gained > 1e-15 * Math.abs(objective) ? 0 : failures + 0.25;
    const s = new Float64Array(n);
    const y = new Float64Array(n);
    for (let i = 0; i < n; i++) {
      s[i] = trial[i] - x[i];
      y[i] = trialGradient[i] - gradient[i];
    }
    approximation.learn(s, y);
    x.set(trial);
    gradient.set(trialGradient);
    objective = found.value;
    return { objective, stationarity: stationarity(), stuck: failures >= 2 || atKink(), work };
  }

  return { step, factors: () => balanced(problem, view(x.slice())) };
}

/** An approximation H of the inverse Hessian. */
interface InverseHessian {
  readonly fresh: boolean;
  times(gradient: Float64Array): Float64Array;
  /** After the step s the gradient changed by y. */
  learn(s: Float64Array, y: Float64Array): void;
  reset(): void;
}

/** H ← (I − ρ s yᵀ) H (I − ρ y sᵀ) + ρ s sᵀ, ρ = 1/⟨s, y⟩; the first pair sets the scale. Cost 4 n². */
function denseInverse(n: number): InverseHessian {
  let h: Float64Array | undefined;
  const product = (v: Float64Array, of: Float64Array) => {
    const out = new Float64Array(n);
    for (let i = 0; i < n; i++) {
      const row = i * n;
      let sum = 0;
      for (let j = 0; j < n; j++) sum += of[row + j] * v[j];
      out[i] = sum;
    }
    return out;
  };
  return {
    get fresh() {
      return h === undefined;
    },
    times: (gradient) => (h === undefined ? gradient.slice() : product(gradient, h)),
    learn(s, y) {
      const curve = dot(s, y);
      if (!(curve > 1e-16 * euclideanLength(s) * euclideanLength(y))) return;
      if (h === undefined) {
        h = new Float64Array(n * n);
        for (let i = 0; i < n; i++) h[i * n + i] = curve / dot(y, y);
      }
      const hy = product(y, h);
      const outer = (1 + dot(y, hy) / curve) / curve;
      for (let i = 0; i < n; i++) {
        const row = i * n;
        const [si, hi] = [s[i], hy[i]];
        for (let j = 0; j < n; j++) h[row + j] += outer * si * s[j] - (hi * s[j] + si * hy[j]) / curve;
      }
    },
    reset() {
      h = undefined;
    },
  };
}

/** The two-loop recursion over the last pairs. Cost 4·MEMORY·n. */
function limitedMemory(n: number): InverseHessian {
  let pairs: { readonly s: Float64Array; readonly y: Float64Array; readonly curve: number }[] = [];
  return {
    get fresh() {
      return pairs.length === 0;
    },
    times(gradient) {
      const q = gradient.slice();
      const alphas = new Float64Array(pairs.length);
      for (let i = pairs.length - 1; i >= 0; i--) {
        alphas[i] = dot(pairs[i].s, q) / pairs[i].curve;
        addScaledInto(q, -alphas[i], pairs[i].y);
      }
      const last = pairs.at(-1);
      if (last !== undefined) {
        const scale = last.curve / dot(last.y, last.y);
        for (let i = 0; i < n; i++) q[i] *= scale;
      }
      pairs.forEach(({ s, y, curve }, i) => {
        addScaledInto(q, alphas[i] - dot(y, q) / curve, s);
      });
      return q;
    },
    learn(s, y) {
      const curve = dot(s, y);
      if (!(curve > 1e-16 * euclideanLength(s) * euclideanLength(y))) return;
      pairs.push({ s, y, curve });
      if (pairs.length > MEMORY) pairs = pairs.slice(1);
    },
    reset() {
      pairs = [];
    },
  };
}
