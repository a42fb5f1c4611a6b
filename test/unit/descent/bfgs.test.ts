import { describe, expect, it } from "vitest";
import { normalStream } from "../../../engine/src/linalg/random.ts";
import type { Problem } from "../../../engine/src/problem/problem.ts";
import { buildProblem } from "../../../engine/src/problem/problem.ts";
import { run } from "../../../engine/src/run.ts";
import { configOf, regularizerConfig } from "../../support/problems.ts";

/** Random signs in a small tensor, with a loss that alternating solves are no use for. */
function signs(shape: readonly number[], seed: number, relative: number): Problem {
  const normal = normalStream(seed);
  const y = Float64Array.from({ length: shape.reduce((all, n) => all * n, 1) }, () => (normal() > 0 ? 1 : -1));
  const config = {
    ...configOf({ rows: 1, columns: 1, y, lambda: { kind: "relative", value: relative } }),
    mapping: { kind: "cp" as const },
    loss: { kind: "squared-hinge" as const },
    regularizer: regularizerConfig(
      "product",
      shape.map(() => "l2" as const),
    ),
  };
  const built = buildProblem(config, { target: { shape: [...shape], data: y } });
  if (!built.ok) throw new Error(built.findings.map(({ message }) => message).join("; "));
  return built.problem;
}

describe("BFGS on tensors", () => {
  it("lets new branches become what they are worth, so that growth ends soon", async () => {
    for (const seed of [1, 2, 3]) {
      const problem = signs([5, 4, 3], seed, 0.1);
      const signal = { aborted: false };
      const events = run(problem, { signal, clock: () => 0, pause: async () => {} });
      let certificates = 0;
      let branches = 0;
      for (let next = await events.next(); next.done !== true; next = await events.next()) {
        if (next.value.kind === "certificate") certificates++;
        if (next.value.kind !== "progress") continue;
        branches = next.value.progress.branches;
        // From here on branches are only proven to be enough.
        if (next.value.progress.phase === "proof" || certificates > 20) signal.aborted = true;
      }
      expect(certificates).toBeLessThanOrEqual(20);
      expect(branches).toBeLessThanOrEqual(12);
    }
  });
});
