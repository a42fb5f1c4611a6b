/** Problems for tests, from arrays instead of files. */
import { expect } from "vitest";
import type {
  Config,
  Constraint,
  LambdaConfig,
  LossConfig,
  NormSpec,
  RegularizerConfig,
  RegularizerKind,
} from "../../engine/src/config/config.ts";
import type { RunEvent } from "../../engine/src/events.ts";
import type { Factors } from "../../engine/src/problem/factors.ts";
import type { Problem, ProblemArrays } from "../../engine/src/problem/problem.ts";
import { buildProblem } from "../../engine/src/problem/problem.ts";
import type { RunOptions, RunOutcome } from "../../engine/src/run.ts";
import { run } from "../../engine/src/run.ts";

export interface MatrixCase {
  readonly rows: number;
  readonly columns: number;
  /** Row-major, NaN where unobserved. */
  readonly y: Float64Array;
  readonly norms?: readonly NormSpec[];
  readonly constraints?: readonly (readonly Constraint[])[];
  readonly regularizer?: RegularizerKind;
  readonly lambda?: LambdaConfig;
  readonly weight?: number;
  /** Instead of the squared loss of that weight. */
  readonly loss?: LossConfig;
  readonly config?: Partial<Config>;
  readonly search?: Partial<Config["search"]>;
}

/** One entry per factor. */
export function regularizerConfig(
  kind: RegularizerKind,
  norms: readonly NormSpec[],
  constraints: readonly (readonly Constraint[])[] = [],
): RegularizerConfig {
  const factors = norms.map((norm, k) => ({ norm, constraints: constraints[k] ?? [] }));
  return { kind, norm: norms[0], constraints: [], factors };
}

/** U (rows × branches) and V (columns × branches). */
export function pairOf(u: Float64Array, v: Float64Array, branches: number): Factors {
  return { branches, values: [u, v] };
}

export function configOf(given: MatrixCase): Config {
  return {
    data: { target: "y.csv", bias: false },
    loss: given.loss ?? { kind: "squared", weight: given.weight ?? 1 },
    mapping: { kind: "matrix" },
    regularizer: regularizerConfig(given.regularizer ?? "product", given.norms ?? ["l2", "l2"], given.constraints),
    lambda: given.lambda ?? { kind: "relative", value: 0.1 },
    branches: 1,
    start: { kind: "random", seed: 1 },
    ...given.config,
    search: { gap: 1e-6, maxIterations: 10000, maxCells: 2_000_000, grow: true, ...given.search },
  };
}

export function arraysOf({ rows, columns, y }: MatrixCase): ProblemArrays {
  return { target: { shape: [rows, columns], data: y } };
}

export function problemOf(given: MatrixCase): Problem {
  const built = buildProblem(configOf(given), arraysOf(given));
  if (!built.ok) throw new Error(built.findings.map((finding) => finding.message).join("; "));
  return built.problem;
}

/** Runs to the end with a clock that counts calls, so that a test does not depend on time. */
export async function solve(
  problem: Problem,
  options: Partial<RunOptions> = {},
): Promise<{ readonly outcome: RunOutcome; readonly events: readonly RunEvent[] }> {
  let ticks = 0;
  const steps = run(problem, {
    signal: { aborted: false },
    clock: () => ticks++,
    pause: () => Promise.resolve(),
    ...options,
  });
  const events: RunEvent[] = [];
  for (;;) {
    const next = await steps.next();
    if (next.done) return { outcome: next.value, events };
    events.push(next.value);
  }
}

export function expectClose(actual: number, expected: number, relative: number): void {
  expect(Math.abs(actual - expected)).toBeLessThanOrEqual(relative * Math.max(Math.abs(actual), Math.abs(expected)));
}

export function transposed(a: Float64Array, rows: number, columns: number): Float64Array {
  return Float64Array.from({ length: a.length }, (_, k) => a[(k % rows) * columns + Math.floor(k / rows)]);
}
