import assert from "node:assert/strict";
import * as vscode from "vscode";
import { configIn, extensionApi, freshFolder, openConfig, until } from "./host.ts";

describe("activation", () => {
  it("loads no engine before the first config is opened", async () => {
    const api = await extensionApi();
    assert.equal(api.languageLoaded(), false);
    await openConfig(configIn(freshFolder("activation"), "ratings"));
    await until("the language bundle", () => api.languageLoaded());
  });

  it("has every command that the manifest names", async () => {
    const { packageJSON } = vscode.extensions.getExtension("optimality-lens.optimality-lens") ?? {};
    const declared: string[] = packageJSON.contributes.commands.map((entry: { command: string }) => entry.command);
    const registered = new Set(await vscode.commands.getCommands(true));
    assert.deepEqual(
      declared.filter((command) => !registered.has(command)),
      [],
    );
    assert.ok(declared.length >= 7);
  });

  it("opens configs as YAML", async () => {
    const document = await openConfig(configIn(freshFolder("activation"), "ratings"));
    assert.equal(document.languageId, "yaml");
  });
});
