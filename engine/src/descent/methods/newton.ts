/**
 * Trust-region Newton-CG (steihaug1983) on the smooth power form of ℓ2·ℓ2 (theory.md §5):
 *   h(U, V) = ℓ(U Vᵀ) + (λ/2)(‖U‖² + ‖V‖²),  ∇_U h = λU − W V,  ∇_V h = λV − Wᵀ U,  W = −∇ℓ.
 * Hessian-vector product, with dX = dU Vᵀ + U dVᵀ at the observed entries and c the curvature of the loss there:
 *   H_U = λ dU + c dX V − W dV,   H_V = λ dV + c dXᵀ U − Wᵀ dU.
 * Preconditioner: for every row i of dU the block c Σ_{j observed} v_j v_jᵀ + λI, and the same for the rows of dV; one block
 * serves all rows when every entry is observed. What is left of the condition number is the coupling of U and V.
 * Cost per step nnz·r² + (m+n) r³/3 flops for the blocks, per CG iteration 12·nnz·r + 4(m+n)r².
 */
import type { CancelSignal } from "../../events.ts";
import { choleskyInto, choleskySolveRowsInto } from "../../linalg/cholesky.ts";
import type { Observed } from "../../linalg/observed.ts";
import { transpose, withValues } from "../../linalg/observed.ts";
import { addScaledInto, dot } from "../../linalg/vector.ts";
import type { Factors } from "../../problem/factors.ts";
import { correlateEntriesInto, predictEntriesInto } from "../../problem/mapping/matrix.ts";
import type { Problem } from "../../problem/problem.ts";
import { balanced } from "../reduce.ts";
import type { LocalMethod, StepReport } from "./method.ts";

const MAX_CG_ITERATIONS = 250;

/** Entries times branches of one Hessian product between two yields: about 5 million flops. */
const ENTRIES_PER_TURN = 400_000;

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
  // One block serves every row when all entries are observed and curve alike.
  const shared = loss.quadratic && target.value.length === rows * columns;
  const byColumns = transpose(target);
  const curvature = new Float64Array(target.value.length);
  const columnCurvature = new Float64Array(target.value.length);

  const point = (): Point => {
    const all = new Float64Array((rows + columns) * r);
    return { all, factors: { u: all.subarray(0, rows * r), v: all.subarray(rows * r) } };
  };
  const x = point();
  const trial = point();
  const gradient = point();
  const trialGradient = point();
  const [step, residual, preconditioned, direction, product] = [point(), point(), point(), point(), point()];
  const prediction = new Float64Array(target.value.length);
  const w: Observed = withValues(target, new Float64Array(target.value.length));
  const trialW: Observed = withValues(target, new Float64Array(target.value.length));
  const blocksU = newBlocks(rows);
  const blocksV = newBlocks(columns);

  x.factors.u.set(start.values[0]);
  x.factors.v.set(start.values[1]);
  let objective = valueAndGradientInto(gradient, w, x);
  let radius = Number.POSITIVE_INFINITY;
  let failures = 0;

  /** h at `at`; fills W and the gradient. */
  function valueAndGradientInto(out: Point, outW: Observed, at: Point): number {
    predictEntriesInto(prediction, target, at.factors.u, at.factors.v, r);
    loss.negativeGradientInto(outW.value, prediction, target);
    correlateEntriesInto(out.factors.u, out.factors.v, outW, at.factors.u, at.factors.v, r);
    for (let i = 0; i < out.all.length; i++) out.all[i] = lambda * at.all[i] - out.all[i];
    return loss.value(prediction, target) + (lambda / 2) * dot(at.all, at.all);
  }

  /** The curvature of the loss at every observed entry, in the order of the rows and in that of the columns. */
  function curvatureHere(): void {
    if (loss.quadratic && curvature[0] > 0) return;
    predictEntriesInto(prediction, target, x.factors.u, x.factors.v, r);
    loss.curvatureInto(curvature, prediction, target);
    columnCurvature.set(transpose(withValues(target, curvature)).value);
  }

  /** Yields every few million flops: with many branches one product takes a while. */
  function* hessianTimesInto(out: Point, d: Point): Generator<void> {
    const { u, v } = x.factors;
    const { u: du, v: dv } = d.factors;
    const { u: hu, v: hv } = out.factors;
    for (let i = 0; i < out.all.length; i++) out.all[i] = lambda * d.all[i];
    let sinceYield = 0;
    for (let i = 0; i < rows; i++) {
      const a = i * r;
      sinceYield += target.rowStart[i + 1] - target.rowStart[i];
      if (sinceYield * r > ENTRIES_PER_TURN) {
        sinceYield = 0;
        yield;
        if (signal.aborted) return;
      }
      for (let k = target.rowStart[i]; k < target.rowStart[i + 1]; k++) {
        const b = target.column[k] * r;
        let dx = 0;
        for (let c = 0; c < r; c++) dx += du[a + c] * v[b + c] + u[a + c] * dv[b + c];
        dx *= curvature[k];
        const e = w.value[k];
        for (let c = 0; c < r; c++) {
          hu[a + c] += dx * v[b + c] - e * dv[b + c];
          hv[b + c] += dx * u[a + c] - e * du[a + c];
        }
      }
    }
  }

  /** One r×r block per row of the factor, or a single one that all rows share. */
  function newBlocks(count: number): Float64Array[] {
    return Array.from({ length: shared ? 1 : count }, () => new Float64Array(r * r));
  }

  /** blocks[i] ← Cholesky factor of c Σ_{j observed in row i} f_j f_jᵀ + λI, f_j the rows of the other factor. */
  function* factorBlocksInto(
    blocks: readonly Float64Array[],
    pattern: Observed,
    curve: Float64Array,
    factor: Float64Array,
  ): Generator<void> {
    for (const [i, block] of blocks.entries()) {
      yield;
      if (signal.aborted) return;
      block.fill(0);
      for (let k = pattern.rowStart[i]; k < pattern.rowStart[i + 1]; k++) {
        const at = pattern.column[k] * r;
        for (let a = 0; a < r; a++) {
          const fa = curve[k] * factor[at + a];
          for (let b = 0; b <= a; b++) block[a * r + b] += fa * factor[at + b];
        }
      }
      for (let a = 0; a < r; a++) block[a * r + a] += lambda;
      if (choleskyInto(block, r)) continue;
      // λ > 0 makes it positive definite; should rounding disagree, a multiple of the identity is a preconditioner too.
      block.fill(0);
      for (let a = 0; a < r; a++) block[a * r + a] = Math.sqrt(lambda);
    }
  }

  function preconditionInto(out: Point, from: Point): void {
    out.all.set(from.all);
    solveInto(out.factors.u, rows, blocksU);
    solveInto(out.factors.v, columns, blocksV);
  }

  function solveInto(d: Float64Array, count: number, blocks: readonly Float64Array[]): void {
    if (shared) choleskySolveRowsInto(d, count, blocks[0], r);
    else for (let i = 0; i < count; i++) choleskySolveRowsInto(d.subarray(i * r, (i + 1) * r), 1, blocks[i], r);
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
    curvatureHere();
    yield* factorBlocksInto(blocksU, target, curvature, x.factors.v);
    yield* factorBlocksInto(blocksV, byColumns, columnCurvature, x.factors.u);
    if (signal.aborted) return { objective, stationarity: before, stuck: false, work: 0 };
    const forcing = Math.min(0.1, Math.max(1e-6, before));
    const { decrease, iterations, edge } = yield* conjugateGradients(forcing);
    const work = iterations * (12 * target.value.length * r + 4 * (rows + columns) * r * r);
    if (signal.aborted) return { objective, stationarity: before, stuck: false, work };
    for (let i = 0; i < x.all.length; i++) trial.all[i] = x.all[i] + step.all[i];
    const value = valueAndGradientInto(trialGradient, trialW, trial);
    // Below this the difference of two objectives is rounding noise: the gradient decides.
    const noise = 1e-14 * Math.abs(objective);
    const gained = objective - value;
    const quiet = decrease <= noise && Math.abs(gained) <= 10 * noise;
    const calmer = dot(trialGradient.all, trialGradient.all) < dot(gradient.all, gradient.all);
    const accepted = quiet ? calmer : gained > 1e-4 * decrease;
    if (!Number.isFinite(radius)) radius = Math.max(stepLength(), Number.MIN_VALUE);
    const ratio = quiet ? 1 : gained / decrease;
    if (ratio < 0.25 || !accepted) radius = 0.25 * Math.min(radius, stepLength());
    else if (ratio > 0.75 && edge) radius *= 3;
    if (accepted) {
      failures = 0;
      x.all.set(trial.all);
      gradient.all.set(trialGradient.all);
      w.value.set(trialW.value);
      objective = value;
    } else failures++;
    return { objective, stationarity: stationarity(), stuck: (quiet && !accepted) || failures >= 25, work };
  }

  /** Length of `step` in the preconditioner's norm: ‖Lᵀ s‖ block by block. */
  function stepLength(): number {
    return Math.sqrt(blockNorm(step.factors.u, rows, blocksU) + blockNorm(step.factors.v, columns, blocksV));
  }

  function blockNorm(d: Float64Array, count: number, blocks: readonly Float64Array[]): number {
    let sum = 0;
    for (let i = 0; i < count; i++) {
      const l = blocks[shared ? 0 : i];
      for (let b = 0; b < r; b++) {
        let y = 0;
        for (let a = b; a < r; a++) y += l[a * r + b] * d[i * r + a];
        sum += y * y;
      }
    }
    return sum;
  }

  return { step: takeStep, factors: () => balanced(problem, { branches: r, values: [x.factors.u, x.factors.v] }) };
}
