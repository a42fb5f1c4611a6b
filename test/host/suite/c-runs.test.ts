import assert from "node:assert/strict";
import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import * as vscode from "vscode";
import type { ExtensionApi } from "../../../extension/main.ts";
import type { Run } from "../../../extension/runs/run.ts";
import {
  closeAll,
  codeOf,
  configIn,
  diagnosticsOf,
  extensionApi,
  freshFolder,
  openConfig,
  replaceText,
  until,
} from "./host.ts";

describe("runs", () => {
  let api: ExtensionApi;
  let folder: string;
  before(async () => {
    api = await extensionApi();
    folder = freshFolder("runs");
  });
  afterEach(async () => {
    await vscode.commands.executeCommand("optimalityLens.cancel");
    await api.waitForIdle();
    await closeAll();
  });

  const latest = (uri: vscode.Uri): Run => {
    const run = api.store.latest(uri.toString());
    assert.ok(run, `no run of ${uri.path}`);
    return run;
  };

  async function diagnose(uri: vscode.Uri): Promise<Run> {
    await vscode.commands.executeCommand("optimalityLens.diagnose", uri);
    await api.waitForIdle();
    return latest(uri);
  }

  async function startLong(): Promise<vscode.Uri> {
    const uri = configIn(folder, "long");
    await vscode.commands.executeCommand("optimalityLens.diagnose", uri);
    await until(
      "a running long run",
      () => latest(uri).phase === "running" && (api.store.series(latest(uri).id)?.length ?? 0) > 0,
    );
    return uri;
  }

  it("Diagnose reaches a proven global minimum and the panel draws it", async () => {
    const uri = configIn(folder, "ratings");
    await openConfig(uri);
    const run = await diagnose(uri);
    assert.equal(run.phase, "finished", run.failure ?? undefined);
    assert.equal(run.result?.verdict, "global", run.result?.reason);
    assert.ok((run.result?.gap?.relative ?? 1) <= 1e-6);
    assert.ok(run.certificateFile !== null && existsSync(run.certificateFile));
    const points = api.store.series(run.id)?.length ?? 0;
    assert.ok(points > 0);
    await until(
      "the panel's last frame",
      () => api.panel.lastDrawn?.runId === run.id && api.panel.lastDrawn.points === points,
    );
    assert.equal(api.panel.state?.phase, "finished");
    assert.equal(api.panel.state?.certificateFile, vscode.workspace.asRelativePath(run.certificateFile, false));
  });

  it("runs the saved text: a changed document is saved first", async () => {
    const uri = configIn(folder, "ratings");
    const document = await openConfig(uri);
    await replaceText(document, "relative: 0.1", "relative: 0.2");
    const run = await diagnose(uri);
    assert.equal(document.isDirty, false);
    assert.ok(run.result && Math.abs(run.result.lambda / run.result.lambdaMax - 0.2) < 1e-9);
    await replaceText(document, "relative: 0.2", "relative: 0.1");
    await document.save();
  });

  it("a config that cannot be used fails in one line, with findings", async () => {
    const run = await diagnose(configIn(folder, "misspelled"));
    assert.equal(run.phase, "failed");
    assert.match(run.failure ?? "", /brances/);
    assert.doesNotMatch(run.failure ?? "", /\n|at .*\.ts/);
  });

  it("a width that is too small is not global, and adding a zero branch lowers the objective", async () => {
    const uri = configIn(folder, "narrow");
    const before = await diagnose(uri);
    assert.equal(before.result?.verdict, "not-global", before.result?.reason);
    const finding = before.findings.findIndex((each) =>
      each.suggestions.some((s) => s.kind === "action" && s.action === "add-zero-branch"),
    );
    assert.ok(finding >= 0, "no suggestion to add a zero branch");
    api.panel.receive({ kind: "action", action: "add-zero-branch" });
    await until("the continued run", () => latest(uri).id !== before.id && latest(uri).phase === "finished");
    const after = latest(uri);
    assert.ok((after.result?.objective ?? Infinity) < (before.result?.objective ?? 0));
    assert.equal(after.label, "zero branch added");
    assert.deepEqual(
      api.panel.state?.history.map((row) => row.runId),
      [before.id, after.id],
    );
  });

  it("cancels a run and keeps its point", async () => {
    const uri = await startLong();
    await vscode.commands.executeCommand("optimalityLens.cancel");
    await until("the end", () => latest(uri).phase === "finished");
    const run = latest(uri);
    assert.equal(run.result?.status, "cancelled");
    assert.equal(run.certificateFile, null);
    // The worker answered by itself, within the grace period: one that had to be ended leaves no factors.
    assert.notEqual(run.factors, null);
    assert.ok((api.store.series(run.id)?.length ?? 0) > 0);
  });

  it("keeps the running one, or replaces it, as the person chooses; never both", async () => {
    const asked: string[] = [];
    const original = api.prompts.chooseReplace;
    try {
      const long = await startLong();
      const first = latest(long);
      const small = configIn(folder, "ratings");
      const before = api.store.runsOf(small.toString()).length;
      api.prompts.chooseReplace = async (active, wanted) => {
        asked.push(`${path.basename(active.config.path)} / ${path.basename(wanted.path)}`);
        return "keep";
      };
      await vscode.commands.executeCommand("optimalityLens.diagnose", small);
      assert.equal(api.store.active?.id, first.id);
      assert.equal(api.store.runsOf(small.toString()).length, before);
      api.prompts.chooseReplace = async () => "replace";
      await vscode.commands.executeCommand("optimalityLens.diagnose", small);
      await api.waitForIdle();
      assert.equal(latest(long).result?.status, "cancelled");
      assert.equal(latest(small).result?.verdict, "global");
      assert.equal(api.store.runsOf(small.toString()).length, before + 1);
      assert.deepEqual(asked, ["long.optimality.yaml / ratings.optimality.yaml"]);
    } finally {
      api.prompts.chooseReplace = original;
    }
  });

  it("marks a finished run when its config or data changes, and not for a comment", async () => {
    const uri = configIn(folder, "ratings");
    const document = await openConfig(uri);
    const run = await diagnose(uri);
    const outOfDate = (): boolean => api.store.run(run.id)?.outOfDate ?? false;
    assert.equal(outOfDate(), false);
    await replaceText(document, "# Small", "# Very small");
    await document.save();
    await api.waitForIdle();
    assert.equal(outOfDate(), false);
    await replaceText(document, "relative: 0.1", "relative: 0.3");
    await document.save();
    await until("the mark", outOfDate);
    assert.equal(api.panel.state?.outOfDate, true);
    await replaceText(document, "relative: 0.3", "relative: 0.1");
    await document.save();
    await until("no mark", () => !outOfDate());
    const data = path.join(folder, "ratings.csv");
    const content = readFileSync(data);
    appendFileSync(data, "1,2,3,4,5,6,7,8\n");
    await until("the mark of the data", outOfDate);
    writeFileSync(data, content);
    await until("no mark", () => !outOfDate());
  });

  it("exports what the person asks for, where they want it", async () => {
    const uri = configIn(folder, "ratings");
    const run = await diagnose(uri);
    const original = api.prompts.pickSaveTarget;
    try {
      for (const [format, expected] of [
        ["certificate", /"format": "optimality-certificate"/],
        ["json", /"verdict": "global"/],
        ["csv", /^iteration,seconds,objective,lower_bound\n\d/],
        ["markdown", /Verdict: global minimum, proven/],
      ] as const) {
        const target = path.join(folder, `exported.${format}`);
        api.prompts.pickSaveTarget = async () => vscode.Uri.file(target);
        api.panel.receive({ kind: "export", format });
        await until(`the file of ${format}`, () => existsSync(target) && expected.test(readFileSync(target, "utf8")));
      }
    } finally {
      api.prompts.pickSaveTarget = original;
    }
    assert.ok(run.certificateFile !== null && existsSync(run.certificateFile));
  });

  it("a suggestion applied from the panel changes and saves the config", async () => {
    const uri = configIn(folder, "mismatch");
    const run = await diagnose(uri);
    const finding = run.findings.findIndex((each) => each.code === "degree-mismatch");
    const suggestion = run.findings[finding]?.suggestions.findIndex((each) => each.kind === "edit") ?? -1;
    assert.ok(suggestion >= 0, "no edit is suggested for the degree mismatch");
    api.panel.receive({ kind: "apply", runId: run.id, finding, suggestion });
    await until("the saved change", () => !/kind: l1\b/.test(readFileSync(uri.fsPath, "utf8")));
    await until("the mark", () => api.store.run(run.id)?.outOfDate);
    assert.equal((await diagnose(uri)).result?.verdict, "global");
  });

  it("an open polar is marked at search.maxCells, and its quick fix is enough for a proof", async () => {
    const uri = configIn(folder, "sparse");
    const document = await openConfig(uri);
    assert.equal((await diagnose(uri)).result?.verdict, "undecided");
    const open = await until("a squiggle", () => diagnosticsOf(uri).find((each) => codeOf(each) === "polar-open"));
    assert.match(open.message, /used up its 4 cells: raise search\.maxCells/);
    assert.match(document.getText(open.range), /^(maxCells|4)/);
    const fixes = await vscode.commands.executeCommand<vscode.CodeAction[]>(
      "vscode.executeCodeActionProvider",
      uri,
      open.range,
      "quickfix",
    );
    const fix = fixes.find(({ title }) => title === "Let the proof look at 16 cells");
    assert.ok(fix?.edit, fixes.map(({ title }) => title).join(", "));
    assert.ok(await vscode.workspace.applyEdit(fix.edit));
    assert.match(document.getText(), /^search: \{maxCells: 16\}$/m);
    assert.equal((await diagnose(uri)).result?.verdict, "global");
    await until("no squiggle", () => diagnosticsOf(uri).every((each) => codeOf(each) !== "polar-open"));
  });

  it("the panel is rebuilt whole after it was hidden, from the store alone", async () => {
    const uri = configIn(folder, "ratings");
    const run = await diagnose(uri);
    const points = api.store.series(run.id)?.length ?? -1;
    const drawn = (): boolean => api.panel.lastDrawn?.runId === run.id && api.panel.lastDrawn.points === points;
    await until("the first drawing", drawn);
    const column = vscode.window.tabGroups.all.find(
      (group) => group.activeTab?.input instanceof vscode.TabInputWebview,
    )?.viewColumn;
    assert.ok(column !== undefined, "the panel's column");
    await vscode.window.showTextDocument(uri, { viewColumn: column, preview: false });
    await until("the panel hidden", () => !api.panel.visible && api.panel.lastDrawn === undefined);
    await vscode.commands.executeCommand("optimalityLens.openPanel", uri);
    await until("the panel drawn again", drawn);
    assert.equal(api.panel.state?.result?.verdict, "global");
  });

  it("the panel can be closed and opened again without losing a number (invariant 6)", async () => {
    const uri = configIn(folder, "ratings");
    const run = await diagnose(uri);
    await until("the panel", () => api.panel.visible);
    await closeAll();
    await until("no panel", () => !api.panel.visible);
    assert.equal(api.store.latest(uri.toString())?.result?.objective, run.result?.objective);
    await vscode.commands.executeCommand("optimalityLens.openPanel", uri);
    await until("the panel drawn again", () => api.panel.lastDrawn?.runId === run.id);
  });

  it("finds its runs again in the archive", async () => {
    await diagnose(configIn(folder, "ratings"));
    await api.archive.settled();
    const archived = await api.archive.read();
    const last = api.store.latest();
    const found = archived.runs.at(-1);
    assert.equal(found?.run.id, last?.id);
    assert.equal(found?.run.result?.objective, last?.result?.objective);
    assert.equal(found?.series.length, Math.min(2000, api.store.series(last?.id ?? -1)?.length ?? 0));
  });
});
