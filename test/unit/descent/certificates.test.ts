/** The certificates of a run: what they hand on to its end is what a check finds again. */
import { describe, expect, it } from "vitest";
import { assess } from "../../../engine/src/certify/assess.ts";
import { evaluatePoint } from "../../../engine/src/certify/evaluate.ts";
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
  const longer = u.map((x) => 1.001 * x);
  const worse = pairOf(longer, v.slice(), factors.branches);
  // The same branches, each with a partner of its own no more.
  const turned = pairOf(
    longer,
    v.map((x, k) => x + 0.01 * v[(k + 1) % v.length]),
    factors.branches,
  );
  return { problem, factors, worse, turned };
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
    expect(assess(problem, factors, { dual: null }).lowerBound?.value).toBe(bound?.value);
  });

  it.each([
    { at: "worse", isGuessed: true },
    { at: "turned", isGuessed: false },
  ] as const)("is proven as a check can, where it becomes that of a dual array: $at", ({ at, isGuessed }) => {
    const { problem, factors, [at]: other } = settledPoint();
    const proofs = certificates(problem, OPTIONS);
    const { bound } = proofs.certify(factors);
    const { assessment, dual } = proofs.assess(other);
    expect(dual).toBe(bound?.dual);
    expect(assessment.dualBound).not.toBe(bound);
    expect(assessment.dualBound?.isGuessed).toBe(isGuessed);
    const repeated = assess(problem, other, { dual: dual?.slice() ?? null });
    expect(repeated.lowerBound).toEqual(assessment.lowerBound);
    expect(repeated.dualBound?.witness).toEqual(assessment.dualBound?.witness);
  });

  it("is kept where its dual array is asked about at the same point", () => {
    const { problem, factors } = settledPoint();
    const proofs = certificates(problem, OPTIONS);
    const array = evaluatePoint(problem, factors).negativeGradient.map((x) => 0.999 * x);
    const { bound } = proofs.certify(factors, array);
    expect(proofs.certify(factors, array).bound).toBe(bound);
    const { assessment } = proofs.assess(factors);
    const repeated = assess(problem, factors, { dual: array.slice() });
    expect(repeated.lowerBound).toEqual(assessment.lowerBound);
  });

  it("is searched for anew where the run is cancelled", () => {
    const { problem, factors, worse } = settledPoint();
    let aborted = false;
    const proofs = certificates(problem, { ...OPTIONS, aborted: () => aborted });
    proofs.certify(factors);
    aborted = true;
    const { assessment, dual, cut } = proofs.assess(worse);
    expect(cut).toBe("cancelled");
    const repeated = assess(problem, worse, { dual: dual?.slice() ?? null, own: "none" });
    expect(repeated.lowerBound).toEqual(assessment.lowerBound);
  });
});
