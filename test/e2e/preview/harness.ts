/**
 * The real panel in a headless Chromium, without VS Code: same HTML, same strict CSP, theme variables set the way VS
 * Code sets them, a recording in place of the host.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import type { Browser, Locator, Page } from "playwright-core";
import { chromium } from "playwright-core";
import { panelPage } from "../../../extension/panel/html.ts";
import type { HostToPanel, PanelToHost } from "../../../extension/protocol/panel.ts";
import type { Recording } from "./recording.ts";
import type { Theme } from "./themes.ts";

const repository = fileURLToPath(new URL("../../../", import.meta.url));
const ORIGIN = "http://panel.test";
const NONCE = "cHJldmlldy1ub25jZQ";

/** The page that the host serves in VS Code, with its policy. */
const HTML = panelPage({
  cspSource: ORIGIN,
  scriptUri: `${ORIGIN}/webview.js`,
  styleUri: `${ORIGIN}/webview.css`,
  nonce: NONCE,
});

interface PreviewWindow extends Window {
  acquireVsCodeApi?: () => unknown;
  previewPosted: PanelToHost[];
}

export interface Preview {
  readonly page: Page;
  /** Everything wrong that the page said: console errors, exceptions, CSP violations. */
  readonly complaints: readonly string[];
  posted(): Promise<readonly PanelToHost[]>;
  send(message: HostToPanel): Promise<void>;
  /** Sends the recording and waits until its last point is on screen. */
  play(recording: Recording): Promise<void>;
  /** As a switch of VS Code's color theme: the panel is told nothing. */
  setTheme(theme: Theme): Promise<void>;
  screenshot(name: string): Promise<void>;
  close(): Promise<void>;
}

export interface PreviewOptions {
  readonly theme: Theme;
  readonly width: number;
  readonly height?: number;
  /** What VS Code kept from the panel's earlier life. */
  readonly savedState?: unknown;
}

export async function launchChromium(): Promise<Browser> {
  const finder = (await import(new URL("../../host/chromium.mjs", import.meta.url).href)) as {
    findChromium: () => string;
  };
  return chromium.launch({ executablePath: finder.findChromium(), args: ["--no-sandbox", "--disable-gpu"] });
}

export async function bundlePanel(): Promise<{ readonly script: string; readonly style: string }> {
  const result = await build({
    absWorkingDir: repository,
    entryPoints: ["webview/main.ts", "webview/styles.css"],
    outdir: "memory",
    entryNames: "[name]",
    bundle: true,
    write: false,
    platform: "browser",
    format: "iife",
    target: "es2022",
    logLevel: "warning",
  });
  const text = (ending: string): string => {
    const file = result.outputFiles.find((output) => output.path.endsWith(ending));
    if (file === undefined) throw new Error(`the bundle has no ${ending} file`);
    return file.text;
  };
  return { script: text(".js"), style: text(".css") };
}

export async function openPreview(
  browser: Browser,
  bundle: { readonly script: string; readonly style: string },
  options: PreviewOptions,
): Promise<Preview> {
  const context = await browser.newContext({
    viewport: { width: options.width, height: options.height ?? 900 },
    reducedMotion: "reduce",
  });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  await page.route(`${ORIGIN}/**`, (route) => {
    const { pathname } = new URL(route.request().url());
    if (pathname === "/webview.js") return route.fulfill({ contentType: "text/javascript", body: bundle.script });
    if (pathname === "/webview.css") return route.fulfill({ contentType: "text/css", body: bundle.style });
    return route.fulfill({ contentType: "text/html", body: HTML });
  });
  await page.addInitScript(
    ({ savedState }) => {
      const preview = window as unknown as PreviewWindow;
      let state: unknown = JSON.parse(sessionStorage.getItem("vscode-state") ?? "null") ?? savedState;
      preview.previewPosted = [];
      preview.acquireVsCodeApi = () => ({
        postMessage: (message: PanelToHost) => preview.previewPosted.push(message),
        getState: () => state,
        setState: (next: unknown) => {
          state = next;
          sessionStorage.setItem("vscode-state", JSON.stringify(next));
        },
      });
    },
    { savedState: options.savedState ?? undefined },
  );
  await page.goto(`${ORIGIN}/`);
  await applyTheme(page, options.theme);

  const send = (message: HostToPanel): Promise<void> => sendTo(page, message);
  return {
    page,
    complaints,
    send,
    posted: () => page.evaluate(() => (window as unknown as PreviewWindow).previewPosted),
    play: async (recording) => {
      await send({ kind: "state", state: recording.state });
      if (recording.series === null) return;
      const points = recording.series.objective.length;
      await send({ kind: "series", delta: recording.series });
      await page.waitForFunction(
        (count) =>
          (window as unknown as PreviewWindow).previewPosted.some(
            (message) => message.kind === "drawn" && message.points === count,
          ),
        points,
      );
    },
    setTheme: (theme) => applyTheme(page, theme),
    screenshot: async (name) => {
      const folder = `${repository}test-artifacts/panel`;
      mkdirSync(folder, { recursive: true });
      await page.screenshot({ path: `${folder}/${name}.png`, fullPage: true, animations: "disabled" });
    },
    close: () => context.close(),
  };
}

/** Keeps what the panel exported, for people to look at. */
export function keepPicture(name: string, png: Uint8Array): void {
  const folder = `${repository}test-artifacts/panel`;
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${folder}/exported-${name}.png`, png);
}

/** Opens a part of the panel. It fills itself, and is remembered, on the toggle event: a moment after the click. */
export async function unfold(summary: Locator): Promise<void> {
  await summary.click();
  await summary.page().waitForFunction(() => document.querySelector("details[open] > .disclosure-body:empty") === null);
}

/** Typed arrays do not survive the driver's JSON: columns travel as arrays and become float64 in the page. */
async function sendTo(page: Page, message: HostToPanel): Promise<void> {
  const columns = message.kind === "series" ? message.delta : undefined;
  const plain =
    columns === undefined
      ? null
      : {
          iteration: Array.from(columns.iteration),
          seconds: Array.from(columns.seconds),
          objective: Array.from(columns.objective),
          lowerBound: Array.from(columns.lowerBound),
        };
  await page.evaluate(
    ({ message, plain }) => {
      const data =
        message.kind === "series" && plain !== null
          ? {
              kind: "series",
              delta: {
                ...message.delta,
                iteration: Float64Array.from(plain.iteration),
                seconds: Float64Array.from(plain.seconds),
                objective: Float64Array.from(plain.objective),
                lowerBound: Float64Array.from(plain.lowerBound),
              },
            }
          : message;
      window.dispatchEvent(new MessageEvent("message", { data }));
    },
    {
      message:
        message.kind === "series"
          ? { kind: message.kind, delta: { runId: message.delta.runId, from: message.delta.from } }
          : message,
      plain,
    },
  );
}

async function applyTheme(page: Page, theme: Theme): Promise<void> {
  await page.evaluate(({ bodyClass, variables }) => {
    const { style } = document.documentElement;
    for (const name of Array.from(style)) if (name.startsWith("--vscode-")) style.removeProperty(name);
    for (const [name, value] of Object.entries(variables)) style.setProperty(`--vscode-${name}`, value);
    document.body.className = bodyClass;
  }, theme);
}
