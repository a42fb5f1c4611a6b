/** The one certificate panel: a webview that can be destroyed and rebuilt at any moment, because the store has everything. */
import * as vscode from "vscode";
import type { Disposable } from "../lifecycle.ts";
import { Lifetime } from "../lifecycle.ts";
import type { Log } from "../log.ts";
import { decodePanelMessage } from "../protocol/codec.ts";
import type { PanelState, PanelToHost } from "../protocol/panel.ts";
import type { ConfigRef } from "../runs/run.ts";
import type { RunStore } from "../runs/run-store.ts";
import { createNonce, panelPage } from "./html.ts";
import { PanelSession } from "./panel-session.ts";
import { panelState } from "./panel-state.ts";

export const PANEL_TYPE = "optimalityLens.certificate";

/** What the panel asks for; kinds that only concern sending are handled inside. */
export type PanelRequest = Exclude<PanelToHost, { kind: "ready" | "ack" | "drawn" }>;

export interface CertificatePanelOptions {
  readonly store: RunStore;
  readonly extensionUri: vscode.Uri;
  readonly log: Log;
  readonly onRequest: (request: PanelRequest, config: ConfigRef) => void;
  /** The panel shows this config now. */
  readonly onShow: (config: ConfigRef) => void;
}

interface Shown {
  readonly panel: vscode.WebviewPanel;
  readonly lifetime: Lifetime;
  session: PanelSession;
  config: ConfigRef;
}

export class CertificatePanel implements Disposable {
  readonly #options: CertificatePanelOptions;
  #shown: Shown | undefined;
  #drawn: { readonly runId: number; readonly points: number } | undefined;

  constructor(options: CertificatePanelOptions) {
    this.#options = options;
  }

  /** The config that is shown, also while the panel is hidden behind another tab. */
  get config(): ConfigRef | undefined {
    return this.#shown?.config;
  }

  get visible(): boolean {
    return this.#shown?.panel.visible ?? false;
  }

  get active(): boolean {
    return this.#shown?.panel.active ?? false;
  }

  /** The newest frame that the script said is on screen. */
  get lastDrawn(): { readonly runId: number; readonly points: number } | undefined {
    return this.#drawn;
  }

  get state(): PanelState | undefined {
    const config = this.#shown?.config;
    return config === undefined ? undefined : this.#stateOf(config);
  }

  /** Shows `config`, beside the editor and without taking the focus from it. */
  show(config: ConfigRef): void {
    if (this.#shown === undefined) {
      const panel = vscode.window.createWebviewPanel(
        PANEL_TYPE,
        titleOf(config),
        { viewColumn: vscode.ViewColumn.Beside, preserveFocus: true },
        this.#webviewOptions(),
      );
      this.adopt(panel, config);
      return;
    }
    this.#turnTo(this.#shown, config);
    if (!this.#shown.panel.visible) this.#shown.panel.reveal(undefined, true);
  }

  /** Takes over a panel that VS Code brought back after a reload. */
  adopt(panel: vscode.WebviewPanel, config: ConfigRef): void {
    this.#shown?.panel.dispose();
    const lifetime = new Lifetime();
    const shown: Shown = { panel, lifetime, config, session: this.#session(panel, config) };
    this.#shown = shown;
    this.#drawn = undefined;
    panel.webview.options = this.#webviewOptions();
    panel.iconPath = vscode.Uri.joinPath(this.#options.extensionUri, "media", "certificate.svg");
    panel.title = titleOf(config);
    lifetime.own(
      "panel messages",
      panel.webview.onDidReceiveMessage((value: unknown) => this.receive(value)),
    );
    lifetime.own(
      "panel visibility",
      panel.onDidChangeViewState(() => {
        if (panel.visible) return;
        shown.session.hidden();
        this.#drawn = undefined;
      }),
    );
    lifetime.own(
      "panel end",
      panel.onDidDispose(() => {
        shown.session.dispose();
        lifetime.dispose();
        if (this.#shown === shown) this.#shown = undefined;
      }),
    );
    panel.webview.html = this.#page(panel.webview);
    this.#options.onShow(config);
  }

  /** Takes in one message of the script; what is not ours is dropped and logged. */
  receive(value: unknown): void {
    const shown = this.#shown;
    if (shown === undefined) return;
    const message = decodePanelMessage(value);
    if (message === undefined) {
      this.#options.log.warn("the certificate panel sent a message this version does not know");
      return;
    }
    switch (message.kind) {
      case "ready":
        shown.session.ready();
        return;
      case "ack":
        shown.session.acknowledged(message.runId, message.points);
        return;
      case "drawn":
        this.#drawn = { runId: message.runId, points: message.points };
        return;
      default:
        this.#options.onRequest(message, shown.config);
    }
  }

  /** Says `text` in the panel's live region; `false` when nobody would see it. */
  notice(text: string, severity: "info" | "error"): boolean {
    return this.visible && this.#shown?.session.notice(text, severity) === true;
  }

  dispose(): void {
    this.#shown?.panel.dispose();
  }

  #turnTo(shown: Shown, config: ConfigRef): void {
    if (shown.config.uri === config.uri) return;
    shown.session.dispose();
    shown.config = config;
    shown.session = this.#session(shown.panel, config);
    shown.panel.title = titleOf(config);
    if (shown.panel.visible) shown.session.ready();
    this.#options.onShow(config);
  }

  #session(panel: vscode.WebviewPanel, config: ConfigRef): PanelSession {
    const { store } = this.#options;
    return new PanelSession({
      source: {
        state: () => this.#stateOf(config),
        series: (runId) => store.series(runId),
        onChange: (listener) =>
          store.onChange((change) => {
            if (change.configUri === config.uri) listener(change.what === "series" ? "series" : "state");
          }),
      },
      post: (message) => void panel.webview.postMessage(message),
      now: () => Date.now(),
    });
  }

  #stateOf(config: ConfigRef): PanelState {
    return panelState(this.#options.store, config, {
      displayPath: (path) => vscode.workspace.asRelativePath(path, false),
    });
  }

  #webviewOptions(): vscode.WebviewOptions & vscode.WebviewPanelOptions {
    return {
      enableScripts: true,
      enableCommandUris: false,
      localResourceRoots: [vscode.Uri.joinPath(this.#options.extensionUri, "dist")],
      retainContextWhenHidden: false,
    };
  }

  #page(webview: vscode.Webview): string {
    const inDist = (name: string): string =>
      webview.asWebviewUri(vscode.Uri.joinPath(this.#options.extensionUri, "dist", name)).toString();
    return panelPage({
      cspSource: webview.cspSource,
      scriptUri: inDist("webview.js"),
      styleUri: inDist("webview.css"),
      nonce: createNonce(),
    });
  }
}

function titleOf(config: ConfigRef): string {
  return `Certificate: ${config.name.split("/").at(-1) ?? config.name}`;
}
