/**
 * Sweeps of alternating ridge solves on a small full tensor G: for every factor in turn, with the others held,
 *   A_k ← c M_k (c Γ_k + λ diag(w_b / n_b))⁻¹,     M_k = G times the other factors, Γ_k the Hadamard product of their Gram matrices,
 * w_b the product of the other norms of branch b and n_b the norm of this one: the minimum of a quadratic that lies above
 *   c/2 ‖G − Σ_b x_b¹ ⊗ … ⊗ x_bᴷ‖² + λ Σ_b Π_k ‖x_b^k‖₂
 * and touches it (iteratively reweighted, as 2n‖a‖ ≤ ‖a‖² + n²). After a sweep branches are balanced; one without which the objective is lower
 * goes, two that are better as one are merged, and Anderson acceleration proposes a point that is taken where it is lower. The objective never rises.
 * Cost of a sweep: two products of G with Khatri-Rao matrices, 4·|G|·r.
 */
import { choleskyInto, choleskySolveRowsInto } from "../../linalg/cholesky.ts";
import { gramInto } from "../../linalg/kernels/multiply.ts";
import { contracted, contractGroupInto, khatriRao, splitAxes } from "../../linalg/rank-one-sums.ts";
import { dot, times } from "../../linalg/vector.ts";
import { nonnegativeMinimum } from "../nonnegative-minimum.ts";
import { anderson } from "./anderson.ts";

export interface Core {
  readonly tensor: Float64Array;
  readonly lengths: readonly number[];
  /** c. */
  readonly weight: number;
  readonly lambda: number;
}

export interface CoreSweeps {
  readonly branches: number;
  readonly values: readonly Float64Array[];
  /** Of the branch that is the farthest from it, from the gradients in the factors as they were updated. */
  readonly stationarity: number;
  /** Sweeps no longer lower the objective. */
  readonly quiet: boolean;
  sweep(): void;
}

/** Branches whose cosine is above this may be one; it is tried after so many sweeps, and after twice as many each time it was no good. */
const ALIKE = 0.8;
const MERGING_SWEEPS = 10;
const TRIAL_SWEEPS = 10;
/** Relative ridge of the weights' quadratic: copies of one branch make it singular. */
const RIDGE = 1e-12;
/** Norms below this share of the largest one are gone. */
const GONE = 1e-100;
/** Decrease of one sweep (relative) that is rounding, and how many of them in a row are enough. */
const ROUNDING = 1e-15;
const QUIET_SWEEPS = 3;

interface State {
  readonly r: number;
  readonly values: Float64Array[];
  /** r × r, one for every factor. */
  readonly grams: Float64Array[];
  readonly objective: number;
  /** G times the factors behind the split, front × r: what the next sweep begins with. */
  readonly rest: Float64Array;
}

interface Swept {
  readonly values: Float64Array[];
  /** ⟨φ_b, φ_j⟩. */
  readonly own: Float64Array;
  /** G times all factors but the last. */
  readonly last: Float64Array;
  /** From stationarity, squared, of the branch that is the farthest. */
  readonly distance: number;
}

export function coreSweeps(
  { tensor, lengths, weight, lambda }: Core,
  start: readonly Float64Array[],
  branches: number,
): CoreSweeps {
  const split = splitAxes(lengths);
  const { front, behind } = split;
  const square = dot(tensor, tensor);
  let acceleration = anderson();
  let state = stateOf(start, branches);
  let stationarity = Number.POSITIVE_INFINITY;
  let quiet = 0;
  let count = 0;
  let pause = MERGING_SWEEPS;
  let nextMerge = 1;

  function gramOf(value: Float64Array, r: number): Float64Array {
    const out = new Float64Array(r * r);
    gramInto(out, value, value.length / r, r);
    return out;
  }

  /** Balanced factors with their objective. */
  function stateOf(given: readonly Float64Array[], r: number): State {
    const values = balancedFactors(given, r);
    const grams = values.map((value) => gramOf(value, r));
    const rest = contracted(tensor, split, "front", khatriRao(behind, values, r), r);
    const inner = dot(rest, khatriRao(front, values, r));
    const own = hadamard(grams, -1, r);
    const norm = own.reduce((sum, x) => sum + x, 0);
    const charge = chargeOf(own, r);
    return { r, values, grams, rest, objective: (weight / 2) * (square - 2 * inner + norm) + lambda * charge };
  }

  /** One factor; to `distance` comes that of every branch from stationarity before, squared. */
  function updateInto(
    distance: Float64Array,
    m: Float64Array,
    k: number,
    values: Float64Array[],
    grams: Float64Array[],
  ): void {
    const r = distance.length;
    const gamma = hadamard(grams, k, r);
    const a = values[k];
    const ridge = new Float64Array(r);
    const share = new Float64Array(r);
    for (let b = 0; b < r; b++) share[b] = 1 / (lambda * lambda * gamma[b * r + b]);
    for (let b = 0; b < r; b++) ridge[b] = (lambda * Math.sqrt(gamma[b * r + b])) / Math.sqrt(grams[k][b * r + b]);
    for (let i = 0; i < m.length; i += r) {
      for (let b = 0; b < r; b++) {
        let p = weight * m[i + b] - ridge[b] * a[i + b];
        for (let j = 0; j < r; j++) p -= weight * a[i + j] * gamma[j * r + b];
        // (‖p − ω x/n‖ / ω)² with ω = λ w.
        distance[b] += p * p * share[b];
      }
    }
    for (let at = 0; at < gamma.length; at++) gamma[at] *= weight;
    for (let b = 0; b < r; b++) gamma[b * r + b] += ridge[b];
    if (!choleskyInto(gamma, r)) return;
    const next = times(m, weight);
    choleskySolveRowsInto(next, next.length / r, gamma, r);
    values[k] = next;
    grams[k] = gramOf(next, r);
  }

  /** Every factor once. */
  function swept({ r, rest: first, ...from }: State): Swept {
    const values = [...from.values];
    const grams = [...from.grams];
    const distance = new Float64Array(r);
    let last = new Float64Array();
    for (const [group, other, left] of [[front, behind, "front"] as const, [behind, front, "behind"] as const]) {
      const rest = left === "front" ? first : contracted(tensor, split, left, khatriRao(other, values, r), r);
      group.lengths.forEach((length, axis) => {
        const m = new Float64Array(length * r);
        contractGroupInto(m, rest, group, axis, values, r);
        updateInto(distance, m, group.first + axis, values, grams);
        last = m;
      });
    }
    return {
      values,
      own: hadamard(grams, -1, r),
      last,
      distance: distance.reduce((worst, x) => Math.max(worst, x), 0),
    };
  }

  function sweep(): void {
    const { r } = state;
    if (r === 0) {
      quiet = QUIET_SWEEPS;
      return;
    }
    const before = flat(state.values);
    const { values, own, last, distance } = swept(state);
    stationarity = Math.sqrt(distance);
    count++;
    const reached = weighted(values, own, last, r);
    const fewest = reached.r === r && count >= nextMerge ? withoutPairs(reached) : reached;
    if (fewest.r < r) {
      state = fewest;
      acceleration = anderson();
      quiet = 0;
      return;
    }
    const proposal = acceleration.propose(before, flat(reached.values));
    let next = reached;
    if (proposal !== undefined) {
      const proposed = stateOf(unflat(proposal, r), r);
      if (proposed.objective < reached.objective) next = proposed;
      else acceleration.reject();
    }
    quiet = state.objective - next.objective > ROUNDING * Math.abs(state.objective) ? 0 : quiet + 1;
    state = next;
  }

  function withoutPairs(from: State): State {
    let now = from;
    for (let pair = mostAlike(now); pair !== undefined; pair = mostAlike(now)) {
      const next = merged(now, pair);
      pause = next === undefined ? 2 * pause : MERGING_SWEEPS;
      if (next === undefined) break;
      now = next;
    }
    nextMerge = count + pause;
    return now;
  }

  /** The larger one first; undefined where no two are alike. */
  function mostAlike({ r, grams }: State): readonly [kept: number, gone: number] | undefined {
    const own = hadamard(grams, -1, r);
    let most = ALIKE;
    let pair: readonly [number, number] | undefined;
    for (let b = 0; b < r; b++) {
      for (let j = 0; j < b; j++) {
        const cosine = own[b * r + j] / Math.sqrt(own[b * r + b] * own[j * r + j]);
        if (cosine > most) {
          most = cosine;
          pair = own[b * r + b] > own[j * r + j] ? [b, j] : [j, b];
        }
      }
    }
    return pair;
  }

  /** The two branches in one, and a few sweeps; undefined where that is not better. */
  function merged({ r, values, grams, objective }: State, [kept, gone]: readonly [number, number]): State | undefined {
    const own = hadamard(grams, -1, r);
    const scale = (1 + Math.sqrt(own[gone * r + gone] / own[kept * r + kept])) ** (1 / values.length);
    const one = values.map((value) => {
      const out = value.slice();
      for (let at = kept; at < out.length; at += r) out[at] *= scale;
      return withoutColumn(out, r, gone);
    });
    let next = stateOf(one, r - 1);
    for (let sweep = 0; sweep < TRIAL_SWEEPS; sweep++) {
      next = stateOf(swept(next).values, r - 1);
      if (next.objective < objective) return next;
    }
    return undefined;
  }

  /**
   * With the best length τ_b ≥ 0 of every branch, Σ τ_b φ_b: a new one, which ridge solves let grow by some per cent a sweep, has its own
   * at once, and what costs more than it is worth goes. `last`: G times all factors but the last.
   */
  function weighted(values: readonly Float64Array[], own: Float64Array, last: Float64Array, r: number): State {
    const a = values[values.length - 1];
    const hessian = times(own, weight);
    const gradient = new Float64Array(r);
    for (let b = 0; b < r; b++) {
      let inner = 0;
      for (let at = b; at < a.length; at += r) inner += a[at] * last[at];
      for (let j = 0; j < r; j++) inner -= own[b * r + j];
      gradient[b] = lambda * Math.sqrt(own[b * r + b]) - weight * inner;
      hessian[b * r + b] = hessian[b * r + b] * (1 + RIDGE) + Number.MIN_VALUE;
    }
    const best = nonnegativeMinimum(hessian, gradient, new Float64Array(r).fill(1));
    const scales = best.map((t, b) => (own[b * r + b] > GONE ? t ** (1 / values.length) : 0));
    const kept = [...scales.keys()].filter((b) => scales[b] > 0);
    return stateOf(
      values.map((value) => {
        const out = new Float64Array((value.length / r) * kept.length);
        for (let from = 0, to = 0; from < value.length; from += r)
          for (const b of kept) out[to++] = value[from + b] * scales[b];
        return out;
      }),
      kept.length,
    );
  }

  function flat(values: readonly Float64Array[]): Float64Array {
    const out = new Float64Array(values.reduce((all, value) => all + value.length, 0));
    let at = 0;
    for (const value of values) {
      out.set(value, at);
      at += value.length;
    }
    return out;
  }

  function unflat(all: Float64Array, r: number): Float64Array[] {
    let at = 0;
    return lengths.map((length) => {
      at += length * r;
      return all.slice(at - length * r, at);
    });
  }

  return {
    get branches() {
      return state.r;
    },
    get values() {
      return state.values;
    },
    get stationarity() {
      return stationarity;
    },
    get quiet() {
      return quiet >= QUIET_SWEEPS;
    },
    sweep,
  };
}

/** Σ_b Π_k ‖x_b^k‖₂. */
function chargeOf(own: Float64Array, r: number): number {
  let charge = 0;
  for (let b = 0; b < r; b++) charge += Math.sqrt(own[b * r + b]);
  return charge;
}

/** The entrywise product of the r × r matrices but that of factor `left` (−1: of all). */
function hadamard(grams: readonly Float64Array[], left: number, r: number): Float64Array {
  const out = new Float64Array(r * r).fill(1);
  grams.forEach((gram, k) => {
    if (k !== left) for (let at = 0; at < out.length; at++) out[at] *= gram[at];
  });
  return out;
}

/** Equal norms within each branch. */
function balancedFactors(values: readonly Float64Array[], r: number): Float64Array[] {
  const lengths = values.map((value) => {
    const out = new Float64Array(r);
    for (let at = 0; at < value.length; at += r) for (let b = 0; b < r; b++) out[b] += value[at + b] ** 2;
    return out.map(Math.sqrt);
  });
  const level = lengths
    .reduce((all, own) => all.map((x, b) => x * own[b]), new Float64Array(r).fill(1))
    .map((x) => x ** (1 / values.length));
  return values.map((value, k) => {
    const out = value.slice();
    for (let b = 0; b < r; b++) {
      const scale = lengths[k][b] > 0 ? level[b] / lengths[k][b] : 0;
      for (let at = b; at < out.length; at += r) out[at] *= scale;
    }
    return out;
  });
}

function withoutColumn(value: Float64Array, r: number, column: number): Float64Array {
  const out = new Float64Array(value.length - value.length / r);
  let to = 0;
  value.forEach((x, at) => {
    if (at % r !== column) out[to++] = x;
  });
  return out;
}
