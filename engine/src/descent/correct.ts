/**
 * The step for networks between descent and growth: kinks of ReLU stop smooth descent short of the optimum, so branches and
 * polar directions together get their best weights, and neurons that fire on the same samples are merged. At the optimum every
 * neuron is a local maximum of the polar, most of them on many kinks at once: each climbs to the one near it, and the weights
 * decide how far to go there.
 */
import { evaluatePoint, type PointEvaluation } from "../certify/evaluate.ts";
import { alongRay } from "../certify/evidence.ts";
import { climbsFrom } from "../certify/polar/neuron-search.ts";
import type { PolarBranch } from "../certify/polar/polar.ts";
import { multiplyInto } from "../linalg/kernels/multiply.ts";
import { withValues } from "../linalg/observed.ts";
import { isBelow } from "../linalg/rounding.ts";
import { euclideanLength, over, times } from "../linalg/vector.ts";
import type { Branch, Factors } from "../problem/factors.ts";
import { factorsOf } from "../problem/factors.ts";
import type { NetworkMapping } from "../problem/mapping/mapping.ts";
import type { Problem } from "../problem/problem.ts";
import { isPlain } from "../problem/regularizer/norm.ts";
import { bfgs } from "./methods/bfgs.ts";
import { balanced } from "./reduce.ts";
import { independentBranches, nonZeroBranches } from "./refactor.ts";
import { correctedWeights } from "./weights.ts";

/** Directions within this share of the best one are worth a weight. */
export const NEARLY_BEST = 0.9;

/** Of a neuron towards its local maximum: the next correction goes on from there. */
const CLIMBING_STEPS = 30;

/** Climbs and weights between two certificates, as long as one lowers the objective by more than this, relatively. */
const PASSES = 2;
const WORTH_ANOTHER_PASS = 1e-4;

/** Where weights and directions lower the objective by more than this, relatively, descent in the factors still gets on, too. */
const SLIDING_DECREASE = 2e-3;
const SLIDING_STEPS = 40;

/** A decrease smaller than this, relatively, is rounding. */
const WORTHWHILE = 1e-14;

/** A better point of at most `width` branches, undefined when this step finds none. */
export function corrected(
  problem: Problem,
  factors: Factors,
  directions: readonly PolarBranch[],
  width: number,
): Factors | undefined {
  const { mapping } = problem;
  if (mapping.kind !== "network" || !mapping.separable) return undefined;
  const before = evaluatePoint(problem, factors);
  let best: { readonly factors: Factors; readonly evaluation: PointEvaluation } | undefined;
  // Neurons that have moved are worth another look before the next certificate; new directions are not to be had without one.
  for (let pass = 0; pass < (mapping.neuron ? PASSES : 1); pass++) {
    const from = best ?? { factors, evaluation: before };
    const next = reweighted(problem, mapping, from, pass === 0 ? directions : [], width);
    if (next === undefined) break;
    best = next;
    if (!isBelow(next.evaluation.objective, from.evaluation.objective, WORTH_ANOTHER_PASS)) break;
  }
  if (best === undefined) return undefined;
  const { objective } = best.evaluation;
  const slides = mapping.neuron && isBelow(objective, before.objective, SLIDING_DECREASE);
  return slides ? slid(problem, best.factors, objective) : best.factors;
}

/** Branches, directions and climbed neurons with their best weights; undefined where that is not better. */
function reweighted(
  problem: Problem,
  mapping: NetworkMapping,
  { factors, evaluation }: { readonly factors: Factors; readonly evaluation: PointEvaluation },
  directions: readonly PolarBranch[],
  width: number,
): { readonly factors: Factors; readonly evaluation: PointEvaluation } | undefined {
  const kept = nonZeroBranches(problem, factors);
  const moved = climbed(problem, kept, evaluation.negativeGradient);
  const candidates: { readonly branches: readonly Branch[]; readonly start: readonly number[] }[] = [
    {
      branches: [...kept, ...directions.map((direction) => direction.factors), ...moved],
      start: [...kept.map(() => 1), ...directions.map(() => 0), ...moved.map(() => 0)],
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
    const next = balanced(problem, factorsOf(merged, problem.sizes, Math.max(factors.branches, merged.length)));
    const after = evaluatePoint(problem, next);
    if (after.finite && isBelow(after.objective, evaluation.objective, WORTHWHILE))
      return { factors: next, evaluation: after };
  }
  return undefined;
}

/** The neurons on their way to local maxima of the polar, exact at kinks; none where that is not what the polar's norms ask for. */
function climbed(problem: Problem, branches: readonly Branch[], w: Float64Array): Branch[] {
  const { mapping, regularizer } = problem;
  if (mapping.kind !== "network" || !mapping.neuron) return [];
  if (!regularizer.matched || !regularizer.norms.every((norm) => isPlain(norm, "l2"))) return [];
  const { entries, input } = mapping;
  const neuron = { mapping, regularizer, w, table: withValues(entries, w), input, unit: 1 };
  const starts = branches.map(([u, v]) => {
    const size = euclideanLength(v);
    return [u, over(v, size)];
  });
  return climbsFrom(neuron, starts, CLIMBING_STEPS);
}

/** A little further down, all factors together, while the neurons still move far. */
function slid(problem: Problem, from: Factors, objective: number): Factors {
  const method = bfgs(problem, from, { aborted: false });
  for (let count = 0; count < SLIDING_STEPS; count++) {
    const step = method.step();
    let next = step.next();
    while (!next.done) next = step.next();
    if (next.value.stuck) break;
  }
  const there = method.factors();
  const after = evaluatePoint(problem, there);
  return after.finite && after.objective < objective ? there : from;
}

/**
 * On samples where every neuron of a group is active or at its kink, and on those where all are not, Σ relu(V u_i) v_i is
 * relu(V Σ u_i c_i) v for outputs v_i = c_i v with c_i > 0, and ‖Σ c_i u_i‖ ≤ Σ c_i ‖u_i‖: one neuron serves them all, for less.
 */
function mergedNeurons({ input, entries }: NetworkMapping, branches: readonly Branch[]): Branch[] {
  const features = input.length / entries.rows;
  const sizes = Float64Array.from({ length: entries.rows }, (_, n) =>
    euclideanLength(input.subarray(n * features, (n + 1) * features)),
  );
  const scaledBy = branches.map(([u, v]) => {
    const size = euclideanLength(v);
    return times(u, size);
  });
  const reaches = reachesOf(input, scaledBy, entries.rows);
  const groups: { u: Float64Array; v: Float64Array; signs: Int8Array }[] = [];
  for (const [k, [, v]] of branches.entries()) {
    const size = euclideanLength(v);
    const scaled = scaledBy[k];
    const direction = over(v, size);
    const signs = signsOf(reaches.subarray(k * entries.rows, (k + 1) * entries.rows), scaled, sizes);
    const home = groups.find(
      (group) => group.v.every((x, j) => Math.abs(x - direction[j]) <= 1e-15) && agree(group.signs, signs),
    );
    if (home === undefined) {
      groups.push({ u: scaled, v: direction, signs });
      continue;
    }
    for (let i = 0; i < scaled.length; i++) home.u[i] += scaled[i];
    home.signs = signsOf(reachesOf(input, [home.u], entries.rows), home.u, sizes);
  }
  return groups.map(({ u, v }) => [u, v]);
}

/** Row k: V u_k. */
function reachesOf(input: Float64Array, directions: readonly Float64Array[], samples: number): Float64Array {
  const features = input.length / samples;
  const all = new Float64Array(directions.length * features);
  directions.forEach((u, k) => {
    all.set(u, k * features);
  });
  const out = new Float64Array(directions.length * samples);
  multiplyInto(out, all, input, { m: directions.length, n: samples, k: features, transposeB: true });
  return out;
}

/** Of V u, `reach`, with 0 for what is zero up to rounding. `sizes`: ‖v_n‖. */
function signsOf(reach: Float64Array, u: Float64Array, sizes: Float64Array): Int8Array {
  const samples = sizes.length;
  const least = 1e-13 * euclideanLength(u);
  const signs = new Int8Array(samples);
  for (let n = 0; n < samples; n++) signs[n] = reach[n] > least * sizes[n] ? 1 : reach[n] < -least * sizes[n] ? -1 : 0;
  return signs;
}

function agree(a: Int8Array, b: Int8Array): boolean {
  for (let n = 0; n < a.length; n++) if (a[n] * b[n] < 0) return false;
  return true;
}
