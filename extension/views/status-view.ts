/** What the one status bar item says of the newest run, or of the path that is being computed. */
import type { RunResult } from "@optimality-lens/engine";
import { formatNumber, VERDICT_WORDS } from "../panel/report.ts";
import type { PathRun } from "../runs/path-run.ts";
import { isActive, type Run } from "../runs/run.ts";

export interface StatusView {
  readonly text: string;
  readonly tooltip: string;
  readonly look: "plain" | "warning" | "error";
}

/** Only `global` gets the tick. */
const VERDICTS: Readonly<Record<RunResult["verdict"], { icon: string; short: string; look: StatusView["look"] }>> = {
  global: { icon: "$(pass-filled)", short: "global", look: "plain" },
  "not-global": { icon: "$(warning)", short: "not global", look: "warning" },
  undecided: { icon: "$(question)", short: "undecided", look: "plain" },
  "outside-theory": { icon: "$(circle-slash)", short: "outside the theory", look: "warning" },
};

/** `undefined`: nothing to say, the item is hidden. A path is spoken of while it goes on, a run afterwards too. */
export function statusView(run: Run | undefined, path?: PathRun): StatusView | undefined {
  if (path !== undefined && isActive(path)) return running(path, pathWords(path));
  if (run === undefined) return undefined;
  if (run.phase === "loading") return running(run, "loading data");
  if (run.phase === "running") return running(run, gapWords(run));
  if (run.result === null) {
    return {
      text: "$(error) Optimality: failed",
      tooltip: `${run.config.name}: ${run.failure ?? "no result"}`,
      look: "error",
    };
  }
  const { icon, short, look } = VERDICTS[run.result.verdict];
  const tooltip = `${run.config.name}: ${VERDICT_WORDS[run.result.verdict]} (${run.result.status})`;
  if (run.outOfDate) {
    return {
      text: `$(history) Optimality: ${short}, out of date`,
      tooltip: `${tooltip}; changed since`,
      look: "plain",
    };
  }
  return { text: `${icon} Optimality: ${short}`, tooltip, look };
}

function running(run: Run | PathRun, what: string): StatusView {
  return {
    text: `$(sync~spin) Optimality: ${what}`,
    tooltip: `${run.config.name}: running, select to see it`,
    look: "plain",
  };
}

/** "λ 7 of 20, gap 3.1e-5" */
export function pathWords({ lambdas, points, progress }: PathRun): string {
  if (lambdas.length === 0) return "loading data";
  const count = `λ ${Math.min(points.length + 1, lambdas.length)} of ${lambdas.length}`;
  if (progress === null || progress.lowerBound === null) return count;
  const gap = (progress.objective - progress.lowerBound) / Math.abs(progress.objective);
  return Number.isFinite(gap) ? `${count}, gap ${formatNumber(Number(Math.max(gap, 0).toPrecision(2)))}` : count;
}

/** One line about how far a run is: the gap once a bound is proven, the objective before; how long it has been at a proof. */
export function gapWords({ progress, snapshot }: Run): string {
  if (progress === null) return "starting";
  const proof = progress.phase === "proof" ? `, closing the polar (${Math.floor(progress.seconds)} s)` : "";
  if (snapshot !== null) return `gap ${formatNumber(Number(snapshot.gap.relative.toPrecision(2)))}${proof}`;
  return `objective ${formatNumber(Number(progress.objective.toPrecision(6)))}${proof}`;
}
