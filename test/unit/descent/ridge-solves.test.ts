/** Alternating ridge solves against Newton's method, and step by step. */
import { describe, expect, it } from "vitest";
import { evaluatePoint } from "../../../engine/src/certify/evaluate.ts";
import { chooseMethod } from "../../../engine/src/descent/methods/method.ts";
import { ridgeSolves } from "../../../engine/src/descent/methods/ridge-solves.ts";
import { startFactors } from "../../../engine/src/descent/start.ts";
import { normalStream } from "../../../engine/src/linalg/random.ts";
import { problemOf, solve } from "../../support/problems.ts";

function tableOf(seed: number, length: number, hidden: number): Float64Array {
  const normal = normalStream(seed);
  return Float64Array.from({ length }, () => (Math.abs(normal()) < hidden ? Number.NaN : normal()));
}

describe("alternating ridge solves", () => {
  it.each([0, 0.8])("end where Newton's method does (hidden: %f)", async (hidden) => {
    const given = { rows: 24, columns: 18, y: tableOf(3, 24 * 18, hidden), weight: 2 };
    const lambda = { kind: "relative", value: 0.3 } as const;
    const results = [];
    for (const method of ["alternating", "newton"] as const) {
      const problem = problemOf({ ...given, lambda, search: { method } });
      expect(chooseMethod(problem)).toBe(method);
      results.push((await solve(problem)).outcome.result);
    }
    const [own, newton] = results;
    expect([own.verdict, newton.verdict]).toEqual(["global", "global"]);
    expect(Math.abs(own.objective - newton.objective)).toBeLessThan(2e-6 * newton.objective);
  });

  it("never raise the objective, and say that of their point", () => {
    const problem = problemOf({ rows: 20, columns: 30, y: tableOf(5, 600, 0.5), config: { branches: 4 } });
    const method = ridgeSolves(problem, startFactors(problem), { aborted: false });
    let before = Number.POSITIVE_INFINITY;
    for (let count = 0; count < 30; count++) {
      const steps = method.step();
      let next = steps.next();
      while (!next.done) next = steps.next();
      expect(next.value.objective).toBeLessThanOrEqual(before * (1 + 1e-14));
      before = next.value.objective;
      // Balancing the factors of a branch only lowers the sum form.
      expect(evaluatePoint(problem, method.factors()).objective).toBeLessThanOrEqual(before * (1 + 1e-12));
    }
  });

  it("give way to others for losses that are not squared", () => {
    const y = tableOf(1, 48, 0);
    const problem = problemOf({
      rows: 8,
      columns: 6,
      y,
      loss: { kind: "huber", delta: 1 },
      search: { method: "alternating" },
    });
    expect(chooseMethod(problem)).toBe("newton");
  });
});
