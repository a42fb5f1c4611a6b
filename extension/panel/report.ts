/** A finished run as files: what *Export* writes. */
import type { LayerSummary, PolarBracket, RunResult, Verdict } from "@optimality-lens/engine";
import type { SeriesColumns } from "../protocol/worker.ts";
import type { PathRun } from "../runs/path-run.ts";
import { pathResult } from "../runs/path-run.ts";
import type { Run } from "../runs/run.ts";

const PATH_COLUMNS =
  "lambda,relative,verdict,status,rank,objective,lower_bound,gap,relative_gap,loss,regularizer,iterations,seconds";

/** Only `global` may sound like success. */
export const VERDICT_WORDS: Readonly<Record<Verdict, string>> = {
  global: "global minimum, proven",
  "not-global": "not a global minimum: a better point is known",
  undecided: "undecided",
  "outside-theory": "outside the theory: no certificate can exist",
};

/** One row per recorded iteration; the bound's cell is empty where none was proven yet. */
export function seriesCsv({ iteration, seconds, objective, lowerBound }: SeriesColumns): string {
  const rows = ["iteration,seconds,objective,lower_bound"];
  for (let i = 0; i < iteration.length; i++) {
    const bound = Number.isNaN(lowerBound[i]) ? "" : lowerBound[i];
    rows.push(`${iteration[i]},${seconds[i]},${objective[i]},${bound}`);
  }
  return `${rows.join("\n")}\n`;
}

/** One row per λ, as `optimality path --csv` writes them; cells are empty where no bound was proven. */
export function pathCsv({ points }: PathRun): string {
  const rows = points.map((point) => {
    const { lambda, relative, verdict, status, rank, objective, lowerBound, gap } = point;
    const { loss, regularizer, iterations, seconds } = point;
    const proven = [lowerBound ?? "", gap?.absolute ?? "", gap?.relative ?? ""];
    return [lambda, relative, verdict, status, rank, objective, ...proven, loss, regularizer, iterations, seconds];
  });
  return `${[PATH_COLUMNS, ...rows.map((row) => row.join(","))].join("\n")}\n`;
}

/** The same record as `optimality path --json`. */
export function pathJson(path: PathRun): string {
  return `${JSON.stringify(pathResult(path), null, 2)}\n`;
}

/** The same record as `optimality diagnose --json`. */
export function resultJson(run: Run): string {
  return `${JSON.stringify({ ...run.result, certificate: run.certificateFile }, null, 2)}\n`;
}

export function formatNumber(value: number | null): string {
  if (value === null) return "none";
  if (!Number.isFinite(value)) return String(value);
  const rounded = Number(value.toPrecision(9));
  return rounded !== 0 && (Math.abs(rounded) >= 1e7 || Math.abs(rounded) < 1e-4)
    ? rounded.toExponential()
    : String(rounded);
}

function row(...cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|").replaceAll("\n", " ")).join(" | ")} |`;
}

export function markdownReport(run: Run): string {
  const { result, problem } = run;
  const lines = [`# Optimality report: ${run.config.name}`, "", `Run of ${run.startedAt} (${run.label}).`, ""];
  if (run.outOfDate) lines.push("**The config or its data changed since this run.**", "");
  if (result === null) return `${[...lines, `The run failed: ${run.failure ?? "no result"}.`].join("\n")}\n`;
  lines.push(
    `**Verdict: ${VERDICT_WORDS[result.verdict]}.** ${result.reason}`,
    "",
    row("quantity", "value"),
    row("---", "---"),
  );
  if (problem !== null) {
    lines.push(
      row(
        "data",
        `${problem.shape.join(" × ")}, ${problem.observed} ${problem.seen === "entries" ? "observed" : "measurements"}`,
      ),
    );
    lines.push(
      row("loss", problem.loss),
      row("mapping", `${problem.mapping}, ${problem.formula}`),
      row("regularizer", problem.regularizer),
    );
  }
  lines.push(...resultRows(result));
  if (run.certificateFile !== null) lines.push(row("certificate", run.certificateFile));
  lines.push("", ...branchTable(result), ...layerTable(problem?.layers ?? []), ...findingList(run));
  return `${lines.join("\n").trimEnd()}\n`;
}

function resultRows(result: RunResult): readonly string[] {
  const { gap, polar } = result;
  return [
    row("status", result.status),
    row("objective", formatNumber(result.objective)),
    row("proven lower bound", formatNumber(result.lowerBound)),
    row("gap", gap === null ? "open" : `${formatNumber(gap.absolute)} (relative ${formatNumber(gap.relative)})`),
    row(
      "polar",
      polar === null
        ? "not computed"
        : `[${formatNumber(polar.lower)}, ${polar.upper === null ? "∞" : formatNumber(polar.upper)}]`,
    ),
    ...(polar === null ? [] : [row("proof of the polar", proofWords(polar))]),
    row("lambda", `${formatNumber(result.lambda)} (λ_max ${formatNumber(result.lambdaMax)})`),
    row("rank", String(result.rank)),
    ...extraRows(result),
    row("iterations", `${result.iterations} in ${formatNumber(result.seconds)} s`),
  ];
}

function proofWords({ method, why, work }: PolarBracket): string {
  const cells = work === undefined ? "" : `, ${work.toLocaleString("en-US")} ${work === 1 ? "cell" : "cells"}`;
  return `${method}${cells}${why === undefined ? "" : `; ${why}`}`;
}

function extraRows({ extra }: RunResult): readonly string[] {
  const { outliers, intercept } = extra ?? {};
  return [
    ...(outliers === undefined ? [] : [row("outliers", `${outliers.nonzero}, ‖E‖₁ = ${formatNumber(outliers.l1)}`)]),
    ...(intercept === undefined ? [] : [row("intercept", intercept.map(formatNumber).join(", "))]),
  ];
}

function branchTable(result: RunResult): readonly string[] {
  if (result.branches.length === 0) return [];
  const rows = result.branches.map((branch) =>
    row(
      String(branch.index + 1),
      formatNumber(branch.regularizer),
      formatNumber(branch.slack),
      branch.zero ? "yes" : "no",
    ),
  );
  return [
    "## Branches",
    "",
    row("branch", "regularizer", "slack", "zero"),
    row("---", "---", "---", "---"),
    ...rows,
    "",
  ];
}

/** Of long branches the layers between are left out, as the numbers show. */
function layerTable(layers: readonly LayerSummary[]): readonly string[] {
  if (layers.length === 0) return [];
  const rows = layers.map(({ index, name, homogeneity, degrees, approximate, note }) => {
    const degree = degrees.length === 0 ? homogeneity : `${approximate ? "≈ " : ""}${degrees.join(", ")}`;
    return row(String(index + 1), name, degree, note);
  });
  return [
    "## Layers",
    "",
    row("layer", "kind", "degree after it", "note"),
    row("---", "---", "---", "---"),
    ...rows,
    "",
  ];
}

function findingList(run: Run): readonly string[] {
  if (run.findings.length === 0) return [];
  const items = run.findings.map((finding) => `- **${finding.code}** (${finding.severity}): ${finding.message}`);
  return ["## Findings", "", ...items];
}
