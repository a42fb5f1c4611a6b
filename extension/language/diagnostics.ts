/** Findings as squiggles: those of the config's text, and those of its newest run while nothing changed since. */
import type { Finding, Range as TextRange } from "@optimality-lens/engine";
import * as vscode from "vscode";
import type { Disposable } from "../lifecycle.ts";
import { Lifetime } from "../lifecycle.ts";
import type { RunStore } from "../runs/run-store.ts";
import { openDocument } from "./config-files.ts";
import type { LanguageLoader } from "./language-loader.ts";

export const DIAGNOSTIC_SOURCE = "optimality";

const SEVERITIES: Readonly<Record<Finding["severity"], vscode.DiagnosticSeverity>> = {
  error: vscode.DiagnosticSeverity.Error,
  warning: vscode.DiagnosticSeverity.Warning,
  info: vscode.DiagnosticSeverity.Information,
};

export interface DiagnosticsOptions {
  readonly store: RunStore;
  readonly language: LanguageLoader;
}

export interface Marked {
  readonly diagnostic: vscode.Diagnostic;
  readonly finding: Finding;
}

export class ConfigDiagnostics implements Disposable {
  readonly #options: DiagnosticsOptions;
  readonly #lifetime = new Lifetime();
  readonly #collection: vscode.DiagnosticCollection;
  readonly #ofText = new Map<string, readonly Finding[]>();
  readonly #marked = new Map<string, readonly Marked[]>();

  constructor(options: DiagnosticsOptions) {
    this.#options = options;
    this.#collection = this.#lifetime.own(
      "diagnostics",
      vscode.languages.createDiagnosticCollection(DIAGNOSTIC_SOURCE),
    );
    this.#lifetime.own(
      "diagnostics store listener",
      options.store.onChange((change) => {
        const affectsRun = change.what === "ended" || (change.what === "run" && options.store.active === undefined);
        if (affectsRun && this.#ofText.has(change.configUri)) this.#draw(change.configUri);
      }),
    );
  }

  /** The findings of the config's newest text. */
  publish(uri: string, findings: readonly Finding[]): void {
    this.#ofText.set(uri, findings);
    this.#draw(uri);
  }

  clear(uri: string): void {
    this.#ofText.delete(uri);
    this.#marked.delete(uri);
    this.#collection.delete(vscode.Uri.parse(uri));
  }

  findingOf({ uri }: vscode.TextDocument, diagnostic: vscode.Diagnostic): Finding | undefined {
    return findingBehind(this.#marked.get(uri.toString()) ?? [], diagnostic);
  }

  dispose(): void {
    this.#lifetime.dispose();
  }

  #draw(uri: string): void {
    const document = openDocument(uri);
    if (document === undefined) return;
    const ofText = this.#ofText.get(uri) ?? [];
    const marked = [...ofText, ...this.#ofRun(uri, ofText)].map((finding): Marked => {
      const range = toRange(document, finding.range ?? this.#locate(document, finding.path));
      return { finding, diagnostic: toDiagnostic(finding, range) };
    });
    this.#marked.set(uri, marked);
    this.#collection.set(
      document.uri,
      marked.map((each) => each.diagnostic),
    );
  }

  /** What the newest run has to warn of, unless the text says it already. */
  #ofRun(uri: string, ofText: readonly Finding[]): readonly Finding[] {
    const run = this.#options.store.latest(uri);
    if (run?.phase !== "finished" || run.outOfDate) return [];
    const said = new Set(ofText.map(({ code, path }) => `${code} ${path}`));
    return run.findings
      .filter((finding) => finding.severity !== "info" && !said.has(`${finding.code} ${finding.path}`))
      .map(({ range: _atRunTime, ...finding }) => finding);
  }

  #locate(document: vscode.TextDocument, path: string): TextRange | undefined {
    return this.#options.language.load().locate(document.uri.fsPath, document.getText(), path);
  }
}

export function toRange(document: vscode.TextDocument, range: TextRange | undefined): vscode.Range {
  if (range === undefined) return document.lineAt(0).range;
  return document.validateRange(
    new vscode.Range(range.start.line, range.start.character, range.end.line, range.end.character),
  );
}

export function toDiagnostic(finding: Finding, range: vscode.Range): vscode.Diagnostic {
  const diagnostic = new vscode.Diagnostic(range, finding.message, SEVERITIES[finding.severity]);
  diagnostic.source = DIAGNOSTIC_SOURCE;
  const page = encodeURIComponent(JSON.stringify([finding.code]));
  diagnostic.code = { value: finding.code, target: vscode.Uri.parse(`command:optimalityLens.explain?${page}`) };
  return diagnostic;
}

/** VS Code hands code action providers copies of the diagnostics that it was given. */
export function findingBehind(marked: readonly Marked[], copy: vscode.Diagnostic): Finding | undefined {
  return marked.find(({ diagnostic }) => sameDiagnostic(diagnostic, copy))?.finding;
}

function sameDiagnostic(a: vscode.Diagnostic, b: vscode.Diagnostic): boolean {
  return a.message === b.message && a.range.isEqual(b.range) && codeOf(a) === codeOf(b);
}

function codeOf({ code }: vscode.Diagnostic): string {
  return String(typeof code === "object" ? code.value : code);
}
