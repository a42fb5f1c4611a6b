/** Thresholding with Φ as its singular triplets beside the observed entries: for targets that are mostly unobserved. */
import { type EntryMove, entrySteps, type Pair } from "../../linalg/kernels/entry-steps.ts";
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
  /**
   * The operator is L G = L Z − ∇ℓ(Z), from here on, its products in that precision; `shares`: what the next block has of the right vectors
   * of Φ and of Φ⁻, where that is known.
   */
  step(lipschitz: number, precision?: Precision, shares?: Pair<Float64Array>): void;
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
  let shares: Pair<Float64Array> | undefined;
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
    const { count: r, values, left, right } = triplets;
    if (r === 0) return seen;
    const core = new Float64Array(r * k);
    multiplyInto(core, right, block, { m: r, n: k, k: shorter, transposeA: true });
    weighRows(core, values, k);
    multiplyInto(seen, left, core, { m: longer, n: k, k: r });
    return seen;
  }

  /** (V diag(s))ᵀQ of the first rows of VᵀQ. */
  function coreOf({ count, values }: Triplets, share: Float64Array, k: number): Float64Array {
    const core = share.slice(0, count * k);
    weighRows(core, values, k);
    return core;
  }

  return {
    longer,
    shorter,
    get precision() {
      return precision;
    },
    timesInto(out, q, k) {
      const cores = shares && ([coreOf(now, shares[0], k), coreOf(before, shares[1], k)] as const);
      steps.multiplyInto(out, q, k, { transpose: !isTall, precision, scale, cores });
    },
    transposedTimesInto: (out, p, k) => steps.multiplyInto(out, p, k, { transpose: isTall, precision, scale }),
    extrapolate(momentum) {
      beta = momentum;
      lossAtZ = steps.begin(beta);
      return lossAtZ;
    },
    step(lipschitz, wanted = "double", known = undefined) {
      scale = lipschitz;
      precision = wanted;
      shares = known;
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

/** diag(d) A for A of k columns. */
function weighRows(a: Float64Array, d: Float64Array, k: number): void {
  for (let i = 0; i < d.length; i++) for (let at = i * k; at < (i + 1) * k; at++) a[at] *= d[i];
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
