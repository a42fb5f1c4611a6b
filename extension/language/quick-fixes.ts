/** Suggestions as quick fixes: edits of a config or a model, and actions on a config's last run. */
import type { Finding, RunAction, Suggestion } from "@optimality-lens/engine";
import * as vscode from "vscode";
import { DIAGNOSTIC_SOURCE } from "./diagnostics.ts";
import type { LanguageLoader, LanguageService } from "./language-loader.ts";

/** The command behind each action, in the palette too. */
export const ACTION_COMMANDS: Readonly<Record<RunAction, string>> = {
  "add-zero-branch": "optimalityLens.addZeroBranch",
  "remove-redundant-branches": "optimalityLens.removeRedundantBranches",
  continue: "optimalityLens.continue",
};

/** Edits of the document that carry out a suggestion; `undefined` when its text does not allow them. */
export function editOf(
  service: LanguageService,
  document: vscode.TextDocument,
  suggestion: Extract<Suggestion, { kind: "edit" }>,
): vscode.WorkspaceEdit | undefined {
  const changes = service.changes(document.uri.fsPath, document.getText(), suggestion.edits);
  if (changes.length === 0) return undefined;
  const edit = new vscode.WorkspaceEdit();
  for (const { range, newText } of changes) {
    const { start, end } = range;
    edit.replace(document.uri, new vscode.Range(start.line, start.character, end.line, end.character), newText);
  }
  return edit;
}

/** Who knows the findings behind squiggles. */
export interface FindingLookup {
  /** The finding behind a squiggle of the document, as long as it holds. */
  findingOf(document: vscode.TextDocument, diagnostic: vscode.Diagnostic): Finding | undefined;
}

export class QuickFixes implements vscode.CodeActionProvider {
  static readonly kinds: readonly vscode.CodeActionKind[] = [vscode.CodeActionKind.QuickFix];
  readonly #findings: FindingLookup;
  readonly #language: LanguageLoader;

  constructor(findings: FindingLookup, language: LanguageLoader) {
    this.#findings = findings;
    this.#language = language;
  }

  provideCodeActions(
    document: vscode.TextDocument,
    _range: vscode.Range,
    context: vscode.CodeActionContext,
  ): vscode.CodeAction[] {
    const actions: vscode.CodeAction[] = [];
    for (const diagnostic of context.diagnostics) {
      if (diagnostic.source !== DIAGNOSTIC_SOURCE) continue;
      const finding = this.#findings.findingOf(document, diagnostic);
      if (finding !== undefined) actions.push(...this.#actionsOf(document, diagnostic, finding));
    }
    return actions;
  }

  #actionsOf(document: vscode.TextDocument, diagnostic: vscode.Diagnostic, finding: Finding): vscode.CodeAction[] {
    const actions: vscode.CodeAction[] = [];
    for (const suggestion of finding.suggestions) {
      const action = new vscode.CodeAction(suggestion.title, vscode.CodeActionKind.QuickFix);
      action.diagnostics = [diagnostic];
      if (suggestion.kind === "action") {
        const command = ACTION_COMMANDS[suggestion.action];
        action.command = { title: suggestion.title, command, arguments: [document.uri] };
      } else {
        const edit = editOf(this.#language.load(), document, suggestion);
        if (edit === undefined) continue;
        action.edit = edit;
        action.isPreferred = finding.suggestions.length === 1;
      }
      actions.push(action);
    }
    return actions;
  }
}
