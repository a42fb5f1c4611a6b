/** Export of a run: asks where to, writes the file. */
import * as vscode from "vscode";
import { pngBytes } from "../protocol/codec.ts";
import type { PanelToHost } from "../protocol/panel.ts";
import type { Run } from "../runs/run.ts";
import type { RunStore } from "../runs/run-store.ts";
import type { Prompts } from "../views/prompts.ts";
import { markdownReport, resultJson, seriesCsv } from "./report.ts";

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
} as const;

export interface ExportOptions {
  readonly store: RunStore;
  readonly prompts: Prompts;
}

export async function exportRun(run: Run, request: ExportRequest, options: ExportOptions): Promise<ExportOutcome> {
  const content = await contentOf(run, request, options.store);
  if (typeof content === "string") return { kind: "refused", message: content };
  const { suffix, filter, extension } = KINDS[request.format];
  const base = run.config.path.replace(/\.(ya?ml|json)$/, "");
  // The engine's own file keeps its name; a copy must not offer to overwrite it.
  const suggestion = vscode.Uri.file(`${base}${request.format === "certificate" ? `.copy${suffix}` : suffix}`);
  const target = await options.prompts.pickSaveTarget(suggestion, { [filter]: [extension] });
  if (target === undefined) return { kind: "dismissed" };
  await vscode.workspace.fs.writeFile(target, content);
  return { kind: "written", uri: target };
}

/** The file's bytes, or a sentence saying why there are none. */
async function contentOf(run: Run, request: ExportRequest, store: RunStore): Promise<Uint8Array | string> {
  switch (request.format) {
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
    case "csv": {
      const series = store.series(run.id);
      return series === undefined || series.length === 0
        ? "this run has no series yet"
        : encode(seriesCsv(series.slice()));
    }
    case "markdown":
      return encode(markdownReport(run));
    case "png":
      return request.png === undefined ? "the chart is not drawn yet" : pngBytes(request.png);
    default:
      return request.format satisfies never;
  }
}

function encode(text: string): Uint8Array {
  return Buffer.from(text, "utf8");
}
