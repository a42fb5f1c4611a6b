import assert from "node:assert/strict";
import * as vscode from "vscode";
import { configIn, extensionApi, freshFolder, openConfig, until } from "./host.ts";

/** Runs last: there is no extension after it. */
describe("dispose", () => {
  it("leaves no worker, timer, watcher or listener, even in the middle of a run (invariant 6)", async () => {
    const api = await extensionApi();
    const uri = configIn(freshFolder("dispose"), "long");
    const document = await openConfig(uri);
    await vscode.commands.executeCommand("optimalityLens.diagnose", uri);
    await until("a running run", () => api.store.active?.phase === "running");
    assert.ok(api.alive().includes("worker thread"));
    await api.dispose();
    assert.deepEqual(api.alive(), []);
    const commands = await vscode.commands.getCommands(true);
    const own =
      vscode.extensions.getExtension("optimality-lens.optimality-lens")?.packageJSON.contributes.commands ?? [];
    assert.deepEqual(
      own.map((entry: { command: string }) => entry.command).filter((name: string) => commands.includes(name)),
      [],
    );
    assert.equal(document.isClosed, false);
    assert.equal(vscode.languages.getDiagnostics(uri).filter(({ source }) => source === "optimality").length, 0);
    assert.equal(api.panel.visible, false);
  });
});
