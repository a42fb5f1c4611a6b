/** Keys, values and file names while a config is written. */
import type { ConfigCompletion } from "@optimality-lens/engine";
import * as vscode from "vscode";
import type { LanguageLoader } from "./language-loader.ts";
import { isServedElsewhere } from "./schema-service.ts";
import { isFileName, suggestionOf } from "./suggestion.ts";

/** Behind these, something is expected that no letter has announced yet. */
export const COMPLETION_TRIGGERS: readonly string[] = [":", " ", "{", "[", ",", '"', "'", "/"];

const KINDS: Readonly<Record<ConfigCompletion["kind"], vscode.CompletionItemKind>> = {
  key: vscode.CompletionItemKind.Property,
  value: vscode.CompletionItemKind.Value,
  file: vscode.CompletionItemKind.File,
  folder: vscode.CompletionItemKind.Folder,
  config: vscode.CompletionItemKind.Snippet,
};

export function isExtensionActive(id: string): boolean {
  return vscode.extensions.getExtension(id)?.isActive === true;
}

export function createCompletions(language: LanguageLoader): vscode.CompletionItemProvider {
  return {
    async provideCompletionItems(document, position, cancellation) {
      const service = language.load();
      const { fsPath } = document.uri;
      const found = await service.complete(fsPath, document.getText(), position);
      if (cancellation.isCancellationRequested) return [];
      const ours = isServedElsewhere(fsPath, isExtensionActive) ? found.filter(isFileName) : found;
      return ours.map((completion, index) => itemOf(completion, index, service.describeKey));
    },
  };
}

function itemOf(
  completion: ConfigCompletion,
  index: number,
  describe: (info: NonNullable<ConfigCompletion["about"]>["info"]) => string,
): vscode.CompletionItem {
  const { label, detail, snippet, sortText, filterText } = suggestionOf(completion, index);
  const { start, end } = completion.range;
  const named: vscode.CompletionItemLabel = detail === undefined ? { label } : { label, description: detail };
  const item = new vscode.CompletionItem(named, KINDS[completion.kind]);
  item.insertText = new vscode.SnippetString(snippet);
  item.range = new vscode.Range(start.line, start.character, end.line, end.character);
  item.sortText = sortText;
  item.filterText = filterText;
  if (completion.about !== undefined) item.documentation = new vscode.MarkdownString(describe(completion.about.info));
  if (completion.continues) item.command = { title: "Suggest", command: "editor.action.triggerSuggest" };
  return item;
}
