/** What a key means, its values and default, when the pointer rests on it. */
import * as vscode from "vscode";
import type { LanguageLoader } from "./language-loader.ts";

export function createKeyHovers(language: LanguageLoader): vscode.HoverProvider {
  return {
    provideHover(document, position) {
      const key = language.load().keyAt(document.uri.fsPath, document.getText(), position);
      if (key === undefined) return undefined;
      const { description, values, fallback, example } = key.info;
      const text = new vscode.MarkdownString();
      text.appendMarkdown("**`").appendText(key.path).appendMarkdown("`** ").appendText(description);
      text.appendMarkdown("\n\n*Values:* ").appendText(values);
      if (fallback !== undefined) text.appendMarkdown("\n\n*Default:* ").appendText(fallback);
      text.appendMarkdown("\n\n").appendCodeblock(example, "yaml");
      return new vscode.Hover(text);
    },
  };
}
