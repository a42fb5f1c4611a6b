import type { RunResult } from "@optimality-lens/engine";
import { describe, expect, it } from "vitest";
import type { PanelState } from "../../../extension/protocol/panel.ts";
import { degreeView } from "../../../webview/certificate/degrees.ts";
import { figures } from "../../../webview/certificate/figures.ts";
import { layerLines } from "../../../webview/certificate/layer-words.ts";
import { gaugePosition, polarView } from "../../../webview/certificate/polar-words.ts";
import { lambdaShare, problemWords, sentence, verdictLabel, verdictView } from "../../../webview/certificate/words.ts";
import { RECORDINGS } from "../../e2e/preview/recordings.ts";

const finished = RECORDINGS.global.state;

function withResult(change: Partial<RunResult>): PanelState {
  return { ...finished, result: { ...RECORDINGS.global.state.result, ...change } as RunResult };
}

describe("the verdict in words", () => {
  it("says how far any other point can be below a proven global minimum", () => {
    const view = verdictView(finished);
    expect(view.title).toBe("Global minimum — proven");
    expect(view.body).toBe(
      "No other point, with any number of branches, can be lower by more than 3.1e-8 of the objective.",
    );
    expect(view.note).toBe("Converged after 143 iterations, 218 ms · Certificate: examples/iris.certificate.json");
    expect(view.action).toBeNull();
  });

  it("only global looks like success (invariant 5)", () => {
    const tones = Object.values(RECORDINGS).map(({ state }) => ({
      global: state.phase === "finished" && state.result?.verdict === "global",
      success: verdictView(state).tone === "success",
    }));
    expect(tones.some(({ global }) => global)).toBe(true);
    for (const { global, success } of tones) expect(success).toBe(global);
    // A result that is still on show while the next run goes on is no success of that run.
    for (const phase of ["empty", "loading", "running", "failed"] as const) {
      expect(verdictView({ ...finished, phase }).tone).not.toBe("success");
    }
  });

  it("shows the better point, and the button that goes there", () => {
    const view = verdictView(RECORDINGS.notGlobal.state);
    expect(view.title).toBe("Not a global minimum");
    expect(view.body).toBe("Adding one branch lowers the objective from 12.3041 to 11.8872.");
    expect(view.action).toEqual({
      label: "Add zero branch and continue",
      message: { kind: "action", action: "add-zero-branch" },
    });
  });

  it("does not claim a fall that the digits do not show", () => {
    const view = verdictView(
      withResult({ verdict: "not-global", objective: 1, evidence: { polar: 1.0001, objectiveAfter: 1 - 1e-9 } }),
    );
    expect(view.body).toBe("Adding one branch lowers the objective, by less than six digits show.");
  });

  it("says which bound is open, and offers to go on after a limit only", () => {
    const limited = verdictView(RECORDINGS.undecided.state);
    expect(limited.title).toBe("Undecided");
    expect(limited.body).toMatch(/^The gap of 4\.2e-4 is above the tolerance/);
    expect(limited.action?.message).toEqual({ kind: "action", action: "continue" });
    expect(verdictView(withResult({ verdict: "undecided", status: "stalled" })).action).toBeNull();
    const bare = verdictView(withResult({ verdict: "undecided", reason: "ran out of steam" }));
    expect(bare.body).toBe(
      "Ran out of steam. A better point, if there is one, is lower by at most 3.1e-8 of the objective.",
    );
    const unbounded = verdictView(withResult({ verdict: "undecided", reason: "ran out", gap: null, lowerBound: null }));
    expect(unbounded.body).toBe("Ran out. No lower bound has been proven.");
  });

  it("gives an objective of zero no share of itself", () => {
    const view = verdictView(withResult({ objective: 0, lowerBound: 0, gap: { absolute: 0, relative: 1e-9 } }));
    expect(view.body).toBe("No other point, with any number of branches, can be lower than 0.");
  });

  it("follows a run with numbers from one moment", () => {
    const view = verdictView(RECORDINGS.running.state);
    expect(view.title).toBe("Looking for the global minimum");
    expect(view.body).toBe("The gap to the proven lower bound is 2.9 % of the objective; it counts as global at 1e-6.");
    expect(view.note).toBe("Descending · iteration 1,240 · 9 branches · 3.21 s");
    const gap = figures(RECORDINGS.running.state).find(({ key }) => key === "gap");
    expect(gap?.value).toBe("2.9 %");
  });

  it("says that a proof goes on, and for how long the run has", () => {
    const { state } = RECORDINGS.running;
    const progress = state.progress && { ...state.progress, phase: "proof" as const, seconds: 12.34 };
    expect(verdictView({ ...state, progress }).note).toBe(
      "Closing the bracket of the polar · iteration 1,240 · 9 branches · 12.3 s",
    );
  });

  it("opens the config when a run failed", () => {
    const view = verdictView(RECORDINGS.failed.state);
    expect(view.title).toBe("Could not run");
    expect(view.action?.message).toEqual({ kind: "reveal", path: "" });
  });
});

describe("key figures", () => {
  it("are rounded to their safe side and carry every digit", () => {
    const byKey = new Map(figures(finished).map((figure) => [figure.key, figure]));
    expect(byKey.get("objective")).toMatchObject({ value: "1005.112838", full: "1005.11283764" });
    expect(byKey.get("lower-bound")).toMatchObject({ value: "1005.112806", full: "1005.11280678" });
    expect(byKey.get("gap")).toMatchObject({ value: "3.1e-8", note: "global at 1e-6 or less" });
    expect(byKey.get("rank")).toMatchObject({ value: "2", note: "at most 4 needed" });
    const result =
      finished.result === null ? null : { ...finished.result, extra: { outliers: { nonzero: 213, l1: 9 } } };
    const robust = figures({ ...finished, result }).find(({ key }) => key === "rank");
    expect(robust?.note).toBe("at most 4 needed\n213 outliers");
    expect(byKey.get("lambda")).toMatchObject({ value: "9.596", note: "10 % of λ_max" });
    expect(byKey.get("time")).toMatchObject({ value: "218 ms", note: "143 iterations" });
  });

  it.each([
    [[20.860350892791406], "intercept 20.86"],
    [[1.5, -0.25, 0], "intercepts 1.5, −0.25, 0"],
    [[1, -4, 12.5, 7], "4 intercepts, −4 to 12.5"],
    [Array.from({ length: 300_000 }, (_, column) => column), "300,000 intercepts, 0 to 300000"],
  ])("have the intercepts beside the rank", (intercept, words) => {
    const rank = figures(withResult({ extra: { intercept } })).find(({ key }) => key === "rank");
    expect(rank?.note).toBe(`at most 4 needed\n${words}`);
  });

  it("name no width that is enough where the theory does not apply", () => {
    expect(figures(RECORDINGS.deep.state).find(({ key }) => key === "rank")?.note).toBe("non-zero branches");
    expect(figures(RECORDINGS.outside.state).find(({ key }) => key === "rank")?.note).toBe("of 4 branches");
  });

  it("are dashes before there is a number, in the same places", () => {
    const waiting = figures(RECORDINGS.loading.state);
    expect(waiting.map(({ key }) => key)).toEqual(figures(finished).map(({ key }) => key));
    expect(waiting.map(({ value }) => value)).toEqual(["–", "–", "–", "–", "–", "–"]);
    expect(waiting.every(({ full }) => full === "")).toBe(true);
  });
});

describe("the problem in words", () => {
  const { problem } = RECORDINGS.running.state;
  if (problem === null) throw new Error("the recording has a problem");
  const words = (change: Partial<typeof problem>): string => problemWords({ ...problem, ...change });

  it("names size, entries, loss and regularizer", () => {
    expect(words({})).toBe("87 × 61 matrix, 2,653 of 5,307 entries observed, squared loss, regularizer ‖u‖₂‖v‖₂");
    expect(words({ observed: 87 * 61, loss: "3/2 Σ (x − y)²", regularizer: "‖u‖₂‖v‖₂, u ≥ 0, v ≥ 0" })).toBe(
      "87 × 61 matrix, all 5,307 entries observed, squared loss 3/2 Σ (x − y)², regularizer ‖u‖₂‖v‖₂, u ≥ 0, v ≥ 0",
    );
  });

  it("says what is measured, not how large it would be", () => {
    expect(words({ shape: [12, 12], mapping: "symmetric", seen: "measurements", observed: 60 })).toMatch(
      /^12 × 12 symmetric matrix, 60 measurements, squared loss/,
    );
  });

  it("calls tensors tensors", () => {
    expect(words({ shape: [10, 6, 2], mapping: "cp", observed: 120 })).toMatch(
      /^10 × 6 × 2 tensor, all 120 entries observed/,
    );
  });

  it.each([
    ["relu(V W₁) W₂", "network relu(V W₁) W₂, "],
    ["a branch of 14 layers: conv2d, relu", "network of branches with 14 layers, "],
    ["a model with 5 arrays of weights", "network of 5 arrays of weights, "],
  ])("shows the network %s", (formula, start) => {
    const network = { formula, mapping: "network", shape: [392, 1], observed: 392 };
    expect(words(network)).toBe(`${start}392 samples × 1 output, squared loss, regularizer ‖u‖₂‖v‖₂`);
    expect(words({ ...network, observed: 390 })).toContain("1 output, 390 of 392 numbers observed, ");
  });

  it.each([
    ["min over b: ½ Σ (x − y)² at x + b", "squared loss with an intercept"],
    ["min over b: Σ (log Σⱼ e^{xⱼ} − x_c) at x + b", "cross-entropy loss with an intercept"],
    ["Σ (log Σⱼ e^{xⱼ} − x_c)", "cross-entropy loss"],
    ["Σ huber(x − y; 0.6, curvature 2)", "Huber loss"],
  ])("calls %s by its name", (loss, name) => {
    expect(words({ loss })).toContain(`observed, ${name}, regularizer`);
  });

  it("puts λ in proportion", () => {
    expect(lambdaShare(0.5, 10)).toBe("5 %");
    expect(lambdaShare(15, 10)).toBe("1.5 ×");
    expect(lambdaShare(15, 0)).toBe("");
  });

  it("makes sentences of messages, but leaves names as they are", () => {
    expect(sentence("the run stopped")).toBe("The run stopped.");
    expect(sentence("data.target: x.csv is missing; add it")).toBe("data.target: x.csv is missing; add it.");
    expect(sentence("did it?")).toBe("Did it?");
    expect(sentence("  ")).toBe("");
  });

  it("shows a verdict it does not know as it is", () => {
    expect(verdictLabel("not-global")).toBe("Not global");
    expect(verdictLabel("toString")).toBe("toString");
  });
});

describe("the polar's bracket", () => {
  const bracket = { method: "Lanczos + Cholesky", kind: "exact" } as const;
  const open = { tolerance: 1e-6, isMet: false };

  it.each([
    [0.4, 0.9, "none", "No better direction exists"],
    [0.9999999, 1.0000001, "tight", "No better direction, to within the gap"],
    [1.2, 1.3, "better", "A better direction exists"],
    [0.99, 1.2, "open", "A better direction is not ruled out"],
  ])("[%d, %d] is %s", (lower, upper, kind, title) => {
    expect(polarView({ ...bracket, lower, upper }, open)).toMatchObject({ kind, title });
  });

  it("has no better direction where the gap is met: what it could gain is no more than that", () => {
    const polar = { ...bracket, lower: 1.00001, upper: 1.000011 };
    expect(polarView(polar, open)).toMatchObject({ kind: "better" });
    expect(polarView(polar, { ...open, isMet: true })).toMatchObject({
      kind: "tight",
      title: "No better direction, to within the gap",
      body: "Ω°(Z) ≤ 1.000011, proven.",
    });
  });

  it("says that there is no upper bound where none is known", () => {
    const view = polarView({ ...bracket, lower: 0.9999, upper: null, method: "multi-start search" }, open);
    expect(view).toEqual({
      kind: "open",
      title: "A better direction is not ruled out",
      body: "Ω°(Z) ≥ 0.9999, attained by a branch in hand; no upper bound is known.",
      proof: "Method: multi-start search.",
    });
    expect(polarView({ ...bracket, lower: 1.5, upper: null }, open)).toMatchObject({ kind: "better" });
  });

  it("never says less than what is proven", () => {
    const { body } = polarView({ ...bracket, lower: 0.2, upper: 1.00000042 }, open);
    expect(body).toBe("Ω°(Z) ≤ 1.00000042, proven.");
  });

  it("says in small print how it was proven, at what cost, and why that way", () => {
    const ends = { lower: 0.99, upper: 1.2, kind: "bound" as const };
    expect(polarView({ ...ends, method: "spectral norm" }, open).proof).toBe("Proof: spectral norm.");
    const method = "cover of the sphere";
    const why = "axis 3 has 2 entries, few enough for a cover of their sphere";
    expect(polarView({ ...ends, method, why, work: 1304 }, open).proof).toBe(
      "Proof: cover of the sphere, 1,304 cells; axis 3 has 2 entries, few enough for a cover of their sphere.",
    );
    expect(polarView({ ...ends, method, work: 1 }, open).proof).toBe("Proof: cover of the sphere, 1 cell.");
  });

  it("lies on a scale that is monotonic through 1 and stays inside", () => {
    const values = [-5, 0, 0.5, 0.99, 1 - 1e-5, 1 - 1e-8, 1, 1 + 1e-8, 1 + 1e-5, 1.01, 1.5, 2, 1e9];
    const positions = values.map(gaugePosition);
    expect(positions).toEqual([...positions].sort((a, b) => a - b));
    expect(gaugePosition(1)).toBe(0);
    expect(positions.at(0)).toBe(-1);
    expect(positions.at(-1)).toBe(1);
  });
});

describe("the layers of a branch", () => {
  it("have the degree after each, what breaks it, and a line for those that are left out", () => {
    const layers = RECORDINGS.deep.state.problem?.layers ?? [];
    expect(layerLines(layers).map(({ name, degree, note }) => [name, degree, note].join(" | "))).toEqual([
      "conv2d 16 of 3 × 3 | 1 | ",
      "batchNorm | ≈ 1 | weights before it become scale-invariant (approximately: ε = 0.001)",
      "relu | ≈ 1 | ",
      "conv2d 16 of 3 × 3 | ≈ 2 | ",
      "relu | ≈ 2 | ",
      "residual: input added | 1 and 2 | joins different degrees",
      "… 3 more layers |  | ",
      "tanh | none | tanh has no degree",
      "… 3 more layers |  | ",
      "dense 64, bias | none | its bias has degree 1",
      "… 2 more layers |  | ",
      "relu | none | ",
      "dense | none | ",
      "softmax | none | belongs in the loss",
    ]);
    expect(layerLines(layers).map(({ look }) => look)).toEqual(
      Array.from({ length: 14 }, (_, at) =>
        [3, 4].includes(at) ? "inside" : [6, 8, 10].includes(at) ? "left-out" : "",
      ),
    );
  });

  it("with many degrees name the first ones and the last", () => {
    const [layer] = RECORDINGS.network.state.problem?.layers ?? [];
    if (layer === undefined) throw new Error("the recording has layers");
    const mixed = { ...layer, homogeneity: "mixed", degrees: [1, 2, 3, 9] } as const;
    expect(layerLines([mixed, { ...layer, index: 2 }]).map(({ name, degree }) => [name, degree])).toEqual([
      ["dense 1", "1, 2, …, 9"],
      ["… 1 more layer", ""],
      ["dense 1", "1"],
    ]);
  });
});

describe("degrees", () => {
  it.each([
    [2, 2, true, "Degree of the mapping 2 · of the regularizer 2 — match"],
    [2, 1, false, "Degree of the mapping 2 · of the regularizer 1 — no match"],
    [2, 3, false, "Degree of the mapping 2 · of the regularizer 3 — no match"],
    [null, null, false, "Degree of the mapping none · of the regularizer none — no match"],
  ])("%s and %s", (mapping, regularizer, match, title) => {
    expect(degreeView(mapping, regularizer)).toMatchObject({ match, title });
  });
});
