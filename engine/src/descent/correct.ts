/**
 * The step for networks between descent and growth: kinks of ReLU stop smooth descent short of the optimum, so branches and
 * polar directions together get their best weights, and neurons that fire on the same samples are merged.
 */
import { evaluatePoint } from "../certify/evaluate.ts";
import { alongRay } from "../certify/evidence.ts";
import type { PolarBranch } from "../certify/polar/polar.ts";
import { isBelow } from "../linalg/rounding.ts";
import { euclideanLength } from "../linalg/vector.ts";
import type { Branch, Factors } from "../problem/factors.ts";
import { factorsOf } from "../problem/factors.ts";
import type { NetworkMapping } from "../problem/mapping/mapping.ts";
import type { Problem } from "../problem/problem.ts";
import { balanced } from "./reduce.ts";
import { independentBranches, nonZeroBranches } from "./refactor.ts";
import { correctedWeights } from "./weights.ts";

/** Directions within this share of the best one are worth a weight. */
export const NEARLY_BEST = 0.9;

/** A decrease smaller than this, relatively, is rounding. */
const WORTHWHILE = 1e-14;

/** A better point of at most `width` branches, undefined when this step finds none. */
export function corrected(
  problem: Problem,
  factors: Factors,
  directions: readonly PolarBranch[],
  width: number,
): Factors | undefined {
  const { mapping, sizes } = problem;
  if (mapping.kind !== "network" || !mapping.separable) return undefined;
  const before = evaluatePoint(problem, factors);
  const kept = nonZeroBranches(problem, factors);
  const candidates: { readonly branches: readonly Branch[]; readonly start: readonly number[] }[] = [
    {
      branches: [...kept, ...directions.map((direction) => direction.factors)],
      start: [...kept.map(() => 1), ...directions.map(() => 0)],
    },
    { branches: kept, start: kept.map(() => 1) },
  ];
  for (const { branches, start } of candidates) {
    const tau = correctedWeights(problem, branches, start);
    const weighted = branches.flatMap((branch, i) => (tau[i] > 0 ? [alongRay(problem, branch, tau[i])] : []));
    let merged = mapping.neuron ? mergedNeurons(mapping, weighted) : weighted;
    // More outputs than numbers that the loss sees depend on one another.
    if (merged.length > width) merged = independentBranches(problem, merged);
    if (merged.length > width) continue;
    const next = balanced(problem, factorsOf(merged, sizes, Math.max(factors.branches, merged.length)));
    const after = evaluatePoint(problem, next);
    if (after.finite && isBelow(after.objective, before.objective, WORTHWHILE)) return next;
  }
  return undefined;
}

/**
 * On samples where every neuron of a group is active or at its kink, and on those where all are not, Σ relu(V u_i) v_i is
 * relu(V Σ u_i c_i) v for outputs v_i = c_i v with c_i > 0, and ‖Σ c_i u_i‖ ≤ Σ c_i ‖u_i‖: one neuron serves them all, for less.
 */
function mergedNeurons({ input, entries }: NetworkMapping, branches: readonly Branch[]): Branch[] {
  const features = input.length / entries.rows;
  const groups: { u: Float64Array; v: Float64Array; signs: Int8Array }[] = [];
  for (const [u, v] of branches) {
    const size = euclideanLength(v);
    const scaled = u.map((x) => x * size);
    const direction = v.map((x) => x / size);
    const signs = signsOf(input, scaled, features);
    const home = groups.find(
      (group) => group.v.every((x, j) => Math.abs(x - direction[j]) <= 1e-15) && agree(group.signs, signs),
    );
    if (home === undefined) {
      groups.push({ u: scaled, v: direction, signs });
      continue;
    }
    for (let i = 0; i < scaled.length; i++) home.u[i] += scaled[i];
    home.signs = signsOf(input, home.u, features);
  }
  return groups.map(({ u, v }) => [u, v]);
}

/** Of V u, with 0 for what is zero up to rounding. */
function signsOf(input: Float64Array, u: Float64Array, features: number): Int8Array {
  const samples = input.length / features;
  const length = euclideanLength(u);
  return Int8Array.from({ length: samples }, (_, n) => {
    let sum = 0;
    let size = 0;
    for (let i = 0; i < features; i++) {
      sum += input[n * features + i] * u[i];
      size += input[n * features + i] ** 2;
    }
    return Math.abs(sum) <= 1e-13 * Math.sqrt(size) * length ? 0 : Math.sign(sum);
  });
}

function agree(a: Int8Array, b: Int8Array): boolean {
  return a.every((sign, n) => sign * b[n] >= 0);
}
