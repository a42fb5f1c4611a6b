/**
 * Block prox-gradient for every mapping (proximal alternating linearized minimization, bolte2014): for every factor of every
 * branch in turn, with the gradient p of ⟨w, A(Φ)⟩ in that slice,
 *   z ← prox_{ω ‖·‖^e / L}(z + p / L),
 * where λ g as a function of this slice alone is ω‖z‖^e, or touches it there (`sliceForm`), and L is raised until the step lowers
 * the objective by what its model promises, and lowered again from step to step. Every step lowers the objective. Where g is not
 * a sum or product of single norms, branches are also rescaled to their least g. Cost of a sweep: r·K predictions and
 * correlations of one branch, more where L has to grow.
 */
import type { CancelSignal } from "../../events.ts";
import { dot, euclideanLength, over } from "../../linalg/vector.ts";
import type { Branch, Factors } from "../../problem/factors.ts";
import { branchesOf, factorsOf } from "../../problem/factors.ts";
import { isZero } from "../../problem/mapping/mapping.ts";
import type { Problem } from "../../problem/problem.ts";
import { proxPowerInto } from "../../problem/regularizer/prox-power.ts";
import { slopeAt } from "../../problem/regularizer/regularizer.ts";
import { balanced } from "../reduce.ts";
import { anderson } from "./anderson.ts";
import type { LocalMethod, StepReport } from "./method.ts";

export function proxBlocks(problem: Problem, start: Factors, signal: CancelSignal): LocalMethod {
  const { target, mapping, loss, lambda, regularizer, sizes } = problem;
  const branches: Branch[] = branchesOf(start);
  const x = new Float64Array(target.value.length);
  const w = new Float64Array(target.value.length);
  const steepness = branches.map((branch) => branch.map((_, k) => firstSteepness(branch, k)));
  let fit = refresh();
  let objective = fit + lambda * charge();
  let quiet = 0;

  /** Predictions from the factors themselves: sums of many small moves drift. */
  function refresh(): number {
    mapping.predictInto(x, factorsOf(branches, sizes, start.branches));
    loss.negativeGradientInto(w, x, target);
    return loss.value(x, target);
  }

  function charge(): number {
    return branches.reduce((all, branch) => all + regularizer.measure(branch), 0);
  }

  function predictionOf(branch: Branch): Float64Array {
    const out = new Float64Array(x.length);
    mapping.predictInto(out, factorsOf([branch], sizes, 1));
    return out;
  }

  /** About ‖∂φ/∂X^k‖²: ‖φ‖²/‖X^k‖² for a φ linear in the factor. */
  function firstSteepness(branch: Branch, k: number): number {
    const guess = (euclideanLength(predictionOf(branch)) / euclideanLength(branch[k])) ** 2;
    return guess > 1e-300 && guess < 1e300 ? guess : 1;
  }

  /** One step on one slice; returns the squared distance from stationarity before it. */
  function updateSlice(index: number, k: number): number {
    const branch = branches[index];
    const before = branch[k];
    const old = predictionOf(branch);
    const gradient = sizes.map((size) => new Float64Array(size));
    mapping.correlateInto(gradient, w, { branches: 1, values: branch });
    const p = gradient[k];
    const form = regularizer.sliceForm(branch, k);
    const { norm, power, exact } = form;
    const weight = lambda * form.weight;
    const size = norm.value(before);
    const slope = lambda * slopeAt(form, before);
    const charged = exact ? 0 : lambda * regularizer.measure(branch);
    const distance = size > 0 && slope > 0 ? norm.subgradientDistance(over(p, slope), before) : 0;
    for (let attempt = 0; attempt < 60; attempt++) {
      const l = steepness[index][k];
      const next = before.map((z, i) => z + p[i] / l);
      proxPowerInto(norm, next, weight / l, power);
      const change = next.map((z, i) => z - before[i]);
      if (change.every((z) => z === 0)) break;
      const candidate = branch.map((slice, j) => (j === k ? next : slice));
      const moved = predictionOf(candidate);
      const trial = x.map((value, i) => value + moved[i] - old[i]);
      const value = loss.value(trial, target);
      const model = fit - dot(p, change) + (l / 2) * dot(change, change);
      // What g rises by beyond its form in this slice.
      const excess = exact ? 0 : lambda * regularizer.measure(candidate) - charged - weight * (norm.value(next) - size);
      if (value + excess <= model + 1e-14 * (Math.abs(fit) + charged)) {
        branches[index] = candidate;
        x.set(trial);
        loss.negativeGradientInto(w, x, target);
        fit = value;
        steepness[index][k] = l / 2;
        break;
      }
      steepness[index][k] = 2 * l;
    }
    return distance * distance;
  }

  /** To the least g by rescaling the factors against one another, where that has no closed form. φ is linear in each, so L follows. */
  function rebalance(index: number): void {
    if (!regularizer.matched || regularizer.compound === undefined) return;
    const before = branches[index];
    const after = regularizer.compound.balanced(before);
    branches[index] = after;
    steepness[index] = steepness[index].map((l, k) => {
      const scale = euclideanLength(after[k]) / euclideanLength(before[k]);
      return scale > 0 && scale < Number.POSITIVE_INFINITY ? l / scale ** 2 : l;
    });
  }

  const acceleration = anderson();
  const width = sizes.reduce((all, size) => all + size, 0);

  function flat(): Float64Array {
    const out = new Float64Array(width * branches.length);
    let at = 0;
    for (const branch of branches) {
      for (const slice of branch) {
        out.set(slice, at);
        at += slice.length;
      }
    }
    return out;
  }

  /** The branches of an array as `flat` makes it, within the cones. */
  function unflat(all: Float64Array): Branch[] {
    let at = 0;
    return branches.map((branch) =>
      branch.map((slice, k) => {
        const out = all.slice(at, at + slice.length);
        at += slice.length;
        if (regularizer.norms[k].constrained) regularizer.norms[k].proxInto(out, 0);
        return out;
      }),
    );
  }

  /** The accelerated point instead of the one that the sweep reached, when it is lower. */
  function accelerate(before: Float64Array, reached: number): number {
    const proposal = acceleration.propose(before, flat());
    if (proposal === undefined) return reached;
    const kept = [...branches];
    branches.splice(0, branches.length, ...unflat(proposal));
    fit = refresh();
    const next = fit + lambda * charge();
    if (next < reached) return next;
    acceleration.reject();
    branches.splice(0, branches.length, ...kept);
    fit = refresh();
    return reached;
  }

  function* sweep(): Generator<void, StepReport> {
    const before = flat();
    let weighted = 0;
    let total = 0;
    for (let index = 0; index < branches.length; index++) {
      const g = regularizer.measure(branches[index]);
      if (g === 0 && mapping.separable) continue;
      let distance = 0;
      for (let k = 0; k < sizes.length; k++) {
        if (signal.aborted) return report(weighted, total);
        distance += updateSlice(index, k);
        yield;
      }
      if (mapping.separable && isZero(mapping, branches[index])) {
        branches[index] = branches[index].map((slice) => new Float64Array(slice.length));
      }
      rebalance(index);
      weighted += g * distance;
      total += g;
    }
    fit = refresh();
    const next = accelerate(before, fit + lambda * charge());
    quiet = objective - next <= 1e-15 * Math.abs(objective) ? quiet + 1 : 0;
    objective = next;
    return report(weighted, total);
  }

  function report(weighted: number, total: number): StepReport {
    return {
      objective,
      stationarity: total > 0 ? Math.sqrt(weighted / total) : 0,
      stuck: quiet >= 3,
      work: 12 * target.value.length * branches.length * sizes.length,
    };
  }

  return { step: sweep, factors: () => balanced(problem, factorsOf(branches, sizes, start.branches)) };
}
