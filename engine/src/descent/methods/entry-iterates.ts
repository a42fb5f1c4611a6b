/** Thresholding with Φ as its singular triplets beside the observed entries: for targets that are mostly unobserved. */
import { entryKernel } from "../../linalg/kernels/entry-kernel.ts";
import { multiplyInto } from "../../linalg/kernels/multiply.ts";
import type { Triplets } from "../../linalg/subspace.ts";
import type { Problem } from "../../problem/problem.ts";
import { type Iterates, weightedLeft } from "./iterates.ts";
import { lossAndSlopesInto } from "./slopes.ts";

/** Of all cells, what is observed times this is where L begins: the curvature along matrices of low rank is near their share. */
const FIRST_CURVATURE = 2;

/**
 * Z is a sum of two lists of triplets, and ‖Φ⁺ − Z‖ comes from their inner products. Memory:
 * four numbers an entry, and the triplets. Cost of a step beside the products with G: 8(m + n)r² flops.
 */
export function entryIterates(problem: Problem, start: Triplets, lipschitz: number): Iterates {
  const { target } = problem;
  const { rows, columns } = target;
  const isTall = rows >= columns;
  const [longer, shorter] = isTall ? [rows, columns] : [columns, rows];
  const count = target.value.length;
  const kernel = entryKernel(target);
  let [x, previous, next] = [new Float64Array(count), new Float64Array(count), new Float64Array(count)];
  const z = new Float64Array(count);
  const w = new Float64Array(count);
  /** At Φ⁺: the loss is wanted, not these. */
  const slopes = new Float64Array(count);
  let [now, before, then] = [start, start, start];
  let beta = 0;
  let scale = 1;
  let lossAtZ = 0;
  /** ⟨Φ, Φ⁻⟩, and ⟨Φ⁺, Φ⟩ of the last move. */
  let across = squaredLength(start);
  let ahead = across;
  /** Z = A Bᵀ. */
  let a: Float64Array = new Float64Array(0);
  let b: Float64Array = a;
  let width = 0;
  entriesInto(x, start);
  previous.set(x);

  function entriesInto(out: Float64Array, triplets: Triplets): void {
    const weighted = weightedLeft(triplets, 1);
    const [u, v] = isTall ? [weighted, triplets.right] : [triplets.right, weighted];
    if (triplets.count === 0) out.fill(0);
    else kernel.predictInto(out, u, v, triplets.count);
  }

  /** W is set in `step`; nothing else uses the kernel between that and the products. */
  function productInto(out: Float64Array, block: Float64Array, k: number, isTransposed: boolean): void {
    kernel.multiplyBlockInto(out, block, k, { transpose: isTransposed === isTall });
    for (let at = 0; at < out.length; at++) out[at] /= scale;
    if (width === 0) return;
    const [to, from] = isTransposed ? [b, a] : [a, b];
    const [outer, inner] = isTransposed ? [shorter, longer] : [longer, shorter];
    const core = new Float64Array(width * k);
    multiplyInto(core, from, block, { m: width, n: k, k: inner, transposeA: true });
    multiplyInto(out, to, core, { m: outer, n: k, k: width, accumulate: true });
  }

  return {
    longer,
    shorter,
    lipschitz: Math.min(lipschitz, (FIRST_CURVATURE * lipschitz * count) / (rows * columns)),
    timesInto: (out, q, k) => productInto(out, q, k, false),
    transposedTimesInto: (out, p, k) => productInto(out, p, k, true),
    extrapolate(momentum) {
      beta = momentum;
      for (let k = 0; k < count; k++) z[k] = x[k] + beta * (x[k] - previous[k]);
      lossAtZ = lossAndSlopesInto(w, z, problem);
      const parts = beta === 0 ? [now] : [now, before];
      a = sideBySide(
        longer,
        parts.map((part, i) => weightedLeft(part, i === 0 ? 1 + beta : -beta)),
        parts,
      );
      b = sideBySide(
        shorter,
        parts.map(({ right }) => right),
        parts,
      );
      width = parts.reduce((sum, part) => sum + part.count, 0);
    },
    step(L) {
      scale = L;
      kernel.setWeights(w);
    },
    move(triplets) {
      then = triplets;
      entriesInto(next, triplets);
      let seen = 0;
      let slope = 0;
      let uphill = 0;
      for (let k = 0; k < count; k++) {
        const moved = next[k] - z[k];
        seen += moved * moved;
        slope += w[k] * moved;
        uphill -= moved * (next[k] - x[k]);
      }
      ahead = innerProduct(then, now);
      const behind = beta === 0 ? across : innerProduct(then, before);
      const size = squaredLength(then);
      const ofZ =
        (1 + beta) ** 2 * squaredLength(now) - 2 * beta * (1 + beta) * across + beta ** 2 * squaredLength(before);
      const withZ = (1 + beta) * ahead - beta * behind;
      const rounding = 1e-13 * (size + Math.abs(ofZ));
      const square = size - 2 * withZ + ofZ;
      const isKnown = square > 100 * rounding;
      const value = lossAndSlopesInto(slopes, next, problem);
      return {
        loss: value,
        // Where that is rounding, what is seen is taken for all.
        distance: Math.sqrt(isKnown ? square : (seen / count) * rows * columns),
        uphill,
        curvature: isKnown ? Math.max(0, (2 * (value - lossAtZ + slope)) / square) : undefined,
      };
    },
    accept() {
      [previous, x, next] = [x, next, previous];
      [before, now] = [now, then];
      across = ahead;
    },
  };
}

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

function sideBySide(rows: number, blocks: readonly Float64Array[], parts: readonly Triplets[]): Float64Array {
  const width = parts.reduce((sum, part) => sum + part.count, 0);
  const out = new Float64Array(rows * width);
  let first = 0;
  for (const [index, { count }] of parts.entries()) {
    const block = blocks[index];
    for (let i = 0; i < rows; i++) out.set(block.subarray(i * count, (i + 1) * count), i * width + first);
    first += count;
  }
  return out;
}
