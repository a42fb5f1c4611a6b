/** Which files are configs, and how people know them. */
import * as vscode from "vscode";
import type { ConfigRef } from "../runs/run.ts";

export const CONFIG_GLOB = "**/*.optimality.{yaml,yml,json}";

export const CONFIG_SELECTOR: vscode.DocumentSelector = { scheme: "file", pattern: CONFIG_GLOB };

const CONFIG_NAME = /\.optimality\.(ya?ml|json)$/;

export function isConfig(uri: vscode.Uri): boolean {
  return uri.scheme === "file" && CONFIG_NAME.test(uri.path);
}

export function configRef(uri: vscode.Uri): ConfigRef {
  return { uri: uri.toString(), path: uri.fsPath, name: vscode.workspace.asRelativePath(uri, false) };
}

export function openDocument(uri: string): vscode.TextDocument | undefined {
  return vscode.workspace.textDocuments.find((document) => !document.isClosed && document.uri.toString() === uri);
}

/** The config's text: what is in the editor, else what is on disk; empty when there is no such file. */
export async function configText(config: ConfigRef): Promise<string> {
  const document = openDocument(config.uri);
  if (document !== undefined) return document.getText();
  try {
    return Buffer.from(await vscode.workspace.fs.readFile(vscode.Uri.parse(config.uri))).toString("utf8");
  } catch {
    return "";
  }
}
