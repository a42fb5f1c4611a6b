/** Thresholding with Φ as its singular triplets beside the observed entries: for targets that are mostly unobserved. */
import { type EntryMove, entrySteps } from "../../linalg/kernels/entry-steps.ts";
import { multiplyInto, type Precision } from "../../linalg/kernels/multiply.ts";
import type { BlockOperator, Directions, Triplets } from "../../linalg/subspace.ts";
import { firstOf } from "../../linalg/subspace.ts";
import type { Problem } from "../../problem/problem.ts";
import { type Move, timesDiagonal } from "./iterates.ts";
import { lossAndSlopesInto } from "./slopes.ts";

export interface EntryStep extends Move {
  /** The L that this step would have needed; undefined where rounding hides it. */
  readonly curvature: number | undefined;
}

export interface EntryIterates extends BlockOperator {
  readonly precision: Precision;
  /** Z = Φ + β(Φ − Φ⁻) and ∇ℓ(Z); returns ℓ(Z). */
  extrapolate(beta: number): number;
  /** The operator is L G = L Z − ∇ℓ(Z), from here on, its products in that precision. */
  step(lipschitz: number, precision?: Precision): void;
  /** What would be if Φ⁺ were these: triplets that a subspace pass found of G, their values less τ. */
  move(next: Triplets): EntryStep;
  /** The last move becomes Φ, and Φ becomes Φ⁻. */
  accept(): void;
}

/** Random vectors that tell how far Φ⁺ is from Z: this many for all branches and a few more together, within these limits. */
const PROBES = 256;
const MORE_BRANCHES = 3;
const LEAST_PROBES = 16;
const MOST_PROBES = 48;
/** Squares of differences below this share of squares are too small for differences of losses. */
const ROUNDING = 1e-11;

/**
 * Z is a sum of two lists of triplets. ‖Φ⁺ − Z‖² is what k fixed vectors of random signs show, the columns of Ω: ‖(Φ⁺ − Z) Ω‖²/k has the
 * right mean, and a relative deviation of √(2/(kr)) where r singular values are about equal (hutchinson1990); with as many as Φ has
 * columns, unit vectors show all of it. Inner products of Φ⁺, Φ and Φ⁻ would be dearer, and cancel. Memory: five numbers an entry and its
 * column, and the triplets. Cost of a step beside the products with G: 2(m + n)kr flops.
 */
export function entryIterates(problem: Problem, start: Triplets, normal: () => number): EntryIterates {
  const { target, loss } = problem;
  const { rows, columns } = target;
  const isTall = rows >= columns;
  const [longer, shorter] = isTall ? [rows, columns] : [columns, rows];
  const steps = entrySteps(target, loss.compiled ?? ((w) => lossAndSlopesInto(w, w.slice(), problem)));
  let [now, before, then] = [start, start, start];
  const allProbes = probesOf(shorter, normal);
  let probes = allProbes;
  /** Of these, what Ω shows: longer × k. */
  let seenNow = seenOf(start);
  let [seenBefore, seenThen] = [seenNow, seenNow];
  let beta = 0;
  let scale = 1;
  let precision: Precision = "double";
  let lossAtZ = 0;
  if (start.count > 0) {
    for (let time = 0; time < 2; time++) {
      propose(start, "double");
      steps.accept();
    }
  }

  function propose({ count: r, values, left, right }: Triplets, precision: Precision): EntryMove {
    const weighted = timesDiagonal(right, values);
    return isTall ? steps.propose(left, weighted, r, precision) : steps.propose(weighted, left, r, precision);
  }

  /** The more, the fewer branches there are; those that are in use, where their number still fits. */
  function probesFor(branches: number): Directions {
    const wanted = Math.max(LEAST_PROBES, Math.ceil(PROBES / (branches + MORE_BRANCHES)));
    const k = allProbes.k === shorter ? shorter : Math.min(MOST_PROBES, wanted);
    if (probes.k >= k && probes.k <= 2 * k) return probes;
    return { q: firstOf(allProbes.q, allProbes.k, k), k };
  }

  function seenOf(triplets: Triplets): Float64Array {
    const { q: block, k } = probes;
    const seen = new Float64Array(longer * k);
    addProductInto(seen, triplets, { block, k, isTransposed: false, weight: 1, precision: "double" });
    return seen;
  }

  function productInto(out: Float64Array, block: Float64Array, k: number, isTransposed: boolean): void {
    steps.multiplyInto(out, block, k, { transpose: isTransposed === isTall, precision });
    addProductInto(out, now, { block, k, isTransposed, weight: scale * (1 + beta), precision });
    if (beta !== 0) addProductInto(out, before, { block, k, isTransposed, weight: -scale * beta, precision });
  }

  function addProductInto(
    out: Float64Array,
    { count: r, values, left, right }: Triplets,
    given: {
      readonly block: Float64Array;
      readonly k: number;
      readonly isTransposed: boolean;
      readonly weight: number;
      readonly precision: Precision;
    },
  ): void {
    if (r === 0) return;
    const { block, k, isTransposed, weight, precision } = given;
    const [to, from] = isTransposed ? [right, left] : [left, right];
    const [outer, inner] = isTransposed ? [shorter, longer] : [longer, shorter];
    const core = new Float64Array(r * k);
    multiplyInto(core, from, block, { m: r, n: k, k: inner, transposeA: true, precision });
    for (let i = 0; i < r; i++) {
      const factor = weight * values[i];
      for (let at = i * k; at < (i + 1) * k; at++) core[at] *= factor;
    }
    multiplyInto(out, to, core, { m: outer, n: k, k: r, accumulate: true, precision });
  }

  return {
    longer,
    shorter,
    get precision() {
      return precision;
    },
    timesInto: (out, q, k) => productInto(out, q, k, false),
    transposedTimesInto: (out, p, k) => productInto(out, p, k, true),
    extrapolate(momentum) {
      beta = momentum;
      lossAtZ = steps.begin(beta);
      return lossAtZ;
    },
    step(lipschitz, wanted = "double") {
      scale = lipschitz;
      precision = wanted;
    },
    move(triplets) {
      then = triplets;
      const { loss: value, slope, uphill } = propose(triplets, precision);
      const fitting = probesFor(then.count);
      if (fitting !== probes) {
        probes = fitting;
        [seenNow, seenBefore] = [seenOf(now), seenOf(before)];
      }
      seenThen = seenOf(then);
      const { moved, size } = squaresOf(seenThen, seenNow, seenBefore, beta);
      const square = moved / probes.k;
      return {
        loss: value,
        distance: Math.sqrt(square),
        uphill,
        curvature: moved > ROUNDING * size ? Math.max(0, (2 * (value - lossAtZ + slope)) / square) : undefined,
      };
    },
    accept() {
      steps.accept();
      [before, now] = [now, then];
      [seenBefore, seenNow] = [seenNow, seenThen];
    },
  };
}

/** Ω, as many columns as are ever wanted: random signs, or as many unit vectors (times √k) as there are rows. */
function probesOf(rows: number, normal: () => number): Directions {
  const k = Math.min(rows, MOST_PROBES);
  const q = new Float64Array(rows * k);
  if (k === rows) for (let i = 0; i < k; i++) q[i * k + i] = Math.sqrt(k);
  else for (let at = 0; at < q.length; at++) q[at] = normal() < 0 ? -1 : 1;
  return { q, k };
}

/** ‖then − now − β(now − before)‖² and ‖then‖². */
function squaresOf(then: Float64Array, now: Float64Array, before: Float64Array, beta: number) {
  let [moved, size] = [0, 0];
  for (let at = 0; at < then.length; at++) {
    const off = then[at] - now[at] - beta * (now[at] - before[at]);
    moved += off * off;
    size += then[at] * then[at];
  }
  return { moved, size };
}
