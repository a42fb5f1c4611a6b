/**
 * Trust-region Newton-CG (steihaug1983) on the smooth power form of ℓ2·ℓ2 (theory.md §5):
 *   h(U, V) = ℓ(U Vᵀ) + (λ/2)(‖U‖² + ‖V‖²),  ∇_U h = λU − W V,  ∇_V h = λV − Wᵀ U,  W = −∇ℓ.
 * Hessian-vector product, with dX = dU Vᵀ + U dVᵀ at the observed entries and c the curvature of the loss there:
 *   H_U = λ dU + c dX V − W dV,   H_V = λ dV + c dXᵀ U − Wᵀ dU.
 * Preconditioned by the blocks of single rows (`preconditioner.ts`): what is left of the condition number is the coupling of U and V.
 * Cost per CG iteration 12·nnz·r + 4(m+n)r² flops.
 */
import type { CancelSignal } from "../../events.ts";
import { entryKernel } from "../../linalg/kernels/entry-kernel.ts";
import { addScaledInto, dot } from "../../linalg/vector.ts";
import type { Factors } from "../../problem/factors.ts";
import type { Problem } from "../../problem/problem.ts";
import { balanced } from "../reduce.ts";
import type { LocalMethod, StepReport } from "./method.ts";
import type { Preconditioner } from "./preconditioner.ts";
import { preconditioner } from "./preconditioner.ts";
import { curvatureInto, lossAndSlopesInto } from "./slopes.ts";

const MAX_CG_ITERATIONS = 60;

/** How much of the gradient CG may leave, before and after a point is this stationary: singular Hessians take many iterations. */
const FINE = 1e-6;
const LOOSE_FORCING = 0.1;
const FINE_FORCING = 1e-3;

/** Of a step: shorter than that it is no step. */
const MAX_HALVINGS = 30;

/** U and V of one point (or direction) in one array, so that CG sees a vector. */
interface Point {
  readonly all: Float64Array;
  readonly factors: { readonly u: Float64Array; readonly v: Float64Array };
}

export function newton(problem: Problem, start: Factors, signal: CancelSignal): LocalMethod {
  const { target, loss } = problem;
  // Forms c₁‖u‖² + c₂‖v‖² have the Ω of scale · ‖u‖‖v‖.
  const lambda = problem.lambda * problem.regularizer.scale;
  const { rows, columns } = target;
  const r = start.branches;
  const kernel = entryKernel(target);
  const curvature = new Float64Array(target.value.length);

  const point = (): Point => {
    const all = new Float64Array((rows + columns) * r);
    return { all, factors: { u: all.subarray(0, rows * r), v: all.subarray(rows * r) } };
  };
  const x = point();
  const trial = point();
  const gradient = point();
  const trialGradient = point();
  const [step, residual, preconditioned, direction, product] = [point(), point(), point(), point(), point()];
  const prediction = new Float64Array(loss.quadratic ? 0 : target.value.length);
  const w = new Float64Array(prediction.length);
  /** Whether the kernel's W is that of x. */
  let isCurrent = true;
  let blocks: Preconditioner | undefined;

  x.factors.u.set(start.values[0]);
  x.factors.v.set(start.values[1]);
  let objective = valueAndGradientInto(gradient, x);
  let radius = Number.POSITIVE_INFINITY;
  let failures = 0;

  /** h at `at`, and its gradient; W stays in the kernel. */
  function valueAndGradientInto(out: Point, at: Point): number {
    const { u, v } = at.factors;
    let value: number;
    if (loss.compiled !== undefined) value = kernel.gradientInto(out.factors.u, out.factors.v, u, v, r, loss.compiled);
    else {
      kernel.predictInto(prediction, u, v, r);
      value = lossAndSlopesInto(w, prediction, problem);
      kernel.setWeights(w);
      kernel.correlateInto(out.factors.u, out.factors.v, w, u, v, r);
    }
    isCurrent = at === x;
    for (let i = 0; i < out.all.length; i++) out.all[i] = lambda * at.all[i] - out.all[i];
    return value + (lambda / 2) * dot(at.all, at.all);
  }

  /** W, the curvature of the loss at every observed entry, and the preconditioner, all at x. */
  function* prepare(): Generator<void> {
    if (!isCurrent) valueAndGradientInto(gradient, x);
    if (loss.quadratic) {
      if (blocks === undefined) curvature.fill(loss.lipschitz);
      kernel.setCurvature(loss.lipschitz);
    } else {
      kernel.predictInto(prediction, x.factors.u, x.factors.v, r);
      curvatureInto(curvature, prediction, problem);
      kernel.setCurvature(curvature);
    }
    blocks = yield* preconditioner({ kernel, curvature, lambda, u: x.factors.u, v: x.factors.v, r });
  }

  function* hessianTimesInto(out: Point, d: Point): Generator<void> {
    const products = kernel.hessianTimesInto(out.factors.u, out.factors.v, x.factors, d.factors, r);
    for (let next = products.next(); !next.done; next = products.next()) {
      yield;
      if (signal.aborted) return;
    }
    addScaledInto(out.all, lambda, d.all);
  }

  function preconditionInto(out: Point, from: Point): void {
    out.all.set(from.all);
    blocks?.solveInto(out.factors.u, out.factors.v);
  }

  /** Steihaug's CG in the norm of the preconditioner; leaves the step in `step`, returns the model's decrease. */
  function* conjugateGradients(
    forcing: number,
  ): Generator<void, { decrease: number; iterations: number; edge: boolean }> {
    step.all.fill(0);
    residual.all.set(gradient.all);
    preconditionInto(preconditioned, residual);
    for (let i = 0; i < direction.all.length; i++) direction.all[i] = -preconditioned.all[i];
    let rho = dot(residual.all, preconditioned.all);
    const target = forcing * forcing * rho;
    let stepSquared = 0;
    let stepDotDirection = 0;
    let directionSquared = rho;
    let decrease = 0;
    for (let iteration = 1; iteration <= MAX_CG_ITERATIONS; iteration++) {
      yield* hessianTimesInto(product, direction);
      if (signal.aborted) return { decrease, iterations: iteration, edge: false };
      const curved = dot(direction.all, product.all);
      const alpha = rho / curved;
      const next = stepSquared + 2 * alpha * stepDotDirection + alpha * alpha * directionSquared;
      if (!(curved > 1e-14 * lambda * dot(direction.all, direction.all)) || next >= radius * radius) {
        // Negative curvature or the edge of the region: go to the edge along this direction.
        const reach = Number.isFinite(radius) ? radius : 10 * Math.sqrt(Math.max(rho, stepSquared));
        const disc = stepDotDirection ** 2 + directionSquared * (reach * reach - stepSquared);
        const tau = (-stepDotDirection + Math.sqrt(Math.max(0, disc))) / directionSquared;
        addScaledInto(step.all, tau, direction.all);
        decrease += tau * rho - 0.5 * tau * tau * curved;
        return { decrease, iterations: iteration, edge: true };
      }
      addScaledInto(step.all, alpha, direction.all);
      decrease += 0.5 * alpha * rho;
      stepSquared = next;
      addScaledInto(residual.all, alpha, product.all);
      preconditionInto(preconditioned, residual);
      const rhoNext = dot(residual.all, preconditioned.all);
      if (rhoNext <= target || signal.aborted) return { decrease, iterations: iteration, edge: false };
      const beta = rhoNext / rho;
      for (let i = 0; i < direction.all.length; i++) {
        direction.all[i] = beta * direction.all[i] - preconditioned.all[i];
      }
      stepDotDirection = beta * (stepDotDirection + alpha * directionSquared);
      directionSquared = rhoNext + beta * beta * directionSquared;
      rho = rhoNext;
      yield;
    }
    return { decrease, iterations: MAX_CG_ITERATIONS, edge: false };
  }

  function stationarity(): number {
    const size = dot(x.all, x.all);
    return size > 0 ? Math.sqrt((2 * dot(gradient.all, gradient.all)) / size) / lambda : 0;
  }

  function* takeStep(): Generator<void, StepReport> {
    const before = stationarity();
    yield* prepare();
    if (signal.aborted) return { objective, stationarity: before, stuck: false, work: 0 };
    const forcing = before > FINE ? LOOSE_FORCING : FINE_FORCING;
    const { decrease, iterations, edge } = yield* conjugateGradients(forcing);
    const work = iterations * (12 * target.value.length * r + 4 * (rows + columns) * r * r);
    if (signal.aborted) return { objective, stationarity: before, stuck: false, work };
    for (let i = 0; i < x.all.length; i++) trial.all[i] = x.all[i] + step.all[i];
    let value = valueAndGradientInto(trialGradient, trial);
    // Below this the difference of two objectives is rounding noise: the gradient decides.
    const noise = 1e-14 * Math.abs(objective);
    let gained = objective - value;
    const quiet = decrease <= noise && Math.abs(gained) <= 10 * noise;
    const length = stepLength();
    if (!Number.isFinite(radius)) radius = Math.max(length, Number.MIN_VALUE);
    const ratio = quiet ? 1 : gained / decrease;
    if (!(ratio >= 0.25)) {
      // The model holds on a part of the way only.
      const part = shortened();
      radius = part * length;
      if (!(gained > 1e-4 * decrease) || part < 1) {
        for (let i = 0; i < x.all.length; i++) trial.all[i] = x.all[i] + part * step.all[i];
        value = valueAndGradientInto(trialGradient, trial);
        gained = objective - value;
      }
    } else if (ratio > 0.75 && edge) radius *= 3;
    const calmer = dot(trialGradient.all, trialGradient.all) < dot(gradient.all, gradient.all);
    const accepted = quiet ? calmer : gained > 0;
    if (accepted) {
      failures = 0;
      x.all.set(trial.all);
      gradient.all.set(trialGradient.all);
      isCurrent = true;
      objective = value;
    } else failures++;
    return { objective, stationarity: stationarity(), stuck: (quiet && !accepted) || failures >= 25, work };
  }

  /**
   * The power of ½ at which h is least along the step: X + t dX + t² dU dVᵀ at the observed entries, so that a trial costs no product.
   */
  function shortened(): number {
    const { u, v } = x.factors;
    const { u: du, v: dv } = step.factors;
    const [base, first, other, second] = [0, 1, 2, 3].map(() => new Float64Array(target.value.length));
    kernel.predictInto(base, u, v, r);
    kernel.predictInto(first, du, v, r);
    kernel.predictInto(other, u, dv, r);
    kernel.predictInto(second, du, dv, r);
    const [aa, ab, bb] = [dot(x.all, x.all), dot(x.all, step.all), dot(step.all, step.all)];
    const at = new Float64Array(base.length);
    const valueAt = (t: number) => {
      for (let k = 0; k < at.length; k++) at[k] = base[k] + t * (first[k] + other[k]) + t * t * second[k];
      return loss.value(at, target) + (lambda / 2) * (aa + 2 * t * ab + t * t * bb);
    };
    let part = 1;
    let value = valueAt(part);
    for (let halving = 0; halving < MAX_HALVINGS; halving++) {
      const next = valueAt(part / 2);
      if (!(next < value) && value < objective) break;
      part /= 2;
      value = next;
    }
    return part;
  }

  /** Length of `step` in the preconditioner's norm. */
  function stepLength(): number {
    return Math.sqrt(blocks?.squaredNorm(step.factors.u, step.factors.v) ?? dot(step.all, step.all));
  }

  return { step: takeStep, factors: () => balanced(problem, { branches: r, values: [x.factors.u, x.factors.v] }) };
}
