/**
 * Block prox-gradient for every mapping (proximal alternating linearized minimization, bolte2014): for every factor of every
 * branch in turn, with the gradient p of ⟨w, A(Φ)⟩ in that slice,
 *   z ← prox_{ω ‖·‖^e / L}(z + p / L),
 * where λ g as a function of this slice alone is ω‖z‖^e, and L is raised until the step lowers the majorizer and lowered
 * again from step to step. Every step lowers the objective. Cost of a sweep: r·K predictions and correlations of one branch,
 * more where L has to grow.
 */
import type { CancelSignal } from "../../events.ts";
import { dot } from "../../linalg/vector.ts";
import type { Branch, Factors } from "../../problem/factors.ts";
import { branchesOf, factorsOf } from "../../problem/factors.ts";
import { isZero } from "../../problem/mapping/mapping.ts";
import type { Problem } from "../../problem/problem.ts";
import { proxPowerInto } from "../../problem/regularizer/prox-power.ts";
import { balanced } from "../reduce.ts";
import { anderson } from "./anderson.ts";
import type { LocalMethod, StepReport } from "./method.ts";

export function proxBlocks(problem: Problem, start: Factors, signal: CancelSignal): LocalMethod {
  const { target, mapping, loss, lambda, regularizer, sizes } = problem;
  const branches: Branch[] = branchesOf(start);
  const steepness = branches.map(() => sizes.map(() => 1));
  const x = new Float64Array(target.value.length);
  const w = new Float64Array(target.value.length);
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
    return branches.reduce((all, branch) => all + regularizer.value(normsOf(branch)), 0);
  }

  function normsOf(branch: Branch): number[] {
    return branch.map((slice, k) => regularizer.norms[k].value(slice));
  }

  function predictionOf(branch: Branch): Float64Array {
    const out = new Float64Array(x.length);
    mapping.predictInto(out, factorsOf([branch], sizes, 1));
    return out;
  }

  /** ω and e with λ g = ω ‖z‖^e + constant in the slice of factor k. */
  function weightOf(branch: Branch, k: number): { weight: number; power: number } {
    if (!mapping.factors[k].regularized) return { weight: 0, power: 1 };
    const norms = normsOf(branch);
    const at = (n: number) => regularizer.value(norms.map((size, j) => (j === k ? n : size)));
    const free = at(0);
    const weight = lambda * (at(1) - free);
    const power = Math.round(Math.log2(Math.max(1, (lambda * (at(2) - free)) / weight)) * 1e6) / 1e6;
    return { weight, power: weight > 0 ? Math.max(1, power) : 1 };
  }

  /** One step on one slice; returns the squared distance from stationarity before it. */
  function updateSlice(index: number, k: number): number {
    const branch = branches[index];
    const before = branch[k];
    const old = predictionOf(branch);
    const gradient = sizes.map((size) => new Float64Array(size));
    mapping.correlateInto(gradient, w, { branches: 1, values: branch });
    const p = gradient[k];
    const { weight, power } = weightOf(branch, k);
    const norm = regularizer.norms[k];
    const size = norm.value(before);
    const slope = power === 1 ? weight : weight * power * size ** (power - 1);
    const distance =
      size > 0 && slope > 0
        ? norm.subgradientDistance(
            p.map((z) => z / slope),
            before,
          )
        : 0;
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
      if (value <= model + 1e-14 * Math.abs(fit)) {
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
      const g = regularizer.value(normsOf(branches[index]));
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
