/** Wires the language features: what is checked when, and who hears of it. */
import * as vscode from "vscode";
import { readSettings } from "../config.ts";
import type { Disposable } from "../lifecycle.ts";
import { Lifetime } from "../lifecycle.ts";
import type { Log } from "../log.ts";
import type { Freshness } from "../runs/freshness.ts";
import type { RunStore } from "../runs/run-store.ts";
import { configLenses } from "./code-lens.ts";
import { COMPLETION_TRIGGERS, createCompletions } from "./completion.ts";
import { ConfigChecker, TYPING_PAUSE_MS } from "./config-checker.ts";
import { CONFIG_GLOB, CONFIG_SELECTOR, isConfig, openDocument } from "./config-files.ts";
import { DataWatch } from "./data-watch.ts";
import { ConfigDiagnostics } from "./diagnostics.ts";
import { createKeyHovers } from "./hover.ts";
import type { LanguageLoader } from "./language-loader.ts";
import { createModelFiles, MODEL_SELECTOR } from "./model-files.ts";
import { QuickFixes } from "./quick-fixes.ts";

export interface LanguageRoomOptions {
  readonly store: RunStore;
  readonly freshness: Freshness;
  readonly language: LanguageLoader;
  readonly log: Log;
}

export interface LanguageRoom extends Disposable {
  readonly idle: boolean;
}

export function createLanguageRoom({ store, freshness, language, log }: LanguageRoomOptions): LanguageRoom {
  const lifetime = new Lifetime();
  const diagnostics = lifetime.own("config diagnostics", new ConfigDiagnostics({ store, language }));
  const checker = lifetime.own(
    "config checker",
    new ConfigChecker({
      check: (path, text) => language.load().check(path, text),
      publish: ({ uri, path, text }, findings) => {
        diagnostics.publish(uri, findings);
        store.setConfigFindings(uri, findings);
        watch.follow(`config ${uri}`, language.load().dataFiles(path, text));
        if (store.configUris.includes(uri)) freshness.recheck(uri);
      },
      current: (uri) => {
        const document = openDocument(uri);
        if (document === undefined) return undefined;
        return { uri, path: document.uri.fsPath, version: document.version, text: document.getText() };
      },
      log,
    }),
  );

  const fileChanged = (path: string): void => {
    freshness.fileChanged(path);
    for (const document of vscode.workspace.textDocuments) {
      const uri = document.uri.toString();
      const concerned = document.uri.fsPath === path || watch.ownersOf(path).includes(`config ${uri}`);
      if (isConfig(document.uri) && concerned) checker.schedule(uri, TYPING_PAUSE_MS);
    }
  };
  const watch = lifetime.own("data watch", new DataWatch(fileChanged));

  const opened = (document: vscode.TextDocument): void => {
    if (isConfig(document.uri)) checker.schedule(document.uri.toString(), 0);
  };
  const { workspace, languages } = vscode;
  lifetime.own("on open", workspace.onDidOpenTextDocument(opened));
  lifetime.own(
    "on change",
    workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
      if (contentChanges.length === 0 || !isConfig(document.uri) || !readSettings().checkOnType) return;
      checker.schedule(document.uri.toString(), TYPING_PAUSE_MS);
    }),
  );
  lifetime.own(
    "on save",
    workspace.onDidSaveTextDocument((document) => {
      opened(document);
      freshness.fileChanged(document.uri.fsPath);
    }),
  );
  lifetime.own(
    "on close",
    workspace.onDidCloseTextDocument((document) => {
      if (!isConfig(document.uri)) return;
      const uri = document.uri.toString();
      checker.forget(uri);
      diagnostics.clear(uri);
      watch.unfollow(`config ${uri}`);
    }),
  );

  const configs = lifetime.own("config watcher", workspace.createFileSystemWatcher(CONFIG_GLOB));
  const onDisk = (uri: vscode.Uri): void => fileChanged(uri.fsPath);
  lifetime.own("config changed", configs.onDidChange(onDisk));
  lifetime.own("config created", configs.onDidCreate(onDisk));
  lifetime.own("config deleted", configs.onDidDelete(onDisk));

  // What the newest runs and paths were made from is watched too, whether or not an editor is open.
  const followInputs = (uri: string): void => watch.follow(`run ${uri}`, store.filesOf(uri));
  lifetime.own(
    "run inputs listener",
    store.onChange((change) => {
      if (change.what === "ended" || change.what === "path-ended") followInputs(change.configUri);
    }),
  );
  for (const uri of store.configUris) followInputs(uri);

  lifetime.own(
    "quick fixes",
    languages.registerCodeActionsProvider(CONFIG_SELECTOR, new QuickFixes(diagnostics, language), {
      providedCodeActionKinds: QuickFixes.kinds,
    }),
  );
  lifetime.own("hovers", languages.registerHoverProvider(CONFIG_SELECTOR, createKeyHovers(language)));
  lifetime.own(
    "completions",
    languages.registerCompletionItemProvider(CONFIG_SELECTOR, createCompletions(language), ...COMPLETION_TRIGGERS),
  );
  lifetime.own("code lenses", languages.registerCodeLensProvider(CONFIG_SELECTOR, configLenses));
  const models = lifetime.own("model files", createModelFiles({ language, log }));
  lifetime.own(
    "model quick fixes",
    languages.registerCodeActionsProvider(MODEL_SELECTOR, new QuickFixes(models, language), {
      providedCodeActionKinds: QuickFixes.kinds,
    }),
  );
  for (const document of workspace.textDocuments) opened(document);

  return {
    get idle() {
      return checker.idle && models.idle && freshness.idle;
    },
    dispose: () => lifetime.dispose(),
  };
}
