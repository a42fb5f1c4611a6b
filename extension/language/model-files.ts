/** Findings of Keras and TensorFlow.js models that are open as text, in the Problems panel. */
import * as vscode from "vscode";
import { readSettings } from "../config.ts";
import type { Disposable } from "../lifecycle.ts";
import { Lifetime } from "../lifecycle.ts";
import type { Log } from "../log.ts";
import { ConfigChecker, TYPING_PAUSE_MS } from "./config-checker.ts";
import { isConfig, openDocument } from "./config-files.ts";
import { toDiagnostic, toRange } from "./diagnostics.ts";
import type { LanguageLoader } from "./language-loader.ts";

/** What a model cannot do without stands near its beginning; other JSON files do not load the engine. */
const SNIFFED_CHARACTERS = 4000;
const MODEL_MARKS = /"(class_name|modelTopology)"/;
/** Larger models are checked when opened and saved only. */
const MAX_TYPED_CHARACTERS = 1_000_000;

export interface ModelFiles extends Disposable {
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
  const checker = lifetime.own(
    "model checker",
    new ConfigChecker({
      check: async (_, text) => language.load().checkModel(text),
      publish: ({ uri }, findings) => {
        const document = openDocument(uri);
        if (document === undefined) return;
        const marks = findings.map((finding) => toDiagnostic(finding, toRange(document, finding.range)));
        diagnostics.set(document.uri, marks);
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
    else diagnostics.delete(document.uri);
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
      diagnostics.delete(document.uri);
    }),
  );
  for (const document of workspace.textDocuments) consider(document, 0);
  return {
    get idle() {
      return checker.idle;
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
