import { describe, expect, it } from "vitest";
import { branchBars, branchWords } from "../../../webview/certificate/branch-bars.ts";
import { readHostMessage } from "../../../webview/inbound.ts";
import { INITIAL_VIEW, readSavedState, withOpen } from "../../../webview/view-state.ts";
import { RECORDINGS } from "../../e2e/preview/recordings.ts";

describe("view state", () => {
  it("comes back as it was saved", () => {
    const saved = {
      version: 1,
      configUri: "file:///a.optimality.yaml",
      view: { chart: "gap", axis: "seconds", pathValue: "gap", pathSeen: 3, open: ["table:run"], scroll: 120 },
    };
    expect(readSavedState(JSON.parse(JSON.stringify(saved)))).toEqual(saved);
  });

  it.each([undefined, null, 3, "x", [], {}, { view: null }, { view: { open: 5, scroll: -1, chart: 2 } }])(
    "falls back to the start for %j",
    (saved) => {
      expect(readSavedState(saved).view).toEqual(INITIAL_VIEW);
    },
  );

  it("opens and closes once", () => {
    const open = withOpen(INITIAL_VIEW, "a", true);
    expect(open.open).toEqual(["a"]);
    expect(withOpen(open, "a", true)).toBe(open);
    expect(withOpen(open, "a", false).open).toEqual([]);
  });
});

describe("messages of the host", () => {
  it("lets every recording through", () => {
    for (const { state, series } of Object.values(RECORDINGS)) {
      expect(readHostMessage({ kind: "state", state })).toEqual({ kind: "state", state });
      if (series !== null) expect(readHostMessage({ kind: "series", delta: series })).toBeDefined();
    }
    expect(readHostMessage({ kind: "notice", text: "done", severity: "info" })).toEqual({
      kind: "notice",
      text: "done",
      severity: "info",
    });
  });

  it("takes columns that went through JSON", () => {
    const message = readHostMessage({
      kind: "series",
      delta: { runId: 1, from: 0, iteration: [0], seconds: [0], objective: [2], lowerBound: [null] },
    });
    expect(message).toMatchObject({
      delta: { objective: Float64Array.of(2), lowerBound: Float64Array.of(Number.NaN) },
    });
  });

  it.each([
    undefined,
    null,
    7,
    "state",
    [],
    { kind: "unknown" },
    { kind: "state" },
    { kind: "state", state: { ...RECORDINGS.global.state, phase: "dancing" } },
    { kind: "state", state: { ...RECORDINGS.global.state, findings: [null] } },
    { kind: "state", state: { ...RECORDINGS.global.state, result: 3 } },
    { kind: "state", state: { ...RECORDINGS.global.state, path: undefined } },
    { kind: "state", state: { ...RECORDINGS.path.state, path: { ...RECORDINGS.path.state.path, phase: "empty" } } },
    { kind: "state", state: { ...RECORDINGS.path.state, path: { ...RECORDINGS.path.state.path, points: [3] } } },
    { kind: "state", state: { ...RECORDINGS.path.state, path: { ...RECORDINGS.path.state.path, lambdas: ["1"] } } },
    { kind: "series", delta: { runId: 1, from: -1, iteration: [], seconds: [], objective: [], lowerBound: [] } },
    { kind: "series", delta: { runId: 1, from: 0, iteration: "no", seconds: [], objective: [], lowerBound: [] } },
    { kind: "notice", text: 5 },
  ])("ignores %j", (data) => {
    expect(readHostMessage(data)).toBeUndefined();
  });
});

describe("branches", () => {
  const branches = Array.from({ length: 1000 }, (_, index) => ({
    index,
    regularizer: index === 501 ? 50 : 1,
    slack: index === 700 ? -3 : 0,
    zero: index < 10,
  }));

  it("are one bar each while there is room", () => {
    expect(branchBars(branches.slice(0, 100))).toHaveLength(100);
    expect(branchBars([])).toEqual([]);
  });

  it("are grouped without losing the largest value", () => {
    const bars = branchBars(branches);
    expect(bars.length).toBeLessThanOrEqual(160);
    expect(Math.max(...bars.map((bar) => bar.regularizer))).toBe(50);
    expect(Math.max(...bars.map((bar) => bar.slack))).toBe(3);
    expect(bars[0]).toMatchObject({ first: 0, last: 6, zero: true });
    expect(bars[1]?.zero).toBe(false);
    expect(bars.at(-1)?.last).toBe(999);
  });

  it("are counted in words", () => {
    expect(branchWords([])).toBe("No branches: the model is zero.");
    expect(branchWords(branches.slice(0, 1))).toBe("1 branch, and it is zero.");
    expect(branchWords(branches.slice(0, 10))).toBe("10 branches, all zero.");
    expect(branchWords(branches.slice(8, 12))).toBe("4 branches, 2 of them zero.");
    expect(branchWords(branches.slice(20, 22))).toBe("2 branches, none of them zero.");
  });
});
