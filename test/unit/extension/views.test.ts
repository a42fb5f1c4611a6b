import type { Verdict } from "@optimality-lens/engine";
import { describe, expect, it } from "vitest";
import { createNonce, panelPage } from "../../../extension/panel/html.ts";
import { panelState } from "../../../extension/panel/panel-state.ts";
import { formatNumber, markdownReport, resultJson, seriesCsv, VERDICT_WORDS } from "../../../extension/panel/report.ts";
import type { Run } from "../../../extension/runs/run.ts";
import { RunStore } from "../../../extension/runs/run-store.ts";
import { statusView } from "../../../extension/views/status-view.ts";
import { batchOf, columnsOf, config, findingOf, finishedOf, problem, progressAt } from "./samples.ts";

const verdicts = Object.keys(VERDICT_WORDS) as Verdict[];

function finishedStore(change: Parameters<typeof finishedOf>[1] = {}): { store: RunStore; run: Run } {
  const store = new RunStore();
  const { id } = store.begin({ config, startedAt: "2025-01-01T00:00:00.000Z", label: "from the start" });
  store.receive({ kind: "started", runId: id, problem });
  store.receive(batchOf(id, [3, 2]));
  store.receive(finishedOf(id, change));
  const run = store.run(id);
  if (run === undefined) throw new Error("no run");
  return { store, run };
}

describe("only the verdict global looks like success (invariant 5)", () => {
  it.each(verdicts)("status bar for %s", (verdict) => {
    const view = statusView(finishedStore({ verdict }).run);
    expect(/\$\((check|pass|pass-filled|verified)/.test(view?.text ?? "")).toBe(verdict === "global");
  });

  it("an out-of-date global is no success either", () => {
    const { store, run } = finishedStore();
    store.setOutOfDate(run.id, true);
    expect(statusView(store.run(run.id))?.text).not.toMatch(/check|pass|verified/);
  });

  it("a run in the middle of a proof says so, and its seconds", () => {
    const store = new RunStore();
    const { id } = store.begin({ config, startedAt: "", label: "" });
    store.receive({ kind: "started", runId: id, problem });
    const progress = { ...progressAt(3, 2), phase: "proof" as const, seconds: 12.3 };
    store.receive({ kind: "batch", runId: id, columns: columnsOf([]), progress, snapshot: null });
    expect(statusView(store.active)?.text).toBe("$(sync~spin) Optimality: objective 2, closing the polar (12 s)");
  });

  it("a failed or running run has no tick", () => {
    const store = new RunStore();
    const { id } = store.begin({ config, startedAt: "", label: "" });
    expect(statusView(store.active)?.text).toContain("loading");
    store.fail(id, "no");
    expect(statusView(store.run(id))).toMatchObject({ look: "error" });
    expect(statusView(undefined)).toBeUndefined();
  });
});

describe("panel state", () => {
  it("shows the config's findings before a run and the run's after it", () => {
    const store = new RunStore();
    store.setConfigFindings(config.uri, [findingOf("unknown-key")]);
    const options = { displayPath: (path: string) => path.replace("/ws/", "") };
    expect(panelState(store, config, options)).toMatchObject({
      phase: "empty",
      runId: 0,
      findings: [{ code: "unknown-key" }],
    });
    const { id } = store.begin({ config, startedAt: "", label: "" });
    expect(panelState(store, config, options)).toMatchObject({ phase: "loading", findings: [{ code: "unknown-key" }] });
    store.receive(finishedOf(id));
    expect(panelState(store, config, options)).toMatchObject({
      phase: "finished",
      findings: [{ code: "certified" }],
      certificateFile: "a.optimality.yaml.certificate.json",
      history: [{ runId: id, current: true, verdict: "global", relativeGap: 5e-7 }],
    });
  });
});

describe("exported files", () => {
  it("csv has a row per point and an empty cell where no bound was proven", () => {
    const columns = { ...columnsOf([3, 2]), lowerBound: Float64Array.of(Number.NaN, 1.5) };
    expect(seriesCsv(columns)).toBe("iteration,seconds,objective,lower_bound\n0,0,3,\n1,0.01,2,1.5\n");
  });

  it("json is the result with its certificate file", () => {
    const { run } = finishedStore();
    expect(JSON.parse(resultJson(run))).toMatchObject({ verdict: "global", certificate: run.certificateFile });
  });

  it("markdown says how the polar was proven, at what cost, and why that way", () => {
    const polar = { lower: 1, upper: 1.0000001, method: "cover of the sphere", kind: "exact" } as const;
    const { run } = finishedStore({ polar: { ...polar, work: 1304, why: "axis 3 has 2 entries" } });
    const text = markdownReport(run);
    expect(text).toContain("| polar | [1, 1.0000001] |");
    expect(text).toContain("| proof of the polar | cover of the sphere, 1,304 cells; axis 3 has 2 entries |");
  });

  it("markdown says verdict, numbers, branches and findings, and that a run is out of date", () => {
    const { store, run } = finishedStore({ reason: "a | b" });
    const text = markdownReport(run);
    expect(text).toContain("**Verdict: global minimum, proven.** a | b");
    expect(text).toContain("| objective | 2 |");
    expect(text).toContain("| 1 | 1.5 | 1e-9 | no |");
    expect(text).toContain("- **certified**");
    expect(text).not.toContain("changed since");
    store.setOutOfDate(run.id, true);
    expect(markdownReport(store.run(run.id) ?? run)).toContain("changed since");
  });

  it("markdown has the layers of a network, and what stands beside its branches", () => {
    const { run } = finishedStore({ extra: { intercept: [20.5, -1], outliers: { nonzero: 3, l1: 7.25 } } });
    const layer = {
      index: 0,
      name: "dense 2",
      depth: 0,
      homogeneity: "degree",
      degrees: [1],
      approximate: true,
    } as const;
    const layers = [
      { ...layer, note: "" },
      { ...layer, index: 7, name: "tanh", homogeneity: "none" as const, degrees: [], note: "no degree" },
    ];
    const text = markdownReport({ ...run, problem: { ...problem, mapping: "network", layers } });
    expect(text).toContain("| outliers | 3, ‖E‖₁ = 7.25 |\n| intercept | 20.5, -1 |\n");
    expect(text).toContain("## Layers\n\n| layer | kind | degree after it | note |\n");
    expect(text).toContain("| 1 | dense 2 | ≈ 1 |  |\n| 8 | tanh | none | no degree |\n");
    expect(markdownReport(run)).not.toContain("Layers");
  });

  it("numbers stay readable", () => {
    expect([551.3700441234, 1e-9, 0, -12345678.9, null, Number.NaN].map(formatNumber)).toEqual([
      "551.370044",
      "1e-9",
      "0",
      "-1.23456789e+7",
      "none",
      "NaN",
    ]);
  });
});

describe("the panel's page", () => {
  const page = panelPage({
    cspSource: "https://local",
    scriptUri: "https://local/w.js",
    styleUri: "https://local/w.css",
    nonce: "N",
  });

  it("lets nothing load but its own script and style", () => {
    expect(page).toContain(`content="default-src 'none'; script-src 'nonce-N' https://local; style-src https://local"`);
    expect(page).not.toMatch(/unsafe|\*/);
    expect(page.match(/<script/g)).toHaveLength(1);
    expect(page).not.toMatch(/ style=| on[a-z]+=/);
  });

  it("has a fresh nonce each time", () => {
    const nonces = new Set(Array.from({ length: 100 }, createNonce));
    expect(nonces.size).toBe(100);
    for (const nonce of nonces) expect(nonce).toMatch(/^[\w-]{32}$/);
  });
});
