/** What people can ask for, from the palette, a CodeLens, a quick fix or the panel. */
import type { RunAction, Suggestion } from "@optimality-lens/engine";
import * as vscode from "vscode";
import { readSettings } from "./config.ts";
import { CONFIG_GLOB, configRef, configText, isConfig } from "./language/config-files.ts";
import type { LanguageLoader } from "./language/language-loader.ts";
import { ACTION_COMMANDS, editOf } from "./language/quick-fixes.ts";
import type { Disposable } from "./lifecycle.ts";
import { Lifetime } from "./lifecycle.ts";
import { detailOf, messageOf } from "./log.ts";
import type { ExportRequest } from "./panel/export.ts";
import { exportFile } from "./panel/export.ts";
import type { CertificatePanel, PanelRequest } from "./panel/panel.ts";
import { shownLambda } from "./runs/path-run.ts";
import type { ConfigRef } from "./runs/run.ts";
import type { RunController, RunRequest } from "./runs/run-controller.ts";
import type { RunStore } from "./runs/run-store.ts";
import type { Prompts } from "./views/prompts.ts";

const MAX_CONFIGS = 200;

export interface CommandContext {
  readonly store: RunStore;
  readonly controller: RunController;
  readonly panel: CertificatePanel;
  readonly language: LanguageLoader;
  readonly prompts: Prompts;
  readonly log: vscode.LogOutputChannel;
  readonly extensionUri: vscode.Uri;
}

export function registerCommands(context: CommandContext): Disposable {
  const lifetime = new Lifetime();
  const register = (name: string, action: (argument: unknown) => Promise<unknown>): void => {
    const guarded = (argument: unknown): Promise<unknown> => guard(context, action(argument));
    lifetime.own(`command ${name}`, vscode.commands.registerCommand(name, guarded));
  };
  register("optimalityLens.diagnose", (argument) => onConfig(context, argument, (config) => diagnose(context, config)));
  register("optimalityLens.path", (argument) => onConfig(context, argument, (config) => tracePath(context, config)));
  register("optimalityLens.openPanel", (argument) =>
    onConfig(context, argument, async (config) => context.panel.show(config)),
  );
  register("optimalityLens.cancel", async () => context.controller.cancel());
  for (const action of Object.keys(ACTION_COMMANDS) as RunAction[]) {
    register(ACTION_COMMANDS[action], (argument) =>
      onConfig(context, argument, (config) => diagnose(context, config, action)),
    );
  }
  register("optimalityLens.exportCertificate", (argument) =>
    onConfig(context, argument, (config) => exportLatest(context, config, { kind: "export", format: "certificate" })),
  );
  register("optimalityLens.applySuggestion", async (request) => {
    const { config: uri, finding, suggestion } = (request ?? {}) as Record<string, unknown>;
    if (typeof uri !== "string" || typeof finding !== "number" || typeof suggestion !== "number") return;
    const config = configRef(vscode.Uri.parse(uri));
    const chosen = context.store.latest(config.uri)?.findings[finding]?.suggestions[suggestion];
    if (chosen !== undefined) await applySuggestion(context, config, chosen);
  });
  register("optimalityLens.explain", async (code) => explain(context, code));
  register("optimalityLens.openLog", async () => context.log.show());
  return lifetime;
}

/** Carries out what the panel asks for. */
export function handlePanelRequest(context: CommandContext, request: PanelRequest, config: ConfigRef): void {
  void guard(context, carryOut(context, request, config));
}

async function carryOut(context: CommandContext, request: PanelRequest, config: ConfigRef): Promise<void> {
  switch (request.kind) {
    case "run":
      return diagnose(context, config);
    case "path":
      return tracePath(context, config);
    case "cancel":
      return context.controller.cancel();
    case "lambda":
      return useLambda(context, config, request);
    case "action":
      return diagnose(context, config, request.action);
    case "apply": {
      const state = context.panel.state;
      const suggestion = state?.findings[request.finding]?.suggestions[request.suggestion];
      if (state?.runId !== request.runId || suggestion === undefined) {
        return say(context, "the findings have changed since: look at the new ones", "info");
      }
      return applySuggestion(context, config, suggestion);
    }
    case "export":
      return exportLatest(context, config, request);
    case "reveal":
      return reveal(context, config, request.path);
    case "explain":
      return explain(context, request.code);
    default:
      request satisfies never;
  }
}

/** One run of the saved config, from the start or continued. */
function diagnose(context: CommandContext, config: ConfigRef, action?: RunAction): Promise<void> {
  return start(context, { config, action });
}

async function tracePath(context: CommandContext, config: ConfigRef): Promise<void> {
  const { pathExtent } = readSettings();
  if (!pathExtent.ok) return offerSettings(context, pathExtent.message);
  return start(context, { config, task: "path", extent: pathExtent.extent });
}

/** Always a notification: what mends it is a button away, and not in the panel. */
function offerSettings(context: CommandContext, message: string): void {
  const open = "Open Settings";
  const offer = async (): Promise<void> => {
    if ((await vscode.window.showErrorMessage(`Optimality Lens: ${message}`, open)) !== open) return;
    await vscode.commands.executeCommand("workbench.action.openSettings", "optimalityLens.path");
  };
  // Not awaited: the command is over, whenever the person answers.
  void guard(context, offer());
}

/** Saves the config first, shows the panel, and says so when nothing was started. */
async function start(context: CommandContext, request: RunRequest): Promise<void> {
  const { config } = request;
  if (!(await saved(config)))
    return say(context, `${config.name} could not be saved, and the saved file is what is run`, "error");
  const outcome = await context.controller.start(request);
  if (outcome.started || context.store.busy?.config.uri === config.uri) context.panel.show(config);
  if (!outcome.started && outcome.reason === "nothing-to-continue") {
    say(context, `there is no earlier run of ${config.name} to continue: diagnose it first`, "error");
  }
}

async function saved(config: ConfigRef): Promise<boolean> {
  const document = vscode.workspace.textDocuments.find((open) => open.uri.toString() === config.uri);
  return document === undefined || !document.isDirty || (await document.save());
}

async function applySuggestion(context: CommandContext, config: ConfigRef, suggestion: Suggestion): Promise<void> {
  if (suggestion.kind === "action") return diagnose(context, config, suggestion.action);
  const document = await vscode.workspace.openTextDocument(vscode.Uri.parse(config.uri));
  const edit = editOf(context.language.load(), document, suggestion);
  if (edit === undefined) return say(context, `${config.name} is that way already, or changed since`, "info");
  if (!(await vscode.workspace.applyEdit(edit)) || !(await document.save())) {
    return say(context, `${config.name} could not be changed: is it read-only?`, "error");
  }
  say(context, `${suggestion.title}: done and saved. Run again to see what it does.`, "info");
}

async function useLambda(
  context: CommandContext,
  config: ConfigRef,
  { to, pathId, point: index }: Extract<PanelRequest, { kind: "lambda" }>,
): Promise<void> {
  const path = context.store.paths.of(config.uri);
  const point = path?.points[index];
  if (path?.id !== pathId || point === undefined) {
    return say(context, "the λ-path has changed since: look at the new one", "info");
  }
  if (to === "clipboard") {
    await vscode.env.clipboard.writeText(String(point.lambda));
    return say(context, `λ = ${point.lambda} copied`, "info");
  }
  const choice = shownLambda(point);
  const edits = context.language.load().lambdaEdits(config.path, await configText(config), choice);
  return applySuggestion(context, config, { kind: "edit", title: `λ = ${choice.lambda}`, edits });
}

async function exportLatest(context: CommandContext, config: ConfigRef, request: ExportRequest): Promise<void> {
  const { store, prompts } = context;
  const run = store.latest(config.uri);
  const path = store.paths.of(config.uri);
  const series = run === undefined ? undefined : store.series(run.id);
  const outcome = await exportFile({ config, run, series, path }, request, prompts);
  if (outcome.kind === "refused") say(context, outcome.message, "error");
  if (outcome.kind === "written")
    say(context, `exported to ${vscode.workspace.asRelativePath(outcome.uri, false)}`, "info");
}

async function reveal(context: CommandContext, config: ConfigRef, path: string): Promise<void> {
  const document = await vscode.workspace.openTextDocument(vscode.Uri.parse(config.uri));
  const range = context.language.load().locate(config.path, await configText(config), path);
  const shown = vscode.window.visibleTextEditors.find((editor) => editor.document === document);
  const selection =
    range === undefined
      ? new vscode.Range(0, 0, 0, 0)
      : new vscode.Range(range.start.line, range.start.character, range.end.line, range.end.character);
  await vscode.window.showTextDocument(document, { viewColumn: shown?.viewColumn ?? vscode.ViewColumn.One, selection });
}

async function explain(context: CommandContext, code: unknown): Promise<void> {
  if (typeof code !== "string" || !/^[a-z0-9-]{1,80}$/.test(code)) return;
  const page = vscode.Uri.joinPath(context.extensionUri, "docs", "findings", `${code}.md`);
  try {
    await vscode.workspace.fs.stat(page);
  } catch {
    return say(context, `there is no page about ${code} in this version`, "error");
  }
  await vscode.commands.executeCommand("markdown.showPreview", page);
}

/** The config an argument, the active editor or the panel names, else one of the workspace. */
async function onConfig(
  context: CommandContext,
  argument: unknown,
  action: (config: ConfigRef) => Promise<void>,
): Promise<void> {
  const config = namedConfig(context, argument) ?? (await anyConfig(context));
  if (config !== undefined) await action(config);
}

function namedConfig(context: CommandContext, argument: unknown): ConfigRef | undefined {
  if (argument instanceof vscode.Uri && isConfig(argument)) return configRef(argument);
  if (context.panel.active) return context.panel.config;
  const open = vscode.window.activeTextEditor?.document.uri;
  if (open !== undefined && isConfig(open)) return configRef(open);
  return context.store.active?.config ?? context.panel.config;
}

async function anyConfig(context: CommandContext): Promise<ConfigRef | undefined> {
  const found = await vscode.workspace.findFiles(CONFIG_GLOB, "**/node_modules/**", MAX_CONFIGS);
  const configs = found.map(configRef).sort((a, b) => a.name.localeCompare(b.name));
  if (configs.length === 0) {
    say(
      context,
      "no *.optimality.yaml in this workspace: create one that names your data, mapping and lambda",
      "error",
    );
    return undefined;
  }
  return configs.length === 1 ? configs[0] : context.prompts.pickConfig(configs);
}

/** In the panel's live region when it is in sight, else as a notification. */
function say({ panel }: CommandContext, text: string, severity: "info" | "error"): void {
  if (panel.notice(text, severity)) return;
  const message = `Optimality Lens: ${text}`;
  void (severity === "error" ? vscode.window.showErrorMessage(message) : vscode.window.showInformationMessage(message));
}

/** The edge where exceptions end: one line for the person, the stack in the log. */
async function guard(context: CommandContext, work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    context.log.error(detailOf(error));
    say(context, `${messageOf(error)} (see *Optimality Lens: Open Log*)`, "error");
  }
}
