/** The extension's settings, `optimalityLens.*`. */
import * as vscode from "vscode";
import type { CheckedExtent } from "./runs/path-extent.ts";
import { checkedExtent } from "./runs/path-extent.ts";

export interface Settings {
  /** Check configs while people type, not only when they are opened and saved. */
  readonly checkOnType: boolean;
  /** Write certificate and factors beside the config when a run finishes. */
  readonly writeCertificate: boolean;
  /** How many points a λ-path has and where it ends, or what is wrong with that. */
  readonly pathExtent: CheckedExtent;
}

export function readSettings(): Settings {
  const settings = vscode.workspace.getConfiguration("optimalityLens");
  return {
    checkOnType: settings.get<boolean>("check.onType", true),
    writeCertificate: settings.get<boolean>("run.writeCertificate", true),
    pathExtent: checkedExtent({ points: settings.get("path.points"), end: settings.get("path.end") }),
  };
}
