/** λ-paths as the host sends them: soft-thresholded singular values, which are the exact answer for ℓ2·ℓ2 and squared loss. */
import type { PathPoint, ProblemSummary } from "@optimality-lens/engine";
import type { PathState } from "../../../extension/protocol/panel.ts";

const SINGULAR = [95.959914, 17.761034, 3.4609306, 1.8848263];

/** Of what Y is made: ½ Σ σ² of the part that is thresholded away, and λ Σ (σ − λ)₊. */
function pointAt(lambda: number, lambdaMax: number): PathPoint {
  const left = SINGULAR.map((sigma) => Math.max(0, (sigma * lambdaMax) / 95.959914 - lambda));
  const loss = SINGULAR.reduce((all, sigma) => all + 0.5 * Math.min((sigma * lambdaMax) / 95.959914, lambda) ** 2, 0);
  const regularizer = left.reduce((all, value) => all + value, 0);
  const objective = loss + lambda * regularizer;
  return {
    lambda,
    relative: lambda / lambdaMax,
    verdict: "global",
    status: "converged",
    reason: "the gap is within the tolerance",
    rank: left.filter((value) => value > 0).length,
    objective: objective * (1 + 3e-8),
    lowerBound: objective,
    gap: { absolute: objective * 3e-8, relative: 3e-8 * (1 + 20 * (1 - lambda / lambdaMax)) },
    loss,
    regularizer,
    iterations: 12,
    seconds: 0.0042,
  };
}

function pathOf(problem: ProblemSummary, count: number, end: number): PathState {
  const { lambdaMax } = problem;
  const lambdas = Array.from({ length: count }, (_, k) => lambdaMax * end ** (k / Math.max(1, count - 1)));
  return {
    pathId: 2,
    phase: "finished",
    outOfDate: false,
    problem,
    lambdas,
    points: lambdas.map((lambda) => pointAt(lambda, lambdaMax)),
    progress: null,
    status: "complete",
    failure: null,
  };
}

export interface PathStates {
  readonly loading: PathState;
  readonly running: PathState;
  readonly complete: PathState;
  /** With points of every verdict. */
  readonly mixed: PathState;
  readonly cancelled: PathState;
  readonly failed: PathState;
}

export function pathStates(problem: ProblemSummary): PathStates {
  const complete = pathOf(problem, 20, 0.01);
  const long = pathOf(problem, 60, 1e-4);
  const gapAt = (point: PathPoint, relative: number): PathPoint => ({
    ...point,
    gap: { absolute: point.objective * relative, relative },
    lowerBound: point.objective * (1 - relative),
  });
  const points = long.points.map((point, index): PathPoint => {
    const open = "the proof of the polar used up its 4 cells: raise search.maxCells";
    if (index % 7 === 3 && index > 20)
      return { ...gapAt(point, 3.1e-4 * (index / 20)), verdict: "undecided", reason: open };
    if (index === 41)
      return { ...gapAt(point, 0.042), verdict: "not-global", reason: "adding one branch lowers the objective" };
    if (index > 56)
      return { ...point, gap: null, lowerBound: null, verdict: "outside-theory", reason: "no certificate can exist" };
    return point;
  });
  const nothing = { ...complete, problem: null, lambdas: [], points: [] };
  return {
    loading: { ...nothing, phase: "loading", status: null },
    running: {
      ...complete,
      phase: "running",
      status: null,
      points: complete.points.slice(0, 7),
      progress: {
        iteration: 40,
        seconds: 1.31,
        phase: "descent",
        objective: 1530.2,
        lowerBound: 1529.9,
        stationarity: 1e-4,
        branches: 2,
      },
    },
    complete,
    mixed: { ...long, points },
    cancelled: { ...complete, status: "cancelled", points: complete.points.slice(0, 6), outOfDate: true },
    failed: {
      ...nothing,
      phase: "failed",
      status: "cancelled",
      failure: "data.target: data/ratings.csv does not exist next to the config; check the name or create the file",
    },
  };
}
