/** What a key means, its values and default, when the pointer rests on it. */
import * as vscode from "vscode";
import { isExtensionActive } from "./completion.ts";
import type { LanguageLoader } from "./language-loader.ts";
import { isServedElsewhere } from "./schema-service.ts";

export function createKeyHovers(language: LanguageLoader): vscode.HoverProvider {
  return {
    provideHover(document, position) {
      const { fsPath } = document.uri;
      if (isServedElsewhere(fsPath, isExtensionActive)) return undefined;
      const service = language.load();
      const key = service.keyAt(fsPath, document.getText(), position);
      if (key === undefined) return undefined;
      return new vscode.Hover(new vscode.MarkdownString(`**\`${key.path}\`** ${service.describeKey(key.info)}`));
    },
  };
}
