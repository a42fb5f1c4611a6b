/** Findings as SARIF 2.1.0, the format of code scanning services. */
import { pathToFileURL } from "node:url";
import type { Finding, FindingCode } from "../diagnose/finding.ts";
import { FINDING_PAGES } from "../diagnose/pages.ts";
import { ENGINE_VERSION } from "../version.ts";

export interface FileFindings {
  readonly file: string;
  readonly findings: readonly Finding[];
}

const LEVELS = { error: "error", warning: "warning", info: "note" } as const;

export function sarifLog(files: readonly FileFindings[]): Readonly<Record<string, unknown>> {
  const codes = [...new Set(files.flatMap((entry) => entry.findings.map((finding) => finding.code)))].sort();
  const results = files.flatMap((entry) => entry.findings.map((finding) => resultOf(entry.file, finding, codes)));
  const rules = codes.map((code) => {
    const page = FINDING_PAGES[code];
    return {
      id: code,
      shortDescription: { text: page.title },
      fullDescription: { text: `${page.statement} (${page.source})` },
      help: { text: page.advice.join(" ") },
      defaultConfiguration: { level: LEVELS[page.severity] },
    };
  });
  return {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: { driver: { name: "optimality", semanticVersion: ENGINE_VERSION, rules } },
        columnKind: "utf16CodeUnits",
        results,
      },
    ],
  };
}

function resultOf(file: string, finding: Finding, codes: readonly FindingCode[]) {
  const range = finding.range;
  const region =
    range === undefined
      ? {}
      : {
          region: {
            startLine: range.start.line + 1,
            startColumn: range.start.character + 1,
            endLine: range.end.line + 1,
            endColumn: range.end.character + 1,
          },
        };
  return {
    ruleId: finding.code,
    ruleIndex: codes.indexOf(finding.code),
    level: LEVELS[finding.severity],
    message: { text: finding.message },
    locations: [{ physicalLocation: { artifactLocation: { uri: uriOf(file) }, ...region } }],
  };
}

/** Relative paths stay relative, so that the log holds for a checkout anywhere. */
function uriOf(file: string): string {
  const isAbsolute = file.startsWith("/") || /^[A-Za-z]:[\\/]/.test(file);
  return isAbsolute
    ? pathToFileURL(file).href
    : file.replaceAll("\\", "/").split("/").map(encodeURIComponent).join("/");
}
