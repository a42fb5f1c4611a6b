/** Findings of Keras and TensorFlow.js models that are open as text, in the Problems panel. */
import * as vscode from "vscode";
import { readSettings } from "../config.ts";
import type { Disposable } from "../lifecycle.ts";
import { Lifetime } from "../lifecycle.ts";
import type { Log } from "../log.ts";
import { ConfigChecker, TYPING_PAUSE_MS } from "./config-checker.ts";
import { isConfig, openDocument } from "./config-files.ts";
import { findingBehind, type Marked, toDiagnostic, toRange } from "./diagnostics.ts";
import type { LanguageLoader } from "./language-loader.ts";
import type { FindingLookup } from "./quick-fixes.ts";

/** What a model cannot do without stands near its beginning; other JSON files do not load the engine. */
const SNIFFED_CHARACTERS = 4000;
const MODEL_MARKS = /"(class_name|modelTopology)"/;
/** Larger models are checked when opened and saved only. */
const MAX_TYPED_CHARACTERS = 1_000_000;

export const MODEL_SELECTOR: vscode.DocumentSelector = { scheme: "file", pattern: "**/*.json" };

export interface ModelFiles extends Disposable, FindingLookup {
  readonly idle: boolean;
}

export function createModelFiles({
  language,
  log,
}: {
  readonly language: LanguageLoader;
  readonly log: Log;
}): ModelFiles {
  const lifetime = new Lifetime();
  const diagnostics = lifetime.own(
    "model diagnostics",
    vscode.languages.createDiagnosticCollection("optimality models"),
  );
  const published = new Map<string, { readonly version: number; readonly marks: readonly Marked[] }>();
  const clear = (document: vscode.TextDocument): void => {
    published.delete(document.uri.toString());
    diagnostics.delete(document.uri);
  };
  const checker = lifetime.own(
    "model checker",
    new ConfigChecker({
      check: async (_, text) => language.load().checkModel(text),
      publish: ({ uri, version }, findings) => {
        const document = openDocument(uri);
        if (document === undefined) return;
        const marks = findings.map(
          (finding): Marked => ({ finding, diagnostic: toDiagnostic(finding, toRange(document, finding.range)) }),
        );
        published.set(uri, { version, marks });
        diagnostics.set(
          document.uri,
          marks.map(({ diagnostic }) => diagnostic),
        );
      },
      current: (uri) => {
        const document = openDocument(uri);
        if (document === undefined) return undefined;
        return { uri, path: document.uri.fsPath, version: document.version, text: document.getText() };
      },
      log,
    }),
  );
  const consider = (document: vscode.TextDocument, delayMs: number): void => {
    if (isModel(document)) checker.schedule(document.uri.toString(), delayMs);
    else clear(document);
  };
  const { workspace } = vscode;
  lifetime.own(
    "on open",
    workspace.onDidOpenTextDocument((document) => consider(document, 0)),
  );
  lifetime.own(
    "on save",
    workspace.onDidSaveTextDocument((document) => consider(document, 0)),
  );
  lifetime.own(
    "on change",
    workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
      if (contentChanges.length === 0 || !readSettings().checkOnType || !isJson(document)) return;
      const { line, character } = document.lineAt(document.lineCount - 1).range.end;
      if (document.offsetAt(new vscode.Position(line, character)) <= MAX_TYPED_CHARACTERS)
        consider(document, TYPING_PAUSE_MS);
    }),
  );
  lifetime.own(
    "on close",
    workspace.onDidCloseTextDocument((document) => {
      checker.forget(document.uri.toString());
      clear(document);
    }),
  );
  for (const document of workspace.textDocuments) consider(document, 0);
  return {
    get idle() {
      return checker.idle;
    },
    findingOf(document, diagnostic) {
      const found = published.get(document.uri.toString());
      // Edits go by places such as config.layers[3], which mean another layer once the text has changed.
      return found?.version === document.version ? findingBehind(found.marks, diagnostic) : undefined;
    },
    dispose: () => lifetime.dispose(),
  };
}

function isJson({ uri }: vscode.TextDocument): boolean {
  return uri.scheme === "file" && uri.path.endsWith(".json") && !isConfig(uri);
}

function isModel(document: vscode.TextDocument): boolean {
  if (!isJson(document)) return false;
  const head = document.getText(new vscode.Range(new vscode.Position(0, 0), document.positionAt(SNIFFED_CHARACTERS)));
  return MODEL_MARKS.test(head);
}
