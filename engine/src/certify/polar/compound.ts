/**
 * Any composition g of norms (`problem/regularizer/compound.ts`), from the polars P_t of products g_t with Σ g_t ≤ g.
 *   UPPER  for W = Σ W_t: ⟨W, φ⟩ = Σ ⟨W_t, φ⟩ ≤ Σ P_t(W_t) g_t ≤ max_t P_t(W_t) g. Every split will do. With W_t ∝ W / P_t(W) all are
 *          the same, 1 / Σ 1/P_t(W) (d); parts without a bound get nothing of W. Tables have better ones (`split.ts`);
 *   LOWER  from the branches of the parts and random ones: each slice in turn to the dual direction of the tangent of g in it, the
 *          step halved until ⟨w, A(φ)⟩ / g rises, with the factors rescaled to their least g.
 */

import { denseOf, wholeTable } from "../../linalg/observed.ts";
import { normalStream } from "../../linalg/random.ts";
import { powerOfTwoAbove, roundedUp, UNDERFLOW } from "../../linalg/rounding.ts";
import { areFinite, dot, opposite, over, scaleInto } from "../../linalg/vector.ts";
import type { Branch } from "../../problem/factors.ts";
import { scaledBranch } from "../../problem/factors.ts";
import type { Mapping } from "../../problem/mapping/mapping.ts";
import { sizesOf } from "../../problem/mapping/mapping.ts";
import { matrixMapping } from "../../problem/mapping/matrix.ts";
import { entryObservation } from "../../problem/mapping/observations.ts";
import { symmetricMapping } from "../../problem/mapping/symmetric.ts";
import type { Regularizer } from "../../problem/regularizer/regularizer.ts";
import { divided } from "./bounded.ts";
import { bracket, unknownResult, wantedBranches, zeroResult } from "./bracket.ts";
import type { Polar, PolarBranch, PolarOptions, PolarProof, ProofArrays } from "./polar.ts";
import { distinct } from "./search.ts";
import { restOf, splitTable } from "./split.ts";

const METHOD = "terms of the regularizer";
const SPLIT_METHOD = "best split over the terms of the regularizer";
const WHY = "the terms of the regularizer have polars of their own";

/** How a table is split, for rows · columns · min(rows, columns) up to `most`. */
const ROUGH = { newton: 2, steps: 60, most: 2e5 };
const THOROUGH = { newton: 4, steps: 300, most: 4e6 };

/** Branches of each part that are followed up, and random ones beside them. */
const STARTS = 6;
const RANDOM_STARTS = 6;
/** How many climb on, and to the end. */
const FINALISTS = 6;
const FIRST = { sweeps: 10, gain: 1e-3 };
const LAST = { sweeps: 200, gain: 1e-11 };
const MAX_HALVINGS = 10;

interface Effort {
  readonly sweeps: number;
  /** A sweep that gains less than this (relative) is the last one. */
  readonly gain: number;
}

/** `parts` of g, and how their polars are found. */
export function compoundPolar(
  mapping: Mapping,
  regularizer: Regularizer,
  terms: readonly Regularizer[],
  polarOf: (mapping: Mapping, part: Regularizer) => Polar,
): Polar {
  const polars = terms.map((term) => polarOf(mapping, term));
  const table = tableOf(mapping, terms, polarOf);
  return (w, { proof, hint: _hint, guess: _guess, ...options }) => {
    if (!areFinite(w)) return unknownResult();
    if (w.every((x) => x === 0)) return zeroResult(METHOD);
    const parts = polars.map((polar) => polar(w, options));
    const starts = parts.flatMap(({ branches }) => branches.slice(0, STARTS).map(({ factors }) => factors));
    const branches =
      proof?.branch === undefined
        ? climbedBranches(mapping, regularizer, w, starts, options)
        : [unitBranch(mapping, regularizer, w, proof.branch)].flatMap((found) => found ?? []);
    const lower = branches[0]?.value ?? 0;
    const plain = splitBound(parts.map((part) => part.upper));
    const known = plain < Number.POSITIVE_INFINITY;
    const first = {
      upper: plain,
      method: known ? METHOD : "search, no bound known",
      witness: known ? "terms" : "none",
      why: known ? WHY : undefined,
    };
    if (table === undefined || options.effort === "estimate" || !(plain > lower)) {
      return bracket(lower, [first], branches);
    }
    const { upper, arrays } = table(w, lower, options, proof);
    const found = bracket(lower, [first, { upper, method: SPLIT_METHOD, witness: "split", why: WHY }], branches);
    return found.witness.kind === "split" ? { ...found, witness: { ...found.witness, arrays } } : found;
  };
}

type TableBound = (
  w: Float64Array,
  /** Of the polar, from below. */
  from: number,
  options: PolarOptions,
  proof: PolarProof | undefined,
) => { readonly upper: number; readonly arrays: ProofArrays };

/** The bound from splitting a table: of u vᵀ and u uᵀ seen entry by entry. */
function tableOf(
  mapping: Mapping,
  terms: readonly Regularizer[],
  polarOf: (mapping: Mapping, part: Regularizer) => Polar,
): TableBound | undefined {
  if (terms.length < 2 || (mapping.kind !== "matrix" && mapping.kind !== "symmetric")) return undefined;
  const { observation } = mapping;
  if (observation.kind !== "entries") return undefined;
  const { rows, columns } = observation;
  const work = rows * columns * Math.min(rows, columns);
  if (work > THOROUGH.most) return undefined;
  const shape = [rows, columns];
  const full = wholeTable(new Float64Array(rows * columns), rows, columns);
  const whole = entryObservation(full);
  const whereAll = mapping.kind === "matrix" ? matrixMapping(whole) : symmetricMapping(whole);
  const polars = terms.map((term) => polarOf(whereAll, term));
  const parts = terms.map(({ scale, norms }) => ({ scale, norms: [norms[0], norms[1] ?? norms[0]] as const }));
  const least = terms.map(({ scale }, t) => divided(1 / scale, parts[t].norms));
  return (w, from, options, proof) => {
    const effort = options.effort === "close" ? THOROUGH : ROUGH;
    if (work > effort.most) return { upper: Number.POSITIVE_INFINITY, arrays: {} };
    const dense = denseOf(observation.adjoint(w));
    const unit = powerOfTwoAbove(dense);
    const scaled = over(dense, unit);
    const others =
      proof?.witness.kind === "split"
        ? claimedTerms(proof.witness.arrays ?? {}, dense.length, terms.length)
        : splitTable(scaled, observation, parts, { ...effort, from: from / unit });
    if (others?.length !== terms.length - 1) return { upper: Number.POSITIVE_INFINITY, arrays: {} };
    const { rest, lost } = restOf(scaled, others);
    const single = { ...options, above: Number.POSITIVE_INFINITY };
    const uppers = [rest, ...others].map((piece, t) => polars[t](piece, single).upper);
    // Entries that underflow when W is scaled are lost as well.
    const beside = roundedUp((lost + Math.sqrt(dense.length) * UNDERFLOW) * Math.min(...least), 3);
    const upper = roundedUp((Math.max(...uppers) + beside) * unit, 2);
    const arrays = Object.fromEntries(others.map((data, t) => [termName(t + 1), { shape, data }]));
    return { upper: Number.isNaN(upper) ? Number.POSITIVE_INFINITY : upper, arrays };
  };
}

/** Of the term at index t; the first one has none, it is what the others leave. */
function termName(t: number): string {
  return `term${t + 1}`;
}

/** By their names: the factors of the branch are saved beside them, and may be as long. */
function claimedTerms(arrays: ProofArrays, length: number, terms: number): Float64Array[] | undefined {
  const found = Array.from({ length: terms - 1 }, (_, k) => arrays[termName(k + 1)]?.data);
  const pieces = found.filter((data) => data?.length === length && data.every(Number.isFinite));
  return pieces.length === terms - 1 ? pieces.filter((data) => data !== undefined) : undefined;
}

/** 1 / Σ 1/P_t, rounded up. */
export function splitBound(uppers: readonly number[]): number {
  if (uppers.some((upper) => upper === 0)) return 0;
  const sum = uppers.reduce((all, upper) => all + 1 / upper, 0);
  return sum > 0 ? roundedUp(1 / sum, 2 * uppers.length + 2) : Number.POSITIVE_INFINITY;
}

/** Scaled to g = 1 at its least g, with its value; undefined where that is not above 0, or the branch does not fit. */
function unitBranch(
  mapping: Mapping,
  regularizer: Regularizer,
  w: Float64Array,
  branch: Branch,
): PolarBranch | undefined {
  const { factors, degree } = mapping;
  const fits = factors.every(({ size }, k) => branch[k]?.length === size && branch[k].every(Number.isFinite));
  if (!fits || branch.length !== factors.length || degree === null) return undefined;
  const balanced = regularizer.compound?.balanced(branch) ?? branch;
  const g = regularizer.measure(balanced);
  if (!(g > 0 && g < Number.POSITIVE_INFINITY)) return undefined;
  const unit = scaledBranch(balanced, g ** (-1 / degree));
  const x = new Float64Array(w.length);
  mapping.predictInto(x, { branches: 1, values: unit });
  // Scaling rounds: what counts is the quotient.
  const value = dot(w, x) / regularizer.measure(unit);
  return value > 0 && value < Number.POSITIVE_INFINITY ? { value, factors: unit } : undefined;
}

/** Distinct branches with g = 1, best first. */
function climbedBranches(
  mapping: Mapping,
  regularizer: Regularizer,
  given: Float64Array,
  starts: readonly Branch[],
  { above, stopped }: PolarOptions,
): PolarBranch[] {
  const scale = powerOfTwoAbove(given);
  const w = over(given, scale);
  const gradient = sizesOf(mapping).map((length) => new Float64Array(length));
  const normal = normalStream(0x51ed270b);
  const random = Array.from({ length: RANDOM_STARTS }, () =>
    mapping.factors.map(({ size }, k) => {
      const slice = Float64Array.from({ length: size }, normal);
      if (regularizer.norms[k].constrained) regularizer.norms[k].proxInto(slice, 0);
      return slice;
    }),
  );

  /** The best branch met on the way of slice k to the dual direction of the tangent; the old one where none is better. */
  function stepped(from: PolarBranch, k: number): PolarBranch {
    mapping.correlateInto(gradient, w, { branches: 1, values: from.factors });
    const { norm } = regularizer.sliceForm(from.factors, k);
    const slice = from.factors[k];
    const towards = norm.climber?.()(gradient[k], slice) ?? norm.dualDirection(gradient[k]);
    const size = norm.value(towards);
    if (!(size > 0)) return from;
    const aim = Float64Array.from(towards);
    scaleInto(aim, norm.value(slice) / size);
    for (let halving = 0, step = 1; halving <= MAX_HALVINGS; halving++, step /= 2) {
      const next = slice.map((x, i) => x + step * (aim[i] - x));
      const found = unitBranch(mapping, regularizer, w, from.factors.with(k, next));
      if (found !== undefined && found.value > from.value) return found;
    }
    return from;
  }

  function climbed(from: PolarBranch, { sweeps, gain }: Effort): PolarBranch {
    let best = from;
    for (let sweep = 0; sweep < sweeps; sweep++) {
      const before = best.value;
      for (const k of sizesOf(mapping).keys()) {
        if (stopped()) return best;
        best = stepped(best, k);
      }
      if (!(best.value > before * (1 + gain))) break;
    }
    return best;
  }

  const found: PolarBranch[] = [];
  for (const start of [...starts, ...random]) {
    const [first, ...others] = start;
    const unit =
      unitBranch(mapping, regularizer, w, start) ?? unitBranch(mapping, regularizer, w, [opposite(first), ...others]);
    if (unit !== undefined) found.push(climbed(unit, FIRST));
  }
  const finalists = distinct(mapping, found).slice(0, FINALISTS);
  const last = distinct(
    mapping,
    finalists.map((branch) => climbed(branch, LAST)),
  );
  return wantedBranches(
    last.map(({ value, factors }) => ({ value: value * scale, factors })),
    above,
  );
}
