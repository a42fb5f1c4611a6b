/** What a key means, its values and default, and the degree of a layer, when the pointer rests on it. */
import * as vscode from "vscode";
import { isExtensionActive } from "./completion.ts";
import type { LanguageLoader } from "./language-loader.ts";
import { isServedElsewhere } from "./schema-service.ts";

export function createKeyHovers(language: LanguageLoader): vscode.HoverProvider {
  return {
    provideHover(document, position) {
      const { fsPath } = document.uri;
      const service = language.load();
      const key = service.keyAt(fsPath, document.getText(), position);
      if (key === undefined) return undefined;
      // Another service of the schema says what a key means; degrees it cannot know.
      const info = isServedElsewhere(fsPath, isExtensionActive) ? undefined : key.info;
      const meaning = info === undefined ? undefined : service.describeKey(info);
      if (meaning === undefined && key.layer === undefined) return undefined;
      // A degree has a line of its own, before what the key means.
      const words = key.layer === undefined || meaning === undefined ? [key.layer ?? meaning] : [key.layer, meaning];
      return new vscode.Hover(new vscode.MarkdownString(`**\`${key.path}\`** ${words.join("\n\n")}`));
    },
  };
}
