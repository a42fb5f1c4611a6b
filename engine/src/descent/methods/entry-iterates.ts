/** Thresholding with Φ as its singular triplets beside the observed entries: for targets that are mostly unobserved. */
import { entryKernel } from "../../linalg/kernels/entry-kernel.ts";
import { multiplyInto } from "../../linalg/kernels/multiply.ts";
import type { BlockOperator, Triplets } from "../../linalg/subspace.ts";
import type { Problem } from "../../problem/problem.ts";
import type { Move } from "./iterates.ts";
import { lossAndSlopesInto } from "./slopes.ts";

export interface EntryIterates extends BlockOperator {
  /** Z = Φ + β(Φ − Φ⁻) and ∇ℓ(Z). */
  extrapolate(beta: number): void;
  /** G = Z − ∇ℓ(Z)/L, from here on. */
  step(lipschitz: number): void;
  /** What would be if Φ⁺ were these: triplets that a subspace pass found of G, their values less τ. */
  move(next: Triplets, tau: number): Move;
  /** The last move becomes Φ, and Φ becomes Φ⁻. */
  accept(): void;
}

/**
 * Z is a sum of two lists of triplets. As u_iᵀ G v_i is the value s_i that the pass found, ⟨Φ⁺, Z⟩ = Σ (s_i − τ) s_i + ⟨Φ⁺, ∇ℓ(Z)⟩/L, and
 * ‖Φ⁺ − Z‖ follows. Memory: five numbers an entry, and the triplets. Cost of a step beside the products with G: 2(m + n)r² flops.
 */
export function entryIterates(problem: Problem, start: Triplets): EntryIterates {
  const { target } = problem;
  const { rows, columns } = target;
  const isTall = rows >= columns;
  const [longer, shorter] = isTall ? [rows, columns] : [columns, rows];
  const count = target.value.length;
  const kernel = entryKernel(target);
  let [x, previous, next] = [new Float64Array(count), new Float64Array(count), new Float64Array(count)];
  const z = new Float64Array(count);
  const w = new Float64Array(count);
  /** w/L on its way to the kernel; at Φ⁺ slopes that are not wanted, as the loss is. */
  const spare = new Float64Array(count);
  let [now, before, then] = [start, start, start];
  let beta = 0;
  let scale = 1;
  let lossAtZ = 0;
  /** ⟨Φ, Φ⁻⟩. */
  let across = squaredLength(start);
  entriesInto(x, start);
  previous.set(x);

  function entriesInto(out: Float64Array, { count: r, values, left, right }: Triplets): void {
    const weighted = right.map((entry, at) => entry * values[at % r]);
    if (r === 0) out.fill(0);
    else if (isTall) kernel.predictInto(out, left, weighted, r);
    else kernel.predictInto(out, weighted, left, r);
  }

  /** W is set in `step`; nothing else uses the kernel between that and the products. */
  function productInto(out: Float64Array, block: Float64Array, k: number, isTransposed: boolean): void {
    kernel.multiplyBlockInto(out, block, k, { transpose: isTransposed === isTall });
    addPartInto(out, block, k, isTransposed, now, 1 + beta);
    if (beta !== 0) addPartInto(out, block, k, isTransposed, before, -beta);
  }

  function addPartInto(
    out: Float64Array,
    block: Float64Array,
    k: number,
    isTransposed: boolean,
    { count: r, values, left, right }: Triplets,
    weight: number,
  ): void {
    if (r === 0) return;
    const [to, from] = isTransposed ? [right, left] : [left, right];
    const [outer, inner] = isTransposed ? [shorter, longer] : [longer, shorter];
    const core = new Float64Array(r * k);
    multiplyInto(core, from, block, { m: r, n: k, k: inner, transposeA: true });
    for (let i = 0; i < r; i++) {
      const factor = weight * values[i];
      for (let at = i * k; at < (i + 1) * k; at++) core[at] *= factor;
    }
    multiplyInto(out, to, core, { m: outer, n: k, k: r, accumulate: true });
  }

  return {
    longer,
    shorter,
    timesInto: (out, q, k) => productInto(out, q, k, false),
    transposedTimesInto: (out, p, k) => productInto(out, p, k, true),
    extrapolate(momentum) {
      beta = momentum;
      for (let k = 0; k < count; k++) z[k] = x[k] + beta * (x[k] - previous[k]);
      lossAtZ = lossAndSlopesInto(w, z, problem);
    },
    step(lipschitz) {
      scale = lipschitz;
      for (let k = 0; k < count; k++) spare[k] = w[k] / scale;
      kernel.setWeights(spare);
    },
    move(triplets, tau) {
      then = triplets;
      entriesInto(next, triplets);
      let seen = 0;
      let along = 0;
      let slope = 0;
      let uphill = 0;
      for (let k = 0; k < count; k++) {
        const moved = next[k] - z[k];
        seen += moved * moved;
        along += w[k] * next[k];
        slope += w[k] * moved;
        uphill -= moved * (next[k] - x[k]);
      }
      const size = squaredLength(then);
      const withZ = size + tau * then.values.reduce((sum, value) => sum + value, 0) - along / scale;
      const ofZ =
        (1 + beta) ** 2 * squaredLength(now) - 2 * beta * (1 + beta) * across + beta ** 2 * squaredLength(before);
      const square = size - 2 * withZ + ofZ;
      const isKnown = square > ROUNDING * (size + Math.abs(ofZ));
      const value = lossAndSlopesInto(spare, next, problem);
      return {
        loss: value,
        // Where that is rounding, what is seen is taken for all.
        distance: Math.sqrt(isKnown ? square : (seen / count) * rows * columns),
        uphill,
        curvature: isKnown ? Math.max(0, (2 * (value - lossAtZ + slope)) / square) : undefined,
      };
    },
    accept() {
      across = innerProduct(then, now);
      [previous, x, next] = [x, next, previous];
      [before, now] = [now, then];
    },
  };
}

/** Differences of squares below this share of them are rounding. */
const ROUNDING = 1e-11;

function squaredLength({ values }: Triplets): number {
  return values.reduce((sum, value) => sum + value * value, 0);
}

/** ⟨Σ s_i u_i v_iᵀ, Σ s_j u_j v_jᵀ⟩. */
function innerProduct(p: Triplets, q: Triplets): number {
  if (p.count === 0 || q.count === 0) return 0;
  const product = (side: "left" | "right") => {
    const out = new Float64Array(p.count * q.count);
    const k = p[side].length / p.count;
    multiplyInto(out, p[side], q[side], { m: p.count, n: q.count, k, transposeA: true });
    return out;
  };
  const [lefts, rights] = [product("left"), product("right")];
  let sum = 0;
  for (let i = 0; i < p.count; i++) {
    for (let j = 0; j < q.count; j++) {
      const at = i * q.count + j;
      sum += p.values[i] * q.values[j] * lefts[at] * rights[at];
    }
  }
  return sum;
}
