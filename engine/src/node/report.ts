/** Findings, results and checks as text for people. */
import { aroundOne } from "../certify/around-one.ts";
import type { VerifyReport } from "../certify/verify.ts";
import type { Finding, Severity, Suggestion } from "../diagnose/finding.ts";
import type { Gap, ProblemSummary, RunResult, RunStatus, Verdict } from "../events.ts";
import { type Style, showNumber, showSeconds, showSmall, table } from "./style.ts";

/** Rows of the branch table; the rest is counted. */
const SHOWN_BRANCHES = 10;

/** Intercepts shown; the rest is counted. */
const SHOWN_INTERCEPTS = 4;

export const STATUS_WORDS: Readonly<Record<RunStatus, string>> = {
  converged: "converged",
  "iteration-limit": "stopped at search.maxIterations",
  "time-limit": "stopped at search.timeLimit",
  "branch-limit": "stopped at search.maxBranches",
  stalled: "stalled",
  "non-finite": "stopped at a number that is not finite",
  cancelled: "cancelled",
};

/** `file:line:column`, as editors and terminals turn into links; one-based. */
export function findingsText(file: string, findings: readonly Finding[], style: Style): string {
  return findings.map((finding) => findingText(file, finding, style)).join("");
}

function findingText(file: string, finding: Finding, style: Style): string {
  const start = finding.range?.start;
  const place = start === undefined ? file : `${file}:${start.line + 1}:${start.character + 1}`;
  return `${style.dim(place)}  ${severityText(finding.severity, style)}  ${finding.message}  ${style.dim(`[${finding.code}]`)}\n${stepsText(finding, style)}`;
}

function severityText(severity: Severity, style: Style): string {
  switch (severity) {
    case "error":
      return style.red("error");
    case "warning":
      return style.yellow("warning");
    case "info":
      return "info";
    default:
      return severity satisfies never;
  }
}

function stepsText(finding: Finding, style: Style): string {
  const step = (suggestion: Suggestion) =>
    suggestion.kind === "edit" ? suggestion.title : `${suggestion.title} ${style.dim("(in VS Code)")}`;
  return finding.suggestions.map((suggestion) => `    ${style.dim("→")} ${step(suggestion)}\n`).join("");
}

/** `2 errors, 1 warning in 1 file`. */
export function countText(files: number, findings: readonly Finding[]): string {
  const parts = (["error", "warning", "info"] as const).flatMap((severity) => {
    const count = findings.filter((finding) => finding.severity === severity).length;
    const noun = severity === "info" ? (count === 1 ? "note" : "notes") : count === 1 ? severity : `${severity}s`;
    return count === 0 ? [] : [`${count} ${noun}`];
  });
  const where = files === 1 ? "1 file" : `${files} files`;
  return parts.length === 0 ? `no findings in ${where}` : `${parts.join(", ")} in ${where}`;
}

/** The verdict in words. Only `global` gets the tick. */
export function verdictText(result: RunResult, style: Style): string {
  const gap = result.gap;
  switch (result.verdict) {
    case "global": {
      const within = gap === null ? "" : ` — proven within ${showSmall(gap.relative)} of the objective`;
      return style.green(style.bold(`✓ global minimum${within}`));
    }
    case "not-global": {
      const after =
        result.evidence === null
          ? ""
          : ` — a branch lowers the objective to ${showNumber(result.evidence.objectiveAfter)}`;
      return style.bold(style.yellow(`not a global minimum${after}`));
    }
    case "undecided":
      return style.bold(
        gap === null
          ? "undecided — no lower bound yet"
          : `undecided — the gap is still ${showSmall(gap.relative)} of the objective`,
      );
    case "outside-theory":
      return style.bold(style.yellow("outside the theory — no certificate can exist"));
    default:
      return result.verdict satisfies never;
  }
}

export function resultText(result: RunResult, summary: ProblemSummary | undefined, style: Style): string {
  const rows: [string, string][] = [["objective", showNumber(result.objective)]];
  if (result.lowerBound !== null) rows.push(["proven lower bound", showNumber(result.lowerBound)]);
  if (result.gap !== null) rows.push(["gap", gapText(result.gap)]);
  if (result.polar !== null) {
    const { lower, upper, method, why, kind, work } = result.polar;
    rows.push([
      "polar",
      `${aroundOne(lower, "down")} … ${upper === null ? "∞" : aroundOne(upper, "up")}  (${kind === "exact" ? "exact" : "a bound"}: ${method}${cellsText(work)})`,
    ]);
    if (why !== undefined) rows.push(["", style.dim(why)]);
  }
  const count = result.branches.length;
  rows.push(["rank", `${result.rank}, of ${count} ${count === 1 ? "branch" : "branches"}`]);
  const outliers = result.extra?.outliers;
  if (outliers !== undefined) {
    const { nonzero, l1 } = outliers;
    rows.push(["outliers", `${nonzero} ${nonzero === 1 ? "entry" : "entries"}, ‖E‖₁ = ${showNumber(l1)}`]);
  }
  const intercept = result.extra?.intercept;
  if (intercept !== undefined) {
    const shown = intercept.slice(0, SHOWN_INTERCEPTS).map(showNumber).join(", ");
    const more = intercept.length - SHOWN_INTERCEPTS;
    rows.push(["intercept", more > 0 ? `${shown}, … (${more} more)` : shown]);
  }
  const relative = result.lambdaMax > 0 ? `  (${showSmall(result.lambda / result.lambdaMax)} λ_max)` : "";
  rows.push(["λ", showNumber(result.lambda) + relative]);
  rows.push([
    "degrees",
    `mapping ${result.homogeneity.mapping ?? "none"}, regularizer ${result.homogeneity.regularizer ?? "none"}`,
  ]);
  if (summary !== undefined) {
    const cells = summary.shape.reduce((all, length) => all * length, 1);
    const some = `${summary.observed} of ${cells} entries observed`;
    const measured = `${summary.observed} measurements`;
    const hidden = summary.seen === "measurements" ? `, ${measured}` : summary.observed === cells ? "" : `, ${some}`;
    rows.push(["problem", `${summary.formula}, ${summary.shape.join("×")}${hidden}`]);
  }
  const iterations = `${result.iterations} ${result.iterations === 1 ? "iteration" : "iterations"}`;
  rows.push(["run", `${STATUS_WORDS[result.status]} after ${iterations}, ${showSeconds(result.seconds)}`]);
  const why = result.verdict === "global" || result.reason === "" ? "" : `  ${result.reason}\n`;
  return `${verdictText(result, style)}\n${why}\n${table(rows, "  ")}\n${branchesText(result, style)}`;
}

function cellsText(work: number | undefined): string {
  if (work === undefined) return "";
  return `, ${work.toLocaleString("en-US")} ${work === 1 ? "cell" : "cells"}`;
}

function branchesText(result: RunResult, style: Style): string {
  if (result.branches.length === 0) return "";
  const largest = Math.max(...result.branches.map((branch) => branch.regularizer), 0);
  const lines = result.branches.slice(0, SHOWN_BRANCHES).map((branch) => {
    const bar = branch.zero ? "zero" : "▇".repeat(Math.max(1, Math.round((20 * branch.regularizer) / (largest || 1))));
    return `  ${String(branch.index).padStart(6)}  ${showNumber(branch.regularizer).padStart(14)}  ${showSmall(branch.slack).padStart(9)}  ${style.dim(bar)}\n`;
  });
  const more = result.branches.length - SHOWN_BRANCHES;
  const rest = more > 0 ? `  ${style.dim(`… and ${more} more`)}\n` : "";
  return `${style.dim("  branch     regularizer      slack")}\n${lines.join("")}${rest}\n`;
}

/** Findings of a run below its result: the code, the message, what to do. */
export function runFindingsText(findings: readonly Finding[], style: Style): string {
  return findings
    .map(
      (finding) =>
        `  ${severityText(finding.severity, style)}  ${finding.message}  ${style.dim(`[${finding.code}]`)}\n${stepsText(finding, style)}`,
    )
    .join("");
}

export function verifyText(report: VerifyReport, style: Style): string {
  const failed = report.checks.filter((check) => !check.ok);
  const rows: [string, string][] = [["objective", showNumber(report.objective)]];
  if (report.lowerBound !== null) rows.push(["proven lower bound", showNumber(report.lowerBound)]);
  if (report.gap !== null) rows.push(["gap", gapText(report.gap)]);
  rows.push(["checks", `${report.checks.length - failed.length} of ${report.checks.length} agree`]);
  const lines = failed.map((check) => `  ${style.red("differs")}  ${check.name}  ${style.dim(check.detail)}\n`);
  const blank = failed.length === 0 ? "" : "\n";
  return `${verifyVerdict(report, style)}\n\n${table(rows, "  ")}${blank}${lines.join("")}`;
}

function gapText(gap: Gap): string {
  return `${showSmall(gap.absolute)}  (${showSmall(gap.relative)} relative)`;
}

function verifyVerdict(report: VerifyReport, style: Style): string {
  if (!report.valid) {
    const failed = report.checks.filter((check) => !check.ok).length;
    return style.bold(
      style.red(
        `rejected — ${failed} of ${report.checks.length} checks failed; the numbers support the verdict ${report.verdict}`,
      ),
    );
  }
  if (report.verdict !== "global")
    return style.bold(`the certificate says the truth, but its verdict is ${verdictWords(report.verdict)}`);
  const within = report.gap === null ? "" : ` — proven again within ${showSmall(report.gap.relative)} of the objective`;
  return style.green(style.bold(`✓ global minimum${within}`));
}

export function verdictWords(verdict: Verdict): string {
  switch (verdict) {
    case "global":
      return "global";
    case "not-global":
      return "not global";
    case "undecided":
      return "undecided";
    case "outside-theory":
      return "outside the theory";
    default:
      return verdict satisfies never;
  }
}
