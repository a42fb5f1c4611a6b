/**
 * Where a full tensor's factorization of free width begins: Algorithm 1 in a small core of the tensor, before the tensor itself is looked
 * at again. The core is what the leading singular vectors of every unfolding span, one axis after the other (vannieuwenhoven2012), those
 * that stand out of noise. Branches come from the search for the core's polar and move by sweeps of ridge solves, until no direction
 * of the core is worth more than λ.
 * Cost: a Gram matrix for every axis, about 2·n·(last axis) flops for n entries, and the core's.
 */
import { searchTensor } from "../../certify/polar/tensor-search.ts";
import type { CancelSignal } from "../../events.ts";
import { gramInto, multiplyInto } from "../../linalg/kernels/multiply.ts";
import { largestRitzPairs } from "../../linalg/krylov.ts";
import { alongAxis, rankOneSumInto, splitAxes } from "../../linalg/rank-one-sums.ts";
import type { Basis } from "../../linalg/span.ts";
import { liftedBy, spanOf } from "../../linalg/span.ts";
import type { SymmetricEigen } from "../../linalg/symmetric-eigen.ts";
import { symmetricEigen } from "../../linalg/symmetric-eigen.ts";
import { times } from "../../linalg/vector.ts";
import type { Core } from "./core-sweeps.ts";
import { coreSweeps } from "./core-sweeps.ts";

/** Entries of a core at most: 24 for each of three axes. */
const MOST_ENTRIES = 14_000;
/** Eigenvalues of a Gram matrix below this part of the largest are rounding. */
const NEGLIGIBLE = 1e-12;

/** Up to this side all eigenvalues are found at once; beyond, the largest ones roughly. */
const DENSE_SIDE = 120;
const RITZ_ERROR = 1e-4;

/** Growth rounds, the sweeps of each at most, and the stationarity that is enough for the next one. */
const ROUNDS = 6;
const SWEEPS = 100;
const STATIONARY = 1e-3;
/** What a direction has to be worth beyond λ (relative). */
const WORTHWHILE = 1e-3;

interface Branches {
  readonly branches: number;
  readonly values: readonly Float64Array[];
}

/** At most `most` branches; yields between sweeps. */
export function* coreStart(whole: Core, most: number, signal: CancelSignal): Generator<void, Branches> {
  const { bases, ...core } = compressed(whole);
  const { tensor, lengths, weight, lambda } = core;
  const split = splitAxes(lengths);
  let found: Branches = { branches: 0, values: lengths.map(() => new Float64Array()) };
  for (let round = 0; round < ROUNDS && !signal.aborted; round++) {
    const w = new Float64Array(tensor.length);
    if (found.branches > 0) rankOneSumInto(w, split, found.values, found.branches);
    for (let at = 0; at < w.length; at++) w[at] = weight * (tensor[at] - w[at]);
    const directions = searchTensor(w, lengths, [], { above: lambda, stopped: () => signal.aborted })
      .filter(({ value }) => value > lambda * (1 + WORTHWHILE))
      .slice(0, most - found.branches);
    if (directions.length === 0) break;
    const added = directions.map(({ value, factors }) => {
      const size = ((value - lambda) / (weight * directions.length)) ** (1 / lengths.length);
      return factors.map((x) => times(x, size));
    });
    const wider = lengths.map((length, k) =>
      besideOne(
        found.values[k],
        found.branches,
        added.map((branch) => branch[k]),
        length,
      ),
    );
    const sweeps = coreSweeps(core, wider, found.branches + added.length);
    for (let count = 0; count < SWEEPS && !sweeps.quiet && !signal.aborted; count++) {
      sweeps.sweep();
      yield;
      if (sweeps.stationarity <= STATIONARY) break;
    }
    found = { branches: sweeps.branches, values: sweeps.values };
  }
  return {
    branches: found.branches,
    values: found.values.map((value, k) => liftedBy(bases[k], value, found.branches)),
  };
}

/** The tensor in the coordinates of what stands out of every unfolding. */
function compressed({ tensor, lengths, ...rest }: Core): Core & { readonly bases: readonly Basis[] } {
  const most = Math.max(2, Math.floor(MOST_ENTRIES ** (1 / lengths.length)));
  const now = [...lengths];
  const bases: Basis[] = [];
  let out = tensor;
  for (let k = lengths.length - 1; k >= 0; k--) {
    const basis = leadingOf(unfoldedAlong(out, now, k), now[k], most);
    out = alongAxis(out, now, k, basis);
    now[k] = basis.columns;
    bases.unshift(basis);
  }
  return { ...rest, tensor: out, lengths: now, bases };
}

/** The axis along the columns, every other one along the rows. */
function unfoldedAlong(tensor: Float64Array, lengths: readonly number[], k: number): Float64Array {
  const n = lengths[k];
  const before = lengths.slice(0, k).reduce((all, length) => all * length, 1);
  const after = tensor.length / (before * n);
  if (after === 1) return tensor;
  const out = new Float64Array(tensor.length);
  for (let i = 0, from = 0; i < before; i++) {
    for (let j = 0; j < n; j++) {
      for (let l = 0, to = i * after * n + j; l < after; l++, to += n) out[to] = tensor[from++];
    }
  }
  return out;
}

/**
 * Right singular vectors of M (rows × n) that noise does not reach: the squared singular values of noise of variance s² have a mean of
 * rows · s² and end at (√rows + √n)² s² (marchenko1967), with s² from what is left over. At most `most`, at least one.
 */
function leadingOf(m: Float64Array, n: number, most: number): Basis {
  const rows = m.length / n;
  const isTall = rows >= n;
  const side = Math.min(rows, n);
  const gram = new Float64Array(side * side);
  if (isTall) gramInto(gram, m, rows, n);
  else multiplyInto(gram, m, m, { m: rows, n: rows, k: n, transposeB: true });
  const { values, vectors } = leadingPairs(gram, side, most);
  let trace = 0;
  for (let i = 0; i < side; i++) trace += gram[i * side + i];
  const edge = (1 + Math.sqrt(side / Math.max(rows, n))) ** 2;
  let count = Math.min(values.length, most);
  for (let before = side; count < before; ) {
    const kept = values.subarray(0, count).reduce((sum, x) => sum + x, 0);
    const mean = (trace - kept) / (side - count);
    const least = Math.max(edge * mean, NEGLIGIBLE * values[0]);
    before = count;
    count = 1;
    while (count < before && values[count] > least) count++;
  }
  const own = vectors.subarray(0, count * side);
  const out = new Float64Array(n * count);
  if (isTall) {
    for (let j = 0; j < count; j++) for (let i = 0; i < n; i++) out[i * count + j] = own[j * n + i];
    return { columns: count, values: out };
  }
  multiplyInto(out, m, own, { m: n, n: count, k: rows, transposeA: true, transposeB: true });
  return { columns: count, values: spanOf([out], n, count).values };
}

/** Eigenvalues and eigenvectors (rows) of a Gram matrix, the largest ones first, at least `most` of them or all. */
function leadingPairs(gram: Float64Array, side: number, most: number): Pick<SymmetricEigen, "values" | "vectors"> {
  if (side <= DENSE_SIDE) {
    const eigen = symmetricEigen(side);
    eigen.solve(gram);
    return eigen;
  }
  const pairs = largestRitzPairs(side, gram, { above: 0, most, tolerance: RITZ_ERROR, stopped: () => false });
  const vectors = new Float64Array(pairs.length * side);
  pairs.forEach(({ vector }, j) => {
    vectors.set(vector, j * side);
  });
  return { values: Float64Array.from(pairs, ({ value }) => value), vectors };
}

/** Columns beside those of a row-major array. */
function besideOne(value: Float64Array, r: number, added: readonly Float64Array[], length: number): Float64Array {
  const width = r + added.length;
  const out = new Float64Array(length * width);
  for (let i = 0; i < length; i++) {
    out.set(value.subarray(i * r, (i + 1) * r), i * width);
    added.forEach((x, j) => {
      out[i * width + r + j] = x[i];
    });
  }
  return out;
}
