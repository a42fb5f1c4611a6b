/** Questions put to the person. One record, so that tests answer in their place. */
import * as vscode from "vscode";
import type { PathRun } from "../runs/path-run.ts";
import { isPath } from "../runs/path-run.ts";
import type { ConfigRef, Run } from "../runs/run.ts";

export interface Prompts {
  chooseReplace(active: Run | PathRun, wanted: ConfigRef): Promise<"replace" | "keep">;
  pickConfig(configs: readonly ConfigRef[]): Promise<ConfigRef | undefined>;
  pickSaveTarget(
    suggestion: vscode.Uri,
    filters: Readonly<Record<string, readonly string[]>>,
  ): Promise<vscode.Uri | undefined>;
}

export function createPrompts(): Prompts {
  return {
    async chooseReplace(active, wanted) {
      const replace: vscode.MessageItem = { title: "Replace the Running One" };
      const keep: vscode.MessageItem = { title: "Keep It", isCloseAffordance: true };
      const choice = await vscode.window.showWarningMessage(
        isPath(active)
          ? `The λ-path of ${active.config.name} is still being computed.`
          : `${active.config.name} is still being diagnosed.`,
        {
          modal: true,
          detail: `Only one goes on at a time. Replace it to start with ${wanted.name} now; what it has so far is kept.`,
        },
        replace,
        keep,
      );
      return choice === replace ? "replace" : "keep";
    },
    async pickConfig(configs) {
      const items = configs.map((config) => ({ label: config.name, config }));
      const picked = await vscode.window.showQuickPick(items, { placeHolder: "Which config?" });
      return picked?.config;
    },
    async pickSaveTarget(suggestion, filters) {
      const copied = Object.fromEntries(Object.entries(filters).map(([name, extensions]) => [name, [...extensions]]));
      return await vscode.window.showSaveDialog({ defaultUri: suggestion, filters: copied, saveLabel: "Export" });
    },
  };
}
