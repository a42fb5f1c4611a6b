import { describe, expect, it } from "vitest";
import { pathWords, pointWords, shareTicks, verdictsOf } from "../../../webview/certificate/path-words.ts";
import { RECORDINGS } from "../../e2e/preview/recordings.ts";

const complete = RECORDINGS.path.state.path;
const running = RECORDINGS.pathRunning.state.path;
const mixed = RECORDINGS.pathMixed.state.path;
if (complete === null || running === null || mixed === null) throw new Error("the recordings have paths");

describe("the λ-path in words", () => {
  it("says what it is for before there is one, and offers it", () => {
    const words = pathWords(null);
    expect(words.note).toMatch(/^Which λ\? A path fits this model at many λ/);
    expect(words.action).toEqual({ label: "Compute the λ-path", message: { kind: "path" } });
  });

  it("counts while it goes on, and can be cancelled", () => {
    const words = pathWords(running);
    expect(words.summary).toBe("λ 8 of 20, 18 % of λ_max · gap 2e-4 · 1.31 s");
    expect(words.action).toEqual({ label: "Cancel", message: { kind: "cancel" } });
    expect(pathWords({ ...running, progress: null }).summary).toBe("λ 8 of 20, 18 % of λ_max");
    expect(pathWords({ ...running, points: complete.points }).summary).toBe("Finishing");
    expect(pathWords(RECORDINGS.pathLoading.state.path)).toMatchObject({ summary: "Reading the data…", note: "" });
  });

  it("says what came out: how many are proven, and where the rank went", () => {
    expect(pathWords(complete).summary).toBe("20 values of λ, all proven global; rank 0 at λ_max, 4 at 1 % of λ_max.");
    expect(pathWords(mixed).summary).toMatch(/^60 values of λ, 51 of them proven global; rank 0 at λ_max, 4 at /);
    const one = { ...complete, lambdas: complete.lambdas.slice(0, 1), points: complete.points.slice(0, 1) };
    expect(pathWords(one).summary).toBe("1 value of λ, proven global; rank 0.");
  });

  it("says that it was cancelled, and what is kept", () => {
    const cancelled = RECORDINGS.pathCancelled.state.path;
    expect(pathWords(cancelled)).toMatchObject({
      summary: "Cancelled after 6 of 20 values of λ, all proven global; rank 0 at λ_max, 1 at 30 % of λ_max.",
      note: "The config or its data has changed since this path was computed.",
      action: { label: "Compute again" },
    });
    const nothing = { ...complete, status: "cancelled", points: [] } as const;
    expect(pathWords(nothing).summary).toBe("Cancelled before the first point.");
  });

  it("says why it could not be computed, also beside the points of an earlier one", () => {
    expect(pathWords(RECORDINGS.pathFailed.state.path)).toMatchObject({
      summary: "Could not be computed.",
      note: expect.stringContaining("data/ratings.csv does not exist"),
    });
    const kept = pathWords({ ...complete, failure: "lambda: missing" });
    expect(kept.note).toBe("lambda: missing.");
    expect(kept.summary).toMatch(/^20 values of λ/);
  });

  it("reads a point out in one line", () => {
    const [first, second] = complete.points;
    if (first === undefined || second === undefined) throw new Error("no points");
    expect(pointWords(first)).toMatch(/^λ_max, λ 95\.9599, Rank 0, Objective 4769\.6/);
    expect(pointWords(second)).toMatch(/^78 % of λ_max, λ 75\.3055, Rank 1, .*, Gap [\d.]+e-7, Verdict Global$/);
    expect(pointWords({ ...first, gap: null, verdict: "outside-theory" })).toMatch(/Gap –, Verdict Outside theory$/);
  });

  it("names the verdicts that occur", () => {
    expect(verdictsOf(complete.points)).toEqual(["global"]);
    expect(verdictsOf(mixed.points)).toEqual(["global", "undecided", "not-global", "outside-theory"]);
  });
});

describe("ticks of the λ axis", () => {
  it("are round shares inside the range, as dense as fits", () => {
    expect(shareTicks(0.01, 1, 8)).toEqual([1, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01]);
    expect(shareTicks(0.01, 1, 5)).toEqual([1, 0.3, 0.1, 0.03, 0.01]);
    expect(shareTicks(0.01, 1, 3)).toEqual([1, 0.1, 0.01]);
    expect(shareTicks(0.65, 1, 8)).toEqual([1, 0.9, 0.8, 0.7]);
    expect(shareTicks(1e-12, 1, 4).length).toBeLessThanOrEqual(4);
  });

  it("are none where there is no range", () => {
    for (const [low, high] of [
      [0, 1],
      [Number.NaN, 1],
      [1, 0.5],
      [1, Number.POSITIVE_INFINITY],
    ] as const) {
      expect(shareTicks(low, high, 8)).toEqual([]);
    }
    expect(shareTicks(1, 1, 8)).toEqual([1]);
  });
});
