/**
 * ℓ∞ factors: u ↦ max_v uᵀWv is convex, so its maximum over ‖u‖_∞ ≤ 1 lies at signs, over 0 ≤ u ≤ 1 at zeros and ones.
 *   signs           all of them, branch by branch (`sign-tree.ts`), with v eliminated: ‖Wᵀu‖₁ for ℓ∞, ‖Wᵀu‖₂ for ℓ2, the bound on the dual
 *                   norm for others;
 *   diagonal pair   the semidefinite relaxation, with its dual as a witness (`diagonal-pair.ts`); norms other than ℓ∞ and ℓ2 through
 *                   ‖v‖ ≥ c‖v‖₂.
 * Zeros and ones are 2u = x₀ + x for signs: a row more, the sum of the others, and a column for v. Where both are such, x₀y₀ = 1 is
 * made worth 3 Σ|w_ij|, which is taken off again; and uᵀWv ≤ Σ max(0, w_ij). What else confines a factor is left out. (d) theory.md §4.
 */
import { transposed } from "../../linalg/dense.ts";
import type { Observed } from "../../linalg/observed.ts";
import { denseOf, isAffordable } from "../../linalg/observed.ts";
import { gamma, powerOfTwoAbove, roundedUp, UNDERFLOW } from "../../linalg/rounding.ts";
import { over } from "../../linalg/vector.ts";
import type { Branch } from "../../problem/factors.ts";
import type { Norm } from "../../problem/regularizer/norm.ts";
import type { Closer } from "./closing.ts";
import { confined } from "./confined.ts";
import type { SignTable } from "./diagonal-pair.ts";
import { bestPair, pairBound } from "./diagonal-pair.ts";
import type { ProofArrays } from "./polar.ts";
import type { Box, SignProblem, Size } from "./sign-tree.ts";
import { searchSigns } from "./sign-tree.ts";

/** Rows whose signs are tried, where each takes little and where it takes a dual norm. */
const MOST_ROWS = { quick: 48, slow: 24 } as const;
/** Up to so many the signs come first: they are through before the relaxation is. */
const FEW_ROWS = 24;
/** Nodes for a cell, and for sums of so many numbers. */
const NODES = { quick: 8, slow: 1 / 8 } as const;
const COLUMNS = 40;
/** Of the bracket's width that is left to rounding. */
const SHARE = 0.99;
/** Values below this part of the largest entry are not worth telling apart. */
const LEAST = 1e-9;

/** A table with an ℓ∞ factor on its rows. */
interface BoxTable {
  /** Row-major, entries up to 1. */
  readonly entries: Float64Array;
  readonly rows: number;
  readonly columns: number;
  readonly unit: number;
  readonly box: Box;
  readonly other: Norm;
  /** By which uᵀWv may be off, for all u, v. */
  readonly slack: number;
  /** Whether u is the second factor. */
  readonly isTurned: boolean;
}

/** Best first; none where no factor has the ℓ∞ norm. */
export function maxNormClosers(w: Observed, a: Norm, b: Norm): readonly Closer[] {
  const table = boxTable(w, a, b);
  if (table === undefined) return [];
  const signs = signsCloser(table);
  const pair = pairCloser(table);
  if (signs === undefined) return [pair];
  return table.rows <= FEW_ROWS ? [signs, pair] : [pair, signs];
}

/** The shorter side of two ℓ∞ factors, since all of its signs are tried. */
function boxTable(w: Observed, a: Norm, b: Norm): BoxTable | undefined {
  if ((a.kind !== "linf" && b.kind !== "linf") || !isAffordable(w.rows * w.columns, w)) return undefined;
  const { table, slack } = confined(w, a, b);
  const unit = powerOfTwoAbove(table.value);
  if (unit === 0 || !Number.isFinite(unit)) return undefined;
  const isTurned = a.kind !== "linf" || (b.kind === "linf" && w.columns < w.rows);
  const entries = over(denseOf(table), unit);
  const floors = a.euclideanFloor * b.euclideanFloor;
  return {
    entries: isTurned ? transposed(entries, w.rows, w.columns) : entries,
    rows: isTurned ? w.columns : w.rows,
    columns: isTurned ? w.rows : w.columns,
    unit,
    box: boxOf(isTurned ? b : a),
    other: isTurned ? a : b,
    slack: roundedUp((slack + entries.length * UNDERFLOW * unit) / floors, 6),
    isTurned,
  };
}

function boxOf(norm: Norm): Box {
  return isNonnegative(norm) ? "zero-one" : "signs";
}

function isNonnegative({ nonnegative, support }: Norm): boolean {
  return nonnegative || support?.nonnegative === true;
}

/** ‖Wᵀu‖ in the dual of the other norm. */
function sizeOf(other: Norm): Size {
  if (other.support === undefined && (other.kind === "linf" || other.kind === "l2")) {
    if (other.kind === "linf") return other.nonnegative ? "positive" : "absolute";
    return other.nonnegative ? "euclidean-positive" : "euclidean";
  }
  return (s) => other.dualUpper(s);
}

/** Arrays: `level`, one number, that signs are worth no more than; a check tries all of them again. */
function signsCloser({ entries, rows, columns, unit, box, other, slack, isTurned }: BoxTable): Closer | undefined {
  const size = sizeOf(other);
  const pace = typeof size === "string" ? "quick" : "slow";
  if (rows > MOST_ROWS[pace] || (pace === "slow" && other.climber !== undefined)) return undefined;
  const problem: SignProblem = {
    entries,
    rows,
    columns,
    box,
    size,
    isEven: pace === "quick" ? !isNonnegative(other) : !other.constrained,
    floor: pace === "quick" ? 1 : other.euclideanFloor,
  };
  const words = {
    method: box === "signs" ? "all signs" : "all zeros and ones",
    witness: "signs",
    why: `factor ${isTurned ? 2 : 1} has the ℓ∞ norm and ${rows} entries, few enough for ${box === "signs" ? "all signs" : "all zeros and ones"}`,
  };
  const polarOf = (upper: number) => roundedUp(roundedUp(upper * unit, 1) + slack, 2);
  const nodesPerCell = NODES[pace] * Math.min(1, COLUMNS / columns);
  const nodesFor = (cells: number) => Math.ceil(cells * nodesPerCell);
  function branchOf(u: Float64Array): Branch {
    const v = other.dualDirection(sumOf(entries, columns, u));
    return isTurned ? [v, u] : [u, v];
  }
  return {
    witness: "signs",
    close({ lower, tolerance, cells, stopped }) {
      const threshold = Math.max(lower / unit, LEAST) * (1 + SHARE * tolerance);
      const options = { threshold, tolerance: SHARE * tolerance, nodes: nodesFor(cells), stopped };
      const found = searchSigns(problem, options);
      const { better: u } = found;
      return {
        ...words,
        upper: polarOf(found.upper),
        arrays: { level: { shape: [1], data: Float64Array.of(Number.isFinite(found.upper) ? found.upper : 0) } },
        work: Math.ceil(found.nodes / nodesPerCell),
        better: u && branchOf(u),
      };
    },
    check({ level }, { cells, stopped }) {
      const claimed = level?.data[0] ?? 0;
      // What is claimed bounds what has to be looked for; where more is found, that is the bound.
      const threshold = claimed > 0 && claimed < 1e300 ? claimed : 0;
      const found = searchSigns(problem, { threshold, tolerance: 0, nodes: 2 * nodesFor(cells), stopped });
      return { ...words, upper: polarOf(found.upper) };
    },
  };
}

/** Arrays: `p` and `q`, numbers above 0 for rows and columns of the table with the ℓ∞ factor on its rows. */
function pairCloser({ entries, rows, columns, unit, box, other, slack }: BoxTable): Closer {
  const isRound = other.kind !== "linf" || other.support !== undefined;
  const lifted = liftedTable({ entries, rows, columns, isRound }, box, isRound ? "signs" : boxOf(other));
  const across = isRound && other.kind !== "l2" ? other.euclideanFloor : 1;
  const words = {
    method: "semidefinite relaxation, by a diagonal pair",
    witness: "diagonal-pair",
    why: isRound ? "one factor has the ℓ∞ norm" : "both factors have the ℓ∞ norm",
  };
  function polarOf(bound: number): number {
    const own = lifted.share * (Math.max(0, bound - lifted.extra) + lifted.error + bound * 2 * gamma(4));
    return roundedUp(roundedUp(Math.min(own, lifted.most) * unit, 6) / across + slack, 4);
  }
  function claimed({ p, q }: ProofArrays): number {
    if (p === undefined || q === undefined) return Number.POSITIVE_INFINITY;
    return pairBound(lifted.table, { p: p.data, q: q.data });
  }
  return {
    witness: "diagonal-pair",
    close({ lower, tolerance, hint, stopped }) {
      const old = hint === undefined ? Number.POSITIVE_INFINITY : claimed(hint);
      if (hint !== undefined && polarOf(old) <= lower * (1 + tolerance)) {
        return { ...words, upper: polarOf(old), arrays: hint, work: 0 };
      }
      const pair = bestPair(lifted.table, stopped);
      const bound = pairBound(lifted.table, pair);
      if (hint !== undefined && old < bound) return { ...words, upper: polarOf(old), arrays: hint, work: 0 };
      const arrays = {
        p: { shape: [pair.p.length], data: pair.p },
        q: { shape: [pair.q.length], data: pair.q },
      };
      return { ...words, upper: polarOf(bound), arrays, work: 0 };
    },
    check: (arrays) => ({ ...words, upper: polarOf(claimed(arrays)) }),
  };
}

interface Lifted {
  readonly table: SignTable;
  /** uᵀWv ≤ share (xᵀ(table)y − extra) + share · error. */
  readonly share: number;
  readonly extra: number;
  /** Not below uᵀWv either. */
  readonly most: number;
  readonly error: number;
}

/** Zeros and ones as signs: a row and a column more. */
function liftedTable(table: SignTable, box: Box, otherBox: Box): Lifted {
  const { entries, rows, columns } = table;
  const total = entries.reduce((sum, x) => sum + Math.abs(x), 0);
  let own: SignTable = table;
  if (box === "zero-one") {
    const out = new Float64Array((rows + 1) * columns);
    out.set(entries, columns);
    for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) out[j] += entries[i * columns + j];
    own = { ...own, entries: out, rows: rows + 1 };
  }
  if (otherBox === "zero-one") {
    const width = columns + 1;
    const out = new Float64Array(own.rows * width);
    for (let i = 0; i < own.rows; i++) {
      const row = own.entries.subarray(i * columns, (i + 1) * columns);
      out[i * width] = row.reduce((sum, x) => sum + x, 0);
      out.set(row, i * width + 1);
    }
    own = { ...own, entries: out, columns: width };
  }
  const isBoth = box === "zero-one" && otherBox === "zero-one";
  const extra = isBoth ? 3 * total : 0;
  if (isBoth) own.entries[0] += extra;
  const isPlain = box === "signs" && otherBox === "signs";
  return {
    table: own,
    share: (box === "zero-one" ? 0.5 : 1) * (otherBox === "zero-one" ? 0.5 : 1),
    extra,
    most: isBoth
      ? roundedUp(
          entries.reduce((sum, x) => sum + Math.max(0, x), 0),
          entries.length,
        )
      : Number.POSITIVE_INFINITY,
    // Sums of parts of the table, one into another: each off by γ of Σ|w_ij|, over all rows and columns.
    error: isPlain ? 0 : roundedUp(8 * gamma(rows * columns + 8) * total, 8),
  };
}

/** Wᵀu. */
function sumOf(entries: Float64Array, columns: number, u: Float64Array): Float64Array {
  const out = new Float64Array(columns);
  for (let k = 0; k < entries.length; k++) out[k % columns] += u[Math.floor(k / columns)] * entries[k];
  return out;
}
