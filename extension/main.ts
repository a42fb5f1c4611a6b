/** Wiring only. Nothing here computes: the engine lives in the language bundle and in the worker, both loaded on first use. */
import { join } from "node:path";
import * as vscode from "vscode";
import type { CommandContext } from "./commands.ts";
import { handlePanelRequest, registerCommands } from "./commands.ts";
import { readSettings } from "./config.ts";
import { configRef, configText } from "./language/config-files.ts";
import { createLanguageLoader } from "./language/language-loader.ts";
import { createLanguageRoom } from "./language/language-room.ts";
import { Lifetime } from "./lifecycle.ts";
import { CertificatePanel, PANEL_TYPE } from "./panel/panel.ts";
import type { PanelState } from "./protocol/panel.ts";
import type { Job } from "./protocol/worker.ts";
import { Freshness } from "./runs/freshness.ts";
import { isPath, pathOutcome } from "./runs/path-run.ts";
import type { ConfigRef, InputStamp } from "./runs/run.ts";
import { RunArchive } from "./runs/run-archive.ts";
import { RunController } from "./runs/run-controller.ts";
import { RunStore } from "./runs/run-store.ts";
import type { Prompts } from "./views/prompts.ts";
import { createPrompts } from "./views/prompts.ts";
import { createRunProgress } from "./views/run-progress.ts";
import { createStatusBar } from "./views/status-bar.ts";
import { liveThreads, startRunThread } from "./worker/run-thread.ts";

/** What `activate` returns: a door for tests, not for other extensions. */
export interface ExtensionApi {
  readonly store: RunStore;
  /** The questions put to the person; a test replaces the answers. */
  readonly prompts: Prompts;
  readonly archive: RunArchive;
  /** Whether the bundle with the engine has been loaded into the extension host. */
  readonly languageLoaded: () => boolean;
  readonly panel: {
    readonly visible: boolean;
    readonly state: PanelState | undefined;
    readonly lastDrawn: { readonly runId: number; readonly points: number } | undefined;
    /** As if the panel's script had sent `message`. */
    receive(message: unknown): void;
  };
  /** Resolves when no check, run or write is pending. */
  waitForIdle(): Promise<void>;
  /** Names of everything that would survive: owned things and worker threads. */
  alive(): readonly string[];
  dispose(): Promise<void>;
}

let running: ExtensionApi | undefined;

export async function activate(context: vscode.ExtensionContext): Promise<ExtensionApi> {
  const lifetime = new Lifetime();
  const log = lifetime.own("log", vscode.window.createOutputChannel("Optimality Lens", { log: true }));
  const dist = join(context.extensionPath, "dist");
  const language = createLanguageLoader(dist);
  const prompts = createPrompts();
  const store = lifetime.own("run store", new RunStore());
  const archive = new RunArchive(join((context.storageUri ?? context.globalStorageUri).fsPath, "runs.json"), log);
  store.restore(await archive.read());
  lifetime.own(
    "archive listener",
    store.onChange((change) => {
      if (change.what === "ended" || change.what === "path-ended") archive.write(store.ended);
    }),
  );

  const stampInputs = async (config: ConfigRef, of: Job["task"]): Promise<readonly InputStamp[]> =>
    language.load().stampInputs(config.path, await configText(config), of);
  const freshness = lifetime.own("freshness", new Freshness({ store, stampInputs, log }));
  const controller = lifetime.own(
    "run controller",
    new RunController({
      store,
      log,
      stampInputs,
      startWorker: (job, listener) => startRunThread(join(dist, "worker.cjs"), job, listener, log),
      chooseReplace: (active, wanted) => prompts.chooseReplace(active, wanted),
      writeCertificate: () => readSettings().writeCertificate,
      warn: (message) => {
        log.warn(message);
        void vscode.window.showWarningMessage(`Optimality Lens: ${message}`);
      },
      now: () => new Date(),
    }),
  );
  const panel = lifetime.own(
    "certificate panel",
    new CertificatePanel({
      store,
      extensionUri: context.extensionUri,
      log,
      onRequest: (request, config) => handlePanelRequest(commands, request, config),
      onShow: (config) => freshness.recheck(config.uri),
    }),
  );
  const commands: CommandContext = {
    store,
    controller,
    panel,
    language,
    prompts,
    log,
    extensionUri: context.extensionUri,
  };
  lifetime.own("commands", registerCommands(commands));
  const room = lifetime.own("language room", createLanguageRoom({ store, freshness, language, log }));
  lifetime.own("status bar", createStatusBar(store));
  lifetime.own(
    "run progress",
    createRunProgress(store, () => controller.cancel()),
  );
  lifetime.own("context keys", followContextKeys(store));
  lifetime.own("run outcomes", announceOutcomes(store, panel));
  lifetime.own(
    "panel serializer",
    vscode.window.registerWebviewPanelSerializer(PANEL_TYPE, {
      async deserializeWebviewPanel(restored, state: unknown) {
        const config = savedConfig(state) ?? store.latest()?.config;
        if (config === undefined) restored.dispose();
        else panel.adopt(restored, config);
      },
    }),
  );

  const api: ExtensionApi = {
    store,
    prompts,
    archive,
    languageLoaded: () => language.loaded,
    panel: {
      get visible() {
        return panel.visible;
      },
      get state() {
        return panel.state;
      },
      get lastDrawn() {
        return panel.lastDrawn;
      },
      receive: (message) => panel.receive(message),
    },
    async waitForIdle() {
      do {
        await controller.settled();
        await archive.settled();
        await new Promise((resolve) => setTimeout(resolve, 20));
      } while (!(controller.idle && room.idle));
    },
    alive: () => [...lifetime.alive, ...Array.from({ length: liveThreads() }, () => "worker thread")],
    async dispose() {
      lifetime.dispose();
      await controller.settled();
      await archive.settled();
    },
  };
  running = api;
  context.subscriptions.push(lifetime);
  return api;
}

export async function deactivate(): Promise<void> {
  await running?.dispose();
  running = undefined;
}

function savedConfig(state: unknown): ConfigRef | undefined {
  const uri = (state as { readonly configUri?: unknown } | undefined)?.configUri;
  return typeof uri === "string" && uri !== "" ? configRef(vscode.Uri.parse(uri)) : undefined;
}

/** Keys for menus and the palette: `optimalityLens.running`, `optimalityLens.hasRun`. */
function followContextKeys(store: RunStore): Lifetime {
  const lifetime = new Lifetime();
  let last = "";
  const set = (): void => {
    const values = { running: store.busy !== undefined, hasRun: store.runs.length > 0 };
    const key = JSON.stringify(values);
    if (key === last) return;
    last = key;
    for (const [name, value] of Object.entries(values)) {
      void vscode.commands.executeCommand("setContext", `optimalityLens.${name}`, value);
    }
  };
  lifetime.own(
    "context key listener",
    store.onChange(({ what }) => {
      if (what !== "series") set();
    }),
  );
  set();
  return lifetime;
}

/** Tells of the end of a run or a path that nobody is looking at. */
function announceOutcomes(store: RunStore, panel: CertificatePanel): Lifetime {
  const lifetime = new Lifetime();
  lifetime.own(
    "outcome listener",
    store.onChange((change) => {
      if (change.what !== "ended" && change.what !== "path-ended") return;
      if (panel.visible && panel.config?.uri === change.configUri) return;
      const work = change.what === "ended" ? store.run(change.runId) : store.paths.of(change.configUri);
      if (work === undefined) return;
      const open = "Open Certificate";
      const failed = isPath(work) ? work.phase === "failed" : work.result === null;
      const outcome = isPath(work) ? pathOutcome(work) : (work.result?.reason ?? work.failure ?? "no result");
      const text = `${work.config.name}: ${outcome}`;
      const shown = failed
        ? vscode.window.showErrorMessage(text, open)
        : vscode.window.showInformationMessage(text, open);
      void shown.then((choice) => (choice === open ? panel.show(work.config) : undefined));
    }),
  );
  return lifetime;
}
