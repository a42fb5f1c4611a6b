/** Thresholding with Φ as its singular triplets beside the observed entries: for targets that are mostly unobserved. */
import { type EntryMove, entrySteps } from "../../linalg/kernels/entry-steps.ts";
import { multiplyInto } from "../../linalg/kernels/multiply.ts";
import type { BlockOperator, Triplets } from "../../linalg/subspace.ts";
import type { Problem } from "../../problem/problem.ts";
import type { Move } from "./iterates.ts";
import { lossAndSlopesInto } from "./slopes.ts";

export interface EntryStep extends Move {
  /** The L that this step would have needed; undefined where rounding hides it. */
  readonly curvature: number | undefined;
}

export interface EntryIterates extends BlockOperator {
  /** Z = Φ + β(Φ − Φ⁻) and ∇ℓ(Z). */
  extrapolate(beta: number): void;
  /** The operator is L G = L Z − ∇ℓ(Z), from here on. */
  step(lipschitz: number): void;
  /** What would be if Φ⁺ were these: triplets that a subspace pass found of G, their values less τ. */
  move(next: Triplets, tau: number): EntryStep;
  /** The last move becomes Φ, and Φ becomes Φ⁻. */
  accept(): void;
}

/**
 * Z is a sum of two lists of triplets. As u_iᵀ G v_i is the value s_i that the pass found, ⟨Φ⁺, Z⟩ = Σ (s_i − τ) s_i + ⟨Φ⁺, ∇ℓ(Z)⟩/L, and
 * ‖Φ⁺ − Z‖ follows. Memory: five numbers an entry and its column, and the triplets. Cost of a step beside the products with G:
 * 2(m + n)r² flops.
 */
export function entryIterates(problem: Problem, start: Triplets): EntryIterates {
  const { target, loss } = problem;
  const { rows, columns } = target;
  const isTall = rows >= columns;
  const [longer, shorter] = isTall ? [rows, columns] : [columns, rows];
  const count = target.value.length;
  const steps = entrySteps(target, loss.compiled ?? ((w) => lossAndSlopesInto(w, w.slice(), problem)));
  let [now, before, then] = [start, start, start];
  let beta = 0;
  let scale = 1;
  let lossAtZ = 0;
  /** ⟨Φ, Φ⁻⟩. */
  let across = squaredLength(start);
  if (start.count > 0) {
    for (let time = 0; time < 2; time++) {
      propose(start);
      steps.accept();
    }
  }

  function propose({ count: r, values, left, right }: Triplets): EntryMove {
    const weighted = new Float64Array(right.length);
    for (let at = 0; at < right.length; at += r)
      for (let b = 0; b < r; b++) weighted[at + b] = values[b] * right[at + b];
    return isTall ? steps.propose(left, weighted, r) : steps.propose(weighted, left, r);
  }

  function productInto(out: Float64Array, block: Float64Array, k: number, isTransposed: boolean): void {
    steps.multiplyInto(out, block, k, { transpose: isTransposed === isTall });
    addPartInto(out, block, k, isTransposed, now, scale * (1 + beta));
    if (beta !== 0) addPartInto(out, block, k, isTransposed, before, -scale * beta);
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
      lossAtZ = steps.begin(beta);
    },
    step(lipschitz) {
      scale = lipschitz;
    },
    move(triplets, tau) {
      then = triplets;
      const { loss: value, seen, along, slope, uphill } = propose(triplets);
      const size = squaredLength(then);
      const withZ = size + tau * then.values.reduce((sum, value) => sum + value, 0) - along / scale;
      const ofZ =
        (1 + beta) ** 2 * squaredLength(now) - 2 * beta * (1 + beta) * across + beta ** 2 * squaredLength(before);
      const square = size - 2 * withZ + ofZ;
      const isKnown = square > ROUNDING * (size + Math.abs(ofZ));
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
      steps.accept();
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
