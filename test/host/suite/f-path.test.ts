import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import * as vscode from "vscode";
import type { ExtensionApi } from "../../../extension/main.ts";
import type { PathRun } from "../../../extension/runs/path-run.ts";
import { closeAll, configIn, extensionApi, freshFolder, openConfig, until } from "./host.ts";

describe("the λ-path", () => {
  let api: ExtensionApi;
  let folder: string;
  before(async () => {
    api = await extensionApi();
    folder = freshFolder("path");
  });
  afterEach(async () => {
    await vscode.commands.executeCommand("optimalityLens.cancel");
    await api.waitForIdle();
    await closeAll();
  });

  const pathOf = (uri: vscode.Uri): PathRun => {
    const found = api.store.paths.of(uri.toString());
    assert.ok(found, `no path of ${uri.path}`);
    return found;
  };

  /** From the palette: on the config in the editor. */
  async function traced(uri: vscode.Uri): Promise<PathRun> {
    await openConfig(uri);
    await vscode.commands.executeCommand("optimalityLens.path");
    await api.waitForIdle();
    return pathOf(uri);
  }

  it("is certified at every point, and the panel has it", async () => {
    const uri = configIn(folder, "ratings");
    const found = await traced(uri);
    assert.equal(found.status, "complete", found.failure ?? undefined);
    assert.equal(found.lambdas.length, 20);
    assert.equal(found.points.length, 20);
    assert.deepEqual(
      found.points.filter(({ verdict }) => verdict !== "global"),
      [],
    );
    assert.equal(found.points[0]?.rank, 0);
    assert.ok(Math.abs((found.points.at(-1)?.relative ?? 0) - 0.1) < 1e-9);
    await until("the panel", () => api.panel.visible);
    assert.deepEqual(api.panel.state?.path?.points, found.points);
    assert.equal(api.store.latest(uri.toString()), undefined, "a path is no run");
  });

  it("has as many points as the settings say, goes as far, and does not start where they make no sense", async () => {
    const uri = configIn(folder, "ratings");
    const set = (name: string, value: unknown): Thenable<void> =>
      vscode.workspace
        .getConfiguration("optimalityLens")
        .update(`path.${name}`, value, vscode.ConfigurationTarget.Workspace);
    try {
      await set("points", 5);
      await set("end", 0.3);
      const found = await traced(uri);
      assert.equal(found.points.length, 5);
      assert.ok(Math.abs((found.points.at(-1)?.relative ?? 0) - 0.3) < 1e-9);
      assert.equal(api.panel.state?.path?.lambdas.length, 5);
      await set("points", "many");
      assert.equal((await traced(uri)).id, found.id);
      await set("points", 2);
      await set("end", 2);
      assert.equal((await traced(uri)).id, found.id);
      await set("end", undefined);
      assert.equal((await traced(uri)).points.length, 2);
    } finally {
      await set("points", undefined);
      await set("end", undefined);
    }
  });

  it("is computed again from the lens above the config", async () => {
    const uri = configIn(folder, "ratings");
    await openConfig(uri);
    const lenses = await until("the lenses", async () => {
      const found = await vscode.commands.executeCommand<vscode.CodeLens[]>("vscode.executeCodeLensProvider", uri);
      return found.length > 0 && found;
    });
    const command = lenses.find((lens) => lens.command?.title === "λ-path")?.command;
    assert.ok(command, "no lens for the path");
    const before = api.store.paths.of(uri.toString())?.id;
    await vscode.commands.executeCommand(command.command, ...(command.arguments ?? []));
    await api.waitForIdle();
    assert.notEqual(pathOf(uri).id, before);
  });

  it("keeps its points when it is cancelled, and takes the place of nothing else", async () => {
    const uri = configIn(folder, "long");
    await vscode.commands.executeCommand("optimalityLens.path", uri);
    await until("a point", () => pathOf(uri).points.length > 0);
    await until("the progress of the next", () => pathOf(uri).progress);
    const { points } = pathOf(uri);
    assert.equal(api.panel.state?.path?.phase, "running");
    api.panel.receive({ kind: "cancel" });
    await until("the end", () => pathOf(uri).status !== null);
    assert.equal(pathOf(uri).status, "cancelled");
    assert.ok(pathOf(uri).points.length >= points.length);
    assert.equal(api.panel.state?.phase, "empty");
  });

  it("gives the config the λ of a point, and is not out of date for that", async () => {
    const uri = configIn(folder, "ratings");
    const found = await traced(uri);
    await vscode.commands.executeCommand("optimalityLens.diagnose", uri);
    await api.waitForIdle();
    const share = Number(found.points[4]?.relative.toPrecision(6));
    api.panel.receive({ kind: "lambda", to: "config", pathId: found.id, point: 4 });
    const wanted = `lambda: {relative: ${share}}`;
    await until("the saved λ", () => readFileSync(uri.fsPath, "utf8").includes(wanted));
    await until("the mark of the run", () => api.store.latest(uri.toString())?.outOfDate);
    await api.waitForIdle();
    assert.equal(pathOf(uri).outOfDate, false);
    await vscode.commands.executeCommand("optimalityLens.diagnose", uri);
    await api.waitForIdle();
    const { objective = 0, lambda = 0 } = api.store.latest(uri.toString())?.result ?? {};
    const point = found.points[4];
    assert.ok(point !== undefined && Math.abs(lambda / point.lambda - 1) < 1e-5);
    assert.ok(Math.abs(objective / point.objective - 1) < 1e-4);
  });

  it("copies all digits of a λ, and refuses a point that is not there any more", async () => {
    const uri = configIn(folder, "ratings");
    const found = await traced(uri);
    await until("the panel", () => api.panel.visible);
    await vscode.env.clipboard.writeText("before");
    api.panel.receive({ kind: "lambda", to: "clipboard", pathId: found.id + 1, point: 3 });
    api.panel.receive({ kind: "lambda", to: "clipboard", pathId: found.id, point: 99 });
    api.panel.receive({ kind: "lambda", to: "clipboard", pathId: found.id, point: 3 });
    const wanted = String(found.points[3]?.lambda);
    await until("the copy", async () => (await vscode.env.clipboard.readText()) === wanted);
  });

  it("is exported, and found again in the archive", async () => {
    const uri = configIn(folder, "ratings");
    const found = await traced(uri);
    const original = api.prompts.pickSaveTarget;
    try {
      for (const [format, expected, png] of [
        ["path-csv", /^lambda,relative,verdict,status,rank,.*\n[\d.]+,1,global,converged,0,/],
        ["path-json", /"version": 1,\s+"lambdaMax": [\d.]+,\s+"status": "complete"/],
        ["path-png", /^.PNG$/, "data:image/png;base64,iVBORw=="],
      ] as const) {
        const target = path.join(folder, `exported.${format}`);
        api.prompts.pickSaveTarget = async (suggestion) => {
          assert.equal(path.basename(suggestion.path), `ratings.optimality.${format.replace("-", ".")}`);
          return vscode.Uri.file(target);
        };
        api.panel.receive({ kind: "export", format, png });
        await until(`the file of ${format}`, () => existsSync(target) && expected.test(readFileSync(target, "utf8")));
      }
    } finally {
      api.prompts.pickSaveTarget = original;
    }
    const { paths } = await api.archive.read();
    assert.deepEqual(paths.find(({ config }) => config.uri === uri.toString())?.points, found.points);
  });

  it("a config that cannot be used has no path, and says why in one line", async () => {
    const uri = configIn(folder, "misspelled");
    const found = await traced(uri);
    assert.equal(found.phase, "failed");
    assert.match(found.failure ?? "", /brances/);
    assert.doesNotMatch(found.failure ?? "", /\n/);
    assert.equal(api.panel.state?.path?.failure, found.failure);
  });
});
