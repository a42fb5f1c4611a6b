import { describe, expect, it } from "vitest";
import type { RunFacts } from "../../../engine/src/diagnose/run-facts.ts";
import { runFindings } from "../../../engine/src/diagnose/run-findings.ts";

const certified: RunFacts["result"] = {
  version: 1,
  verdict: "global",
  status: "converged",
  reason: "no point lies lower",
  objective: 10,
  lowerBound: 10,
  gap: { absolute: 1e-9, relative: 1e-10 },
  polar: { lower: 1, upper: 1, method: "largest singular value", kind: "exact" },
  homogeneity: { mapping: 2, regularizer: 2 },
  lambda: 0.5,
  lambdaMax: 5,
  rank: 2,
  branches: [
    { index: 0, regularizer: 3, slack: 0, zero: false },
    { index: 1, regularizer: 2, slack: 0, zero: false },
  ],
  evidence: null,
  extra: null,
  stationarity: 1e-12,
  iterations: 10,
  seconds: 1,
};
const facts: RunFacts = {
  result: certified,
  mapping: "matrix",
  grow: true,
  width: 2,
  gapTolerance: 1e-6,
  maxCells: 1000,
  sufficient: 2,
  zeroTarget: false,
  duplicates: [],
  unbalanced: [],
  dead: [],
  deadUnits: null,
};
const zeroBranch = { index: 1, regularizer: 0, slack: 0, zero: true };
const saddle: RunFacts["result"] = {
  ...certified,
  verdict: "not-global",
  rank: 1,
  branches: [{ index: 0, regularizer: 3, slack: 0, zero: false }, zeroBranch],
  polar: { lower: 1.5, upper: 1.5, method: "largest singular value", kind: "exact" },
  evidence: { polar: 1.5, objectiveAfter: 8 },
};

function find(code: string, more: Partial<RunFacts>) {
  const found = runFindings({ ...facts, ...more }).filter((finding) => finding.code === code);
  expect(found).toHaveLength(1);
  return found[0];
}

const codes = (more: Partial<RunFacts>): string[] => runFindings({ ...facts, ...more }).map(({ code }) => code);

describe("findings of a run", () => {
  it("are one for a clean certificate", () => {
    expect(codes({})).toEqual(["certified"]);
  });

  it("duplicate-branches counts pairs, from branch 1 on", () => {
    expect(find("duplicate-branches", { duplicates: [[0, 2]] })?.message).toMatch(
      /^branches 1 and 3 point the same way; /,
    );
    const many = find("duplicate-branches", {
      duplicates: [
        [0, 1],
        [0, 2],
        [1, 2],
      ],
    });
    expect(many?.message).toMatch(/^branches 1 and 2 point the same way, and 2 more pairs; /);
    expect(many?.suggestions).toMatchObject([{ kind: "action", action: "remove-redundant-branches" }]);
  });

  it("unbalanced-branch names the worst and what all of them cost", () => {
    const finding = find("unbalanced-branch", {
      unbalanced: [
        { index: 0, before: 3, after: 2.5 },
        { index: 1, before: 4, after: 2 },
      ],
    });
    expect(finding?.message).toMatch(/^branch 2: .* from 4\.00000 to 2\.00000, and of 1 other .*\(objective −1\.25\)/);
    expect(finding?.suggestions).toMatchObject([{ kind: "action", action: "continue" }]);
  });

  it("dead-branch and dead-units", () => {
    expect(find("dead-branch", { dead: [3] })?.message).toMatch(/^branch 4: .* remove it /);
    expect(find("dead-branch", { dead: [0, 1, 2, 5] })?.message).toMatch(/^branches 1, 2 and 2 more: .* remove them /);
    expect(find("dead-units", { deadUnits: { dead: 1, units: 8 } })?.message).toMatch(/^1 of 8 hidden units is never/);
    expect(find("dead-units", { deadUnits: { dead: 3, units: 8 } })?.message).toMatch(/^3 of 8 hidden units are never/);
    expect(codes({ deadUnits: { dead: 0, units: 8 } })).toEqual(["certified"]);
  });

  it("strict-saddle needs a zero branch, rest, evidence and degree 2", () => {
    const finding = find("strict-saddle", { result: saddle });
    expect(finding).toMatchObject({ severity: "warning", path: "start" });
    expect(finding?.message).toMatch(/branch 2 is 0, .* from 10\.000000 to 8\.0000000/);
    const without: readonly Partial<RunFacts["result"]>[] = [
      { branches: certified.branches },
      { stationarity: 1e-3 },
      { evidence: null },
      { homogeneity: { mapping: 3, regularizer: 3 } },
      { verdict: "global" },
    ];
    for (const change of without) expect(codes({ result: { ...saddle, ...change } })).not.toContain("strict-saddle");
  });

  it("polar-open says when there is no bound above at all", () => {
    const open: RunFacts["result"] = {
      ...certified,
      verdict: "undecided",
      polar: { lower: 0.9, upper: null, method: "search", kind: "bound" },
    };
    expect(find("polar-open", { result: open })?.message).toMatch(
      /neither found nor ruled out: no bound on the polar is known, where 1 would be a proof; /,
    );
    const bracketed = { ...open, polar: { lower: 0.9, upper: 1.2, method: "unfoldings", kind: "bound" as const } };
    const finding = find("polar-open", { result: bracketed });
    expect(finding?.message).toMatch(/only proven to be at most 1\.2 \(unfoldings\), where 1 would be a proof; /);
    expect(finding?.explanation).toMatch(/a search found has 0\.9;/);
  });

  it("polar-open asks for more cells where a branch and bound has used up its own", () => {
    const polar = { lower: 0.9, upper: 1.2, method: "cover", why: "factor 1 has 7 entries", kind: "bound" as const };
    const result: RunFacts["result"] = { ...certified, verdict: "undecided", polar: { ...polar, work: 1002 } };
    const spent = find("polar-open", { result });
    expect(spent?.message).toMatch(/used up its 1,000 cells: raise search\.maxCells/);
    expect(spent?.explanation).toMatch(/Why this bound: factor 1 has 7 entries\./);
    expect(spent?.suggestions).toEqual([
      { kind: "edit", title: expect.any(String), edits: [{ op: "set", path: "search.maxCells", value: 4000 }] },
    ]);
    const early = find("polar-open", { result: { ...result, polar: { ...polar, work: 10 } } });
    expect(early?.suggestions).toEqual([]);
    expect(early?.path).toBe("regularizer");
    const none = find("polar-open", { maxCells: 0, result: { ...result, polar: { ...polar, work: 1 } } });
    expect(none?.suggestions[0]).toMatchObject({ edits: [{ path: "search.maxCells", value: 2_000_000 }] });
    const noSearch = find("polar-open", { maxCells: 0, result: { ...result, polar } });
    expect(noSearch?.suggestions).toEqual([]);
  });

  it("polar-open asks for more time where time ended the proof", () => {
    const polar = { lower: 0.9, upper: 1.2, method: "cover", kind: "bound" as const, work: 1002 };
    const late = find("polar-open", { result: { ...certified, verdict: "undecided", status: "time-limit", polar } });
    expect(late).toMatchObject({ path: "search.timeLimit", suggestions: [{ kind: "action", action: "continue" }] });
    expect(late?.message).toMatch(/search\.timeLimit cut the proof short: raise it, or continue$/);
  });
});
