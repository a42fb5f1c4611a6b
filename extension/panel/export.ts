/** Export of a run or a path: asks where to, writes the file. */
import * as vscode from "vscode";
import { pngBytes } from "../protocol/codec.ts";
import type { PanelToHost } from "../protocol/panel.ts";
import type { PathRun } from "../runs/path-run.ts";
import type { ConfigRef, Run } from "../runs/run.ts";
import type { Series } from "../runs/series.ts";
import type { Prompts } from "../views/prompts.ts";
import { markdownReport, pathCsv, pathJson, resultJson, seriesCsv } from "./report.ts";

export type ExportRequest = Extract<PanelToHost, { kind: "export" }>;

/** The person did not pick a file, or there is nothing to write: a sentence, or nothing to say. */
export type ExportOutcome =
  | { readonly kind: "written"; readonly uri: vscode.Uri }
  | { readonly kind: "refused"; readonly message: string }
  | { readonly kind: "dismissed" };

const KINDS = {
  certificate: { suffix: ".certificate.json", filter: "Certificate", extension: "json" },
  json: { suffix: ".result.json", filter: "Result", extension: "json" },
  csv: { suffix: ".series.csv", filter: "Series", extension: "csv" },
  markdown: { suffix: ".report.md", filter: "Report", extension: "md" },
  png: { suffix: ".chart.png", filter: "Chart", extension: "png" },
  "path-csv": { suffix: ".path.csv", filter: "λ-path", extension: "csv" },
  "path-json": { suffix: ".path.json", filter: "λ-path", extension: "json" },
  "path-png": { suffix: ".path.png", filter: "λ-path", extension: "png" },
} as const;

/** What there is of a config: its newest run with its series, and its newest path. */
export interface Exportable {
  readonly config: ConfigRef;
  readonly run: Run | undefined;
  readonly series: Series | undefined;
  readonly path: PathRun | undefined;
}

export async function exportFile(from: Exportable, request: ExportRequest, prompts: Prompts): Promise<ExportOutcome> {
  const content = await contentOf(from, request);
  if (typeof content === "string") return { kind: "refused", message: content };
  const { suffix, filter, extension } = KINDS[request.format];
  const base = from.config.path.replace(/\.(ya?ml|json)$/, "");
  // The engine's own file keeps its name; a copy must not offer to overwrite it.
  const suggestion = vscode.Uri.file(`${base}${request.format === "certificate" ? `.copy${suffix}` : suffix}`);
  const target = await prompts.pickSaveTarget(suggestion, { [filter]: [extension] });
  if (target === undefined) return { kind: "dismissed" };
  await vscode.workspace.fs.writeFile(target, content);
  return { kind: "written", uri: target };
}

/** The file's bytes, or a sentence saying why there are none. */
async function contentOf(from: Exportable, { format, png }: ExportRequest): Promise<Uint8Array | string> {
  switch (format) {
    case "path-csv":
    case "path-json":
      return pathContent(from, format);
    case "png":
    case "path-png":
      return png === undefined ? "the chart is not drawn yet" : pngBytes(png);
    default:
      return runContent(from, format);
  }
}

function pathContent({ config, path }: Exportable, format: "path-csv" | "path-json"): Uint8Array | string {
  if (path === undefined || path.points.length === 0) return `${config.name} has no λ-path yet`;
  return encode(format === "path-csv" ? pathCsv(path) : pathJson(path));
}

async function runContent(
  { config, run, series }: Exportable,
  format: "certificate" | "json" | "csv" | "markdown",
): Promise<Uint8Array | string> {
  if (run === undefined) return `${config.name} was not diagnosed yet: there is nothing to export`;
  switch (format) {
    case "certificate": {
      if (run.certificateFile === null) {
        return "this run wrote no certificate file (it was cancelled, failed, or optimalityLens.run.writeCertificate is off): diagnose again";
      }
      try {
        return await vscode.workspace.fs.readFile(vscode.Uri.file(run.certificateFile));
      } catch {
        return `${run.certificateFile} is not there any more: diagnose again`;
      }
    }
    case "json":
      return run.result === null ? "this run has no result yet" : encode(resultJson(run));
    case "csv":
      return series === undefined || series.length === 0
        ? "this run has no series yet"
        : encode(seriesCsv(series.slice()));
    case "markdown":
      return encode(markdownReport(run));
    default:
      return format satisfies never;
  }
}

function encode(text: string): Uint8Array {
  return Buffer.from(text, "utf8");
}
