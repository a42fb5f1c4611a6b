/** *Diagnose · λ-path · Open certificate* above the first line of a config. */
import * as vscode from "vscode";

export const configLenses: vscode.CodeLensProvider = {
  provideCodeLenses(document) {
    const top = new vscode.Range(0, 0, 0, 0);
    return [
      new vscode.CodeLens(top, {
        title: "$(play) Diagnose",
        tooltip: "Run the factorization and prove whether its minimum is global",
        command: "optimalityLens.diagnose",
        arguments: [document.uri],
      }),
      new vscode.CodeLens(top, {
        title: "λ-path",
        tooltip: "Fit and prove the model at many λ, from λ_max down",
        command: "optimalityLens.path",
        arguments: [document.uri],
      }),
      new vscode.CodeLens(top, {
        title: "Open certificate",
        tooltip: "Show the certificate panel of this config",
        command: "optimalityLens.openPanel",
        arguments: [document.uri],
      }),
    ];
  },
};
