/**
 * k-sparse factors: Ω°(W) ≤ max over supports S, |S| ≤ k, of σ₁(W_S) / (c_a c_b), for ‖u‖_a ≥ c_a ‖u‖₂ and ‖v‖_b ≥ c_b ‖v‖₂; equal for ℓ2
 * norms without other constraints. σ₁(W_S)² = λ_max(G_SS), G = WᵀW. For u kᵤ-sparse too, entry ij of the Gram matrix of the rows in
 * use is at most
 *   H_ij = max(Σ of the kᵤ largest W_ri W_rj, −Σ of the kᵤ least) ≥ 0,
 * so λ_max(H_SS) is a bound as well, and what supports S are worth above it is decided by the supports of u on W_S. For v ≥ 0
 * negative entries of G may be left out, for u, v ≥ 0 those of W. u uᵀ: λ_max(M_SS), M the symmetric part of W. (d) theory.md §4.
 */
import { principalPart, transposed } from "../../linalg/dense.ts";
import { gram } from "../../linalg/gram.ts";
import type { Observed } from "../../linalg/observed.ts";
import { denseOf, isAffordable, observedEntries } from "../../linalg/observed.ts";
import { gamma, powerOfTwoAbove, roundedUp, UNDERFLOW } from "../../linalg/rounding.ts";
import { symmetricEigen } from "../../linalg/symmetric-eigen.ts";
import { euclideanLength, over } from "../../linalg/vector.ts";
import type { Branch } from "../../problem/factors.ts";
import type { Norm } from "../../problem/regularizer/norm.ts";
import type { ClosedBound, Closer } from "./closing.ts";
import { confined } from "./confined.ts";
import { treeReader } from "./cover/bit-tree.ts";
import type { ProofArrays } from "./polar.ts";
import type { SupportProblem } from "./support-bounds.ts";
import type { SupportCheck, SupportResult, SupportSearch } from "./support-tree.ts";
import { checkSupports, searchSupports } from "./support-tree.ts";

const METHOD = "branch and bound on supports";
const WITNESS = "supports";
/** Values below this part of the largest entry are not worth telling apart. */
const LEAST = 1e-9;
/** Of the bracket's width that is left to rounding. */
const SHARE = 0.99;
/** A node costs up to n² operations. */
const FLOPS = 400;

/** A factor: at most `limit` of its entries are not 0. */
interface Side {
  readonly limit: number;
  readonly nonnegative: boolean;
}

/** Supports of the columns of a table (rows × columns, row-major, entries up to 1), then of its rows. */
interface Tables {
  readonly entries: Float64Array;
  readonly rows: number;
  readonly columns: number;
  readonly across: Side;
  readonly along: Side;
}

/** Undefined where neither factor is sparse. */
export function supportsCloser(w: Observed, a: Norm, b: Norm): Closer | undefined {
  if ((a.support === undefined && b.support === undefined) || !isAffordable(w.rows * w.columns, w)) return undefined;
  const { table, slack } = confined(w, a, b);
  const unit = powerOfTwoAbove(table.value);
  if (unit === 0 || !Number.isFinite(unit)) return undefined;
  const u = sideOf(a, w.rows);
  const v = sideOf(b, w.columns);
  const isTurned = b.support === undefined || (a.support !== undefined && logCount(u, w.rows) < logCount(v, w.columns));
  const entries = over(denseOf(table), unit);
  const tables: Tables = isTurned
    ? { entries: transposed(entries, w.rows, w.columns), rows: w.columns, columns: w.rows, across: u, along: v }
    : { entries, rows: w.rows, columns: w.columns, across: v, along: u };
  const floors = a.euclideanFloor * b.euclideanFloor;
  return treeCloser({
    size: tables.columns,
    problemOf: (stopped) => columnProblem(tables, stopped),
    why: isTurned || a.support === undefined ? "one factor is k-sparse" : "both factors are k-sparse",
    levelOf: (value) => ((value * floors) / unit) ** 2,
    // Entries that are lost to underflow move σ₁ by less than their number.
    polarOf: (level) => roundedUp(((Math.sqrt(level) + entries.length * UNDERFLOW) * unit + slack) / floors, 8),
    power: 2,
    within: tables.along.limit < tables.rows ? withinColumns(tables) : undefined,
    branchOf(supports) {
      const [p, q] = pairOn(tables, supports);
      return isTurned ? [q, p] : [p, q];
    },
  });
}

/** u uᵀ for symmetric S (both triangles, exact); undefined where u is not sparse. */
export function symmetricSupportsCloser(s: Observed, norm: Norm): Closer | undefined {
  const { support, euclideanFloor } = norm;
  const unit = powerOfTwoAbove(s.value);
  if (support === undefined || !isAffordable(s.rows ** 2, s) || unit === 0 || !Number.isFinite(unit)) return undefined;
  const n = s.rows;
  const entries = over(denseOf(s), unit);
  const side = sideOf(norm, n);
  const matrices = side.nonnegative ? [entries, positive(entries)] : [entries];
  return treeCloser({
    size: n,
    problemOf: () => ({ size: n, limit: side.limit, matrices, error: n * UNDERFLOW }),
    why: "the factor is k-sparse",
    levelOf: (value) => (value * euclideanFloor ** 2) / unit,
    polarOf: (level) => roundedUp((level * unit) / euclideanFloor ** 2, 8),
    power: 1,
    within: undefined,
    branchOf: ([columns]) => [topVector(entries, n, columns)],
  });
}

interface Tree {
  /** Indices that supports are made of. */
  readonly size: number;
  /** Asked for once, where it is needed. */
  readonly problemOf: (stopped: () => boolean) => SupportProblem;
  readonly why: string;
  /** λ of a value of the polar, and the value of a λ, rounded up. */
  readonly levelOf: (value: number) => number;
  readonly polarOf: (level: number) => number;
  /** λ goes with this power of the value. */
  readonly power: number;
  readonly within: Within | undefined;
  readonly branchOf: (supports: readonly (readonly number[])[]) => Branch;
}

interface Within {
  readonly search: NonNullable<SupportSearch["within"]>;
  readonly check: NonNullable<SupportCheck["within"]>;
}

/** Arrays: `threshold`, one λ of the scaled problem, and `tree`. */
function treeCloser({ size, problemOf, why, levelOf, polarOf, power, within, branchOf }: Tree): Closer {
  const words = { method: METHOD, witness: WITNESS, why };
  const share = Math.max(1, size ** 2 / FLOPS);
  let known: SupportProblem | undefined;
  const problemUntil = (stopped: () => boolean): SupportProblem => {
    known ??= problemOf(stopped);
    return known;
  };

  function checked(arrays: ProofArrays, cells: number, stopped: () => boolean): number {
    const level = arrays["threshold"]?.data[0];
    const tree = arrays["tree"];
    if (tree === undefined || level === undefined || !(level > 0 && level < 1e300)) return Number.POSITIVE_INFINITY;
    const budget = { cells };
    const options = { threshold: level, budget, stopped, within: within?.check };
    const upper = checkSupports(problemUntil(stopped), treeReader(tree.data), options);
    return Number.isNaN(upper) ? Number.POSITIVE_INFINITY : Math.max(0, upper);
  }

  return {
    witness: WITNESS,
    close({ lower, tolerance, stopped, ...options }): ClosedBound {
      const reached = Math.max(levelOf(lower), LEAST);
      const found = searchSupports(problemUntil(stopped), {
        reached,
        tolerance: SHARE * power * tolerance,
        cells: Math.ceil(options.cells / share),
        stopped,
        within: within?.search,
      });
      const tree = found.tree.toArray();
      const arrays = {
        threshold: { shape: [1], data: Float64Array.of(found.threshold) },
        tree: { shape: [tree.length], data: tree },
      };
      // Where the threshold has risen on the way, nodes that were done before may be bounded otherwise now.
      const again = found.better === undefined ? found.upper : checked(arrays, Number.POSITIVE_INFINITY, stopped);
      const upper = Math.max(0, Number.isFinite(again) ? again : found.upper);
      return {
        ...words,
        upper: polarOf(upper),
        arrays,
        work: Math.ceil(found.cells * share),
        better: found.better && branchOf(found.better),
      };
    },
    // A tree has fewer nodes than its search looked at.
    check: (arrays, { cells, stopped }) => ({
      ...words,
      upper: polarOf(checked(arrays, 2 * Math.ceil(cells / share), stopped)),
    }),
  };
}

/** When stopped with fewer matrices than it might have. */
function columnProblem({ entries, rows, columns, across, along }: Tables, stopped: () => boolean): SupportProblem {
  const { matrix, error } = gramOf(entries, rows, columns, across.limit);
  const matrices: Float64Array[] = [matrix];
  const capped = along.limit < rows ? cappedGram(entries, rows, columns, { limit: along.limit, stopped }) : undefined;
  if (capped !== undefined) matrices.push(capped);
  if (across.nonnegative) {
    if (along.nonnegative) matrices.push(gramOf(positive(entries), rows, columns, across.limit).matrix);
    else matrices.push(positive(matrix));
  }
  return { size: columns, limit: across.limit, matrices, error };
}

/** Supports of the rows, for the columns of one support. */
function withinColumns({ entries, rows, columns, across, along }: Tables): Within {
  function problemOf(support: readonly number[], stopped: () => boolean): SupportProblem {
    const own = new Float64Array(rows * support.length);
    for (let i = 0; i < rows; i++) {
      for (const [x, j] of support.entries()) own[x * rows + i] = entries[i * columns + j];
    }
    const whole = { limit: support.length, nonnegative: across.nonnegative };
    return columnProblem({ entries: own, rows: support.length, columns: rows, across: along, along: whole }, stopped);
  }
  return {
    search: (support, search): SupportResult =>
      searchSupports(problemOf(support, search.stopped), { ...search, within: undefined }),
    check: (support, isCut, check) =>
      checkSupports(problemOf(support, check.stopped), isCut, { ...check, within: undefined }),
  };
}

/** fl(AᵀA); |error| ≤ γ ‖a_i‖‖a_j‖ entry by entry, so ‖error_SS‖₂ is at most γ times the k largest ‖a_j‖². */
function gramOf(a: Float64Array, rows: number, columns: number, k: number) {
  const own = observedEntries(a, rows, columns, (at) => a[at] !== 0);
  const matrix = gram(own, () => false);
  const squares = Float64Array.from({ length: columns }, (_, i) => matrix[i * columns + i])
    .sort()
    .reverse();
  const most = roundedUp(
    squares.slice(0, k).reduce((sum, x) => sum + x, 0),
    rows + k + 2,
  );
  return { matrix, error: roundedUp(gamma(rows + 2) * most, 4) + rows * k * UNDERFLOW };
}

/** H: entries from above of the Gram matrix of any `limit` rows; undefined when stopped. Cost columns² rows log rows. */
function cappedGram(
  a: Float64Array,
  rows: number,
  columns: number,
  { limit, stopped }: { readonly limit: number; readonly stopped: () => boolean },
): Float64Array | undefined {
  const out = new Float64Array(columns * columns);
  const products = new Float64Array(rows);
  for (let i = 0; i < columns; i++) {
    if (stopped()) return undefined;
    for (let j = 0; j <= i; j++) {
      for (let r = 0; r < rows; r++) products[r] = a[r * columns + i] * a[r * columns + j];
      products.sort();
      let least = 0;
      let most = 0;
      for (let x = 0; x < limit; x++) {
        least -= Math.min(0, products[x]);
        most += Math.max(0, products[rows - 1 - x]);
      }
      const entry = roundedUp(Math.max(most, least), limit + 2);
      out[i * columns + j] = entry;
      out[j * columns + i] = entry;
    }
  }
  return out;
}

/** A pair (u, v) on the supports (columns, then rows), in Euclidean norms about the best one. */
function pairOn(
  { entries, rows, columns }: Tables,
  [across, along]: readonly (readonly number[])[],
): readonly [Float64Array, Float64Array] {
  const own = new Float64Array(rows * columns);
  const used = along ?? Array.from({ length: rows }, (_, i) => i);
  for (const i of used) for (const j of across) own[i * columns + j] = entries[i * columns + j];
  const { matrix } = gramOf(own, rows, columns, 1);
  const v = topVector(matrix, columns, across);
  const u = new Float64Array(rows);
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) u[i] += own[i * columns + j] * v[j];
  const length = euclideanLength(u);
  return [length > 0 ? over(u, length) : u, v];
}

/** The largest eigenvector of M_SS, 0 elsewhere. */
function topVector(m: Float64Array, n: number, support: readonly number[]): Float64Array {
  const eigen = symmetricEigen(support.length);
  const x = new Float64Array(n);
  if (eigen.solve(principalPart(m, n, support))) {
    support.forEach((i, at) => {
      x[i] = eigen.vectors[at];
    });
  }
  return x;
}

function sideOf(norm: Norm, size: number): Side {
  return {
    limit: Math.min(size, norm.support?.limit ?? size),
    nonnegative: norm.nonnegative || norm.support?.nonnegative === true,
  };
}

/** log of the number of supports. */
function logCount({ limit }: Side, size: number): number {
  let sum = 0;
  for (let k = 1; k <= limit; k++) sum += Math.log((size - k + 1) / k);
  return sum;
}

function positive(x: Float64Array): Float64Array {
  return x.map((entry) => (entry > 0 ? entry : 0));
}
