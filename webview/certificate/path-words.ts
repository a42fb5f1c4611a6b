/** What the λ-path says, as plain strings and numbers: no DOM, so that every sentence has a unit test. */
import type { PathPoint, Verdict } from "@optimality-lens/engine";
import type { PanelToHost, PathState } from "../../extension/protocol/panel.ts";
import { relativeGap } from "../series.ts";
import { digitsToSeparate, formatCount, formatGap, formatNumber, formatSeconds, trimZeros } from "./format.ts";
import { lambdaShare, sentence, verdictLabel } from "./words.ts";

export interface PathWords {
  /** How far it is, or what came out. */
  readonly summary: string;
  /** What else there is to know, in whole sentences; mostly empty. */
  readonly note: string;
  /** In place of the chart, as long as it has no point; empty: no place is kept. */
  readonly waiting: string;
  readonly action: { readonly label: string; readonly message: PanelToHost };
}

const START: PanelToHost = { kind: "path" };

export function pathWords(path: PathState | null): PathWords {
  if (path === null) {
    return {
      summary: "",
      note: "Which λ? A path fits this model at many λ, from λ_max, where it is zero, downwards, and proves every point.",
      waiting: "",
      action: { label: "Compute the λ-path", message: START },
    };
  }
  const { phase, points, failure } = path;
  if (phase === "loading" || phase === "running") {
    return {
      summary: phase === "loading" ? "Reading the data…" : runningWords(path),
      note: "",
      waiting: "The first point is the one at the largest λ.",
      action: { label: "Cancel", message: { kind: "cancel" } },
    };
  }
  const again = { label: "Compute again", message: START };
  if (points.length === 0) {
    const summary = failure === null ? "Cancelled before the first point." : "Could not be computed.";
    return { summary, note: failure === null ? "" : sentence(failure), waiting: "", action: again };
  }
  const changed = path.outOfDate ? "The config or its data has changed since this path was computed." : "";
  const note = [failure === null ? "" : sentence(failure), changed].filter((part) => part !== "").join(" ");
  return { summary: outcomeWords(path), note, waiting: "", action: again };
}

/** "λ 7 of 20, 12 % of λ_max · rank 3 · gap 3.1e-5 · 2.10 s" */
function runningWords({ lambdas, points, problem, progress }: PathState): string {
  const at = lambdas[points.length];
  if (at === undefined) return "Finishing";
  const share = lambdaShare(at, problem?.lambdaMax ?? 0);
  const place = `λ ${points.length + 1} of ${lambdas.length}${share === "" ? "" : `, ${share} of λ_max`}`;
  if (progress === null) return place;
  const gap =
    progress.lowerBound === null ? "" : `gap ${formatGap(relativeGap(progress.objective, progress.lowerBound))}`;
  return [place, gap, formatSeconds(progress.seconds)].filter((part) => part !== "").join(" · ");
}

/** "20 values of λ, all proven global; rank 0 at λ_max, 4 at 10 % of λ_max." */
function outcomeWords({ lambdas, points, status, failure }: PathState): string {
  const first = points[0];
  const last = points.at(-1);
  if (first === undefined || last === undefined) return "";
  const ranks =
    points.length === 1
      ? `rank ${formatCount(last.rank)}`
      : `rank ${formatCount(first.rank)} at ${shareWords(first)}, ${formatCount(last.rank)} at ${shareWords(last)}`;
  const count = `${formatCount(lambdas.length)} ${lambdas.length === 1 ? "value" : "values"} of λ`;
  const early = `${failure === null ? "Cancelled" : "Stopped"} after ${formatCount(points.length)} of ${count}`;
  return `${status === "complete" ? count : early}, ${provenWords(points)}; ${ranks}.`;
}

function provenWords(points: readonly PathPoint[]): string {
  const proven = points.filter(({ verdict }) => verdict === "global").length;
  if (points.length === 1) return proven === 1 ? "proven global" : "not proven global";
  if (proven === points.length) return "all proven global";
  return `${proven === 0 ? "none" : formatCount(proven)} of them proven global`;
}

/** "12 % of λ_max" */
export function shareWords({ relative }: PathPoint): string {
  return relative === 1 ? "λ_max" : `${lambdaShare(relative, 1)} of λ_max`;
}

export interface PointFigure {
  readonly label: string;
  readonly value: string;
  /** Every digit, for the title and the clipboard. */
  readonly full: string;
}

/** λ as it is written into the config when it is used. */
export function lambdaWords({ lambda }: PathPoint): string {
  return trimZeros(formatNumber(lambda, 6));
}

/** What the tooltip, the chosen point and its spoken name say, in this order. */
export function pointFigures(point: PathPoint): readonly PointFigure[] {
  const { lambda, rank, objective, lowerBound, loss, regularizer, gap, verdict } = point;
  const digits = digitsToSeparate(objective, lowerBound);
  return [
    { label: "λ", value: lambdaWords(point), full: String(lambda) },
    { label: "Rank", value: formatCount(rank), full: "" },
    { label: "Objective", value: formatNumber(objective, digits, "up"), full: String(objective) },
    { label: "Loss", value: formatNumber(loss), full: String(loss) },
    { label: "Regularizer", value: formatNumber(regularizer), full: String(regularizer) },
    gap === null
      ? { label: "Gap", value: "–", full: "" }
      : { label: "Gap", value: formatGap(gap.relative), full: String(gap.relative) },
    { label: "Verdict", value: verdictLabel(verdict), full: "" },
  ];
}

/** One line for screen readers. */
export function pointWords(point: PathPoint): string {
  const figures = pointFigures(point).map(({ label, value }) => `${label} ${value}`);
  return [shareWords(point), ...figures].join(", ");
}

/** Verdicts that occur, the best first. */
export function verdictsOf(points: readonly PathPoint[]): readonly Verdict[] {
  const order: readonly Verdict[] = ["global", "undecided", "not-global", "outside-theory"];
  return order.filter((verdict) => points.some((point) => point.verdict === verdict));
}

const DIGIT_SETS = [[1, 1.5, 2, 3, 4, 5, 6, 7, 8, 9], [1, 2, 5], [1, 3], [1]] as const;

/** Round shares of λ_max between `low` and `high`, at most `count` of them, descending: the densest that fit. */
export function shareTicks(low: number, high: number, count: number): readonly number[] {
  if (!(low > 0 && high >= low && Number.isFinite(high))) return [];
  const top = Math.ceil(Math.log10(high));
  const bottom = Math.floor(Math.log10(low));
  for (const digits of DIGIT_SETS) {
    const ticks: number[] = [];
    for (let decade = top; decade >= bottom; decade -= 1) {
      for (const digit of [...digits].reverse()) ticks.push(Number(`${digit}e${decade}`));
    }
    const inside = ticks.filter((tick) => tick >= low * (1 - 1e-9) && tick <= high * (1 + 1e-9));
    if (inside.length <= count) return inside;
  }
  const step = Math.ceil((top - bottom) / Math.max(1, count - 1));
  return Array.from({ length: Math.floor((top - bottom) / step) + 1 }, (_, k) => Number(`1e${top - k * step}`));
}
