/** Runs that go on at the same time, on the same problem and on others: each gets the numbers that it gets alone. */
import { describe, expect, it } from "vitest";
import type { LossConfig, MethodName } from "../../engine/src/config/config.ts";
import { uniformStream } from "../../engine/src/linalg/random.ts";
import type { Problem } from "../../engine/src/problem/problem.ts";
import type { RunOutcome } from "../../engine/src/run.ts";
import { run } from "../../engine/src/run.ts";
import { dataOf } from "../support/arbitraries.ts";
import { problemOf, solve } from "../support/problems.ts";

const LOSSES: readonly LossConfig[] = [
  { kind: "squared", weight: 1 },
  { kind: "huber", delta: 0.3 },
];
const METHODS: readonly MethodName[] = ["thresholding", "newton", "alternating"];

/** Large enough that kernels yield between two parts of one product. */
function problemWith(loss: LossConfig, method: MethodName, masked: boolean): Problem {
  const uniform = uniformStream(5);
  const y = dataOf("low-rank", 62, 47, 9).map((x) => (masked && uniform() < 0.6 ? Number.NaN : x + uniform() / 5));
  return problemOf({ rows: 62, columns: 47, y, loss, search: { method }, config: { branches: 3 } });
}

function start(problem: Problem, signal = { aborted: false }) {
  let ticks = 0;
  return run(problem, { signal, clock: () => ticks++, pause: () => Promise.resolve() });
}

function numbersOf({ result, factors }: RunOutcome): unknown {
  const { verdict, objective, lowerBound, iterations, seconds } = result;
  return { verdict, objective, lowerBound, iterations, seconds, factors };
}

/** Both to their ends, whose turn it is as chance has it. */
async function together(problems: readonly Problem[]): Promise<readonly RunOutcome[]> {
  const uniform = uniformStream(77);
  const runs = problems.map((problem) => start(problem));
  const outcomes: RunOutcome[] = [];
  let left = runs.map((steps, index) => ({ steps, index }));
  while (left.length > 0) {
    const { steps, index } = left[Math.floor(left.length * uniform())];
    const next = await steps.next();
    if (!next.done) continue;
    outcomes[index] = next.value;
    left = left.filter((other) => other.index !== index);
  }
  return outcomes;
}

const cases = LOSSES.flatMap((loss) =>
  METHODS.flatMap((method) => [true, false].map((masked) => ({ loss, method, masked }))),
);

describe("runs at the same time", () => {
  it.each(cases)(
    "$loss.kind, $method, masked: $masked: the same problem twice, and after runs that were dropped",
    async ({ loss, method, masked }) => {
      const problem = problemWith(loss, method, masked);
      const alone = numbersOf((await solve(problem)).outcome);
      for (const outcome of await together([problem, problem])) expect(numbersOf(outcome)).toEqual(alone);
      // Neither ended nor returned: its kernel goes with it.
      const dropped = start(problem);
      for (let k = 0; k < 5; k++) await dropped.next();
      const cancelled = { aborted: false };
      const ended = start(problem, cancelled);
      await ended.next();
      cancelled.aborted = true;
      while (!(await ended.next()).done);
      const returned = start(problem);
      for (let k = 0; k < 3; k++) await returned.next();
      await returned.return(undefined as never);
      expect(numbersOf((await solve(problem)).outcome)).toEqual(alone);
    },
  );

  it("different problems do not see one another", async () => {
    const problems = cases.slice(0, 4).map(({ loss, method, masked }) => problemWith(loss, method, masked));
    const alone = [];
    for (const problem of problems) alone.push(numbersOf((await solve(problem)).outcome));
    expect((await together(problems)).map(numbersOf)).toEqual(alone);
  });
});
