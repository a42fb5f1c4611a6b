/** The certificates of a run: what they hand on to its end is what a check finds again. */
import { describe, expect, it } from "vitest";
import { assess } from "../../../engine/src/certify/assess.ts";
import { certificates } from "../../../engine/src/descent/certificates.ts";
import { closedForm } from "../../../engine/src/descent/methods/closed-form.ts";
import { normalStream } from "../../../engine/src/linalg/random.ts";
import { zeroFactors } from "../../../engine/src/problem/factors.ts";
import { pairOf, problemOf } from "../../support/problems.ts";

const OPTIONS = {
  moment: () => ({ iteration: 0, seconds: 0 }),
  aborted: () => false,
  timeLeftMs: () => Number.POSITIVE_INFINITY,
  working: () => {},
};

function settledPoint() {
  const [rows, columns] = [40, 30];
  const y = Float64Array.from({ length: rows * columns }, normalStream(23));
  const problem = problemOf({ rows, columns, y, lambda: { kind: "relative", value: 0.7 } });
  const method = closedForm(problem, zeroFactors(problem.sizes, 1));
  for (const _ of method.step());
  const factors = method.factors();
  const [u, v] = factors.values;
  const worse = pairOf(
    u.map((x) => 1.001 * x),
    v.slice(),
    factors.branches,
  );
  return { problem, factors, worse };
}

describe("the bound of a settled point", () => {
  it("is proven once, at its own best branch, and kept at that point", () => {
    const { problem: given, factors } = settledPoint();
    let asked = 0;
    const problem = {
      ...given,
      polar: (...args: Parameters<typeof given.polar>) => {
        asked++;
        return given.polar(...args);
      },
    };
    const proofs = certificates(problem, OPTIONS);
    const { bound, met } = proofs.certify(factors);
    expect([bound?.isGuessed, met]).toEqual([true, true]);
    const { assessment } = proofs.assess(factors);
    expect(assessment.bound).toBe(bound);
    expect(asked).toBe(1);
    expect(assess(problem, factors, { dual: null }).bound?.value).toBe(bound?.value);
  });

  it("is searched for anew where it becomes that of a dual array, as a check does", () => {
    const { problem, factors, worse } = settledPoint();
    const proofs = certificates(problem, OPTIONS);
    const { bound } = proofs.certify(factors);
    const { assessment, dual } = proofs.assess(worse);
    expect(dual).toBe(bound?.dual);
    expect(assessment.dualBound?.isGuessed).toBe(false);
    const repeated = assess(problem, worse, { dual: dual?.slice() ?? null });
    expect(repeated.lowerBound).toEqual(assessment.lowerBound);
    expect(repeated.dualBound?.witness).toEqual(assessment.dualBound?.witness);
  });

  it("is searched for anew where the run is cancelled", () => {
    const { problem, factors, worse } = settledPoint();
    let aborted = false;
    const proofs = certificates(problem, { ...OPTIONS, aborted: () => aborted });
    proofs.certify(factors);
    aborted = true;
    const { assessment, dual, cut } = proofs.assess(worse);
    expect(cut).toBe("cancelled");
    const repeated = assess(problem, worse, { dual: dual?.slice() ?? null, ownBound: false });
    expect(repeated.lowerBound).toEqual(assessment.lowerBound);
  });
});
