/** The extension's settings, `optimalityLens.*`. */
import * as vscode from "vscode";

export interface Settings {
  /** Check configs while people type, not only when they are opened and saved. */
  readonly checkOnType: boolean;
  /** Write certificate and factors beside the config when a run finishes. */
  readonly writeCertificate: boolean;
}

export function readSettings(): Settings {
  const settings = vscode.workspace.getConfiguration("optimalityLens");
  return {
    checkOnType: settings.get<boolean>("check.onType", true),
    writeCertificate: settings.get<boolean>("run.writeCertificate", true),
  };
}
