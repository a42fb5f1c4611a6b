/** A λ-path as text: the table's rows as points finish, the closing sentence, and CSV. */
import type { PathPoint, PathResult, Verdict } from "../events.ts";
import { STATUS_WORDS, verdictWords } from "./report.ts";
import { type Style, showNumber, showSeconds, showSmall } from "./style.ts";

/** λ listed of a kind of points, and changes of the rank; the rest is counted. */
const SHOWN_LAMBDAS = 5;
const SHOWN_CHANGES = 8;

const WIDTHS = { lambda: 13, relative: 9, rank: 6, objective: 16, gap: 9, verdict: 18, seconds: 11 } as const;
const HEADS: Readonly<Record<keyof typeof WIDTHS, string>> = {
  lambda: "λ",
  relative: "λ/λ_max",
  rank: "rank",
  objective: "objective",
  gap: "gap",
  verdict: "verdict",
  seconds: "time",
};

export function pathHeadText(style: Style): string {
  return style.dim(rowText(HEADS, (text) => text));
}

export function pathRowText(point: PathPoint, style: Style): string {
  const cells = {
    lambda: point.lambda.toPrecision(6),
    relative:
      point.relative >= 0.001 && point.relative < 1000 ? point.relative.toPrecision(3) : showSmall(point.relative),
    rank: String(point.rank),
    objective: showNumber(point.objective),
    gap: point.gap === null ? "none" : showSmall(point.gap.relative),
    verdict: point.verdict === "global" ? "✓ global" : `  ${verdictWords(point.verdict)}`,
    seconds: showSeconds(point.seconds),
  };
  return rowText(cells, (text) => verdictColor(point.verdict, style)(text));
}

/** Numbers to the right, the verdict to the left. */
function rowText(cells: Readonly<Record<keyof typeof WIDTHS, string>>, paint: (verdict: string) => string): string {
  const number = (name: keyof typeof WIDTHS) => cells[name].padStart(WIDTHS[name]);
  const numbers = `${number("lambda")}${number("relative")}${number("rank")}${number("objective")}${number("gap")}`;
  return `${numbers}  ${paint(cells.verdict.padEnd(WIDTHS.verdict + 2))}${number("seconds")}\n`;
}

function verdictColor(verdict: Verdict, style: Style): (text: string) => string {
  switch (verdict) {
    case "global":
      return style.green;
    case "undecided":
      return style.bold;
    case "not-global":
    case "outside-theory":
      return style.yellow;
    default:
      return verdict satisfies never;
  }
}

/** Whether every λ asked for has a proven global minimum: all that counts as a success. */
export function isAllGlobal({ status, points }: PathResult): boolean {
  return status === "complete" && points.every(({ verdict }) => verdict === "global");
}

/** What came out, in a sentence; then which points are not global and why, and where the rank changes. */
export function pathSummaryText(result: PathResult, count: number, style: Style): string {
  const { points, status } = result;
  const cancelled = status === "cancelled" ? `cancelled after ${points.length} of ${count} points` : undefined;
  if (points.length === 0) return `${style.bold(cancelled ?? "no points")}\n`;
  const sentence = provenText(points);
  const first =
    cancelled !== undefined
      ? style.bold(`${cancelled}; ${sentence}`)
      : isAllGlobal(result)
        ? style.green(style.bold(`✓ ${sentence}`))
        : style.bold(sentence);
  return `${first}\n${openText(points)}${rankText(points)}`;
}

function provenText(points: readonly PathPoint[]): string {
  const proven = points.filter(({ verdict }) => verdict === "global");
  const count = points.length;
  if (proven.length === 0) {
    return count === 1 ? "the point is not proven global" : `none of the ${count} points is proven global`;
  }
  if (proven.length < count) return `${proven.length} of ${count} points are proven to be global minima`;
  const gap = Math.max(...points.map((point) => point.gap?.relative ?? 0));
  const which = count === 1 ? "the point is a global minimum" : `all ${count} points are global minima`;
  return `${which} — proven within ${showSmall(gap)} of the objective`;
}

/** Points of one verdict and status share a line; where their reasons differ, it gives the first one's. */
function openText(points: readonly PathPoint[]): string {
  const groups = new Map<string, PathPoint[]>();
  for (const point of points) {
    if (point.verdict === "global") continue;
    const stopped = point.status === "converged" ? "" : `, ${STATUS_WORDS[point.status]}`;
    const kind = `${verdictWords(point.verdict)}${stopped}`;
    groups.set(kind, [...(groups.get(kind) ?? []), point]);
  }
  return [...groups].map(([kind, group]) => `  ${lambdasText(group)}: ${kind}${reasonText(group)}\n`).join("");
}

function lambdasText(points: readonly PathPoint[]): string {
  const more = points.length - SHOWN_LAMBDAS;
  const shown = points.slice(0, SHOWN_LAMBDAS).map(({ lambda }) => showLambda(lambda));
  return `λ = ${shown.join(", ")}${more > 0 ? `, … (${more} more)` : ""}`;
}

function reasonText([first, ...others]: readonly PathPoint[]): string {
  const isShared = others.every(({ reason }) => reason === first.reason);
  return isShared ? ` — ${first.reason}` : `; at λ = ${showLambda(first.lambda)}: ${first.reason}`;
}

function rankText(points: readonly PathPoint[]): string {
  const changes = points.filter(({ rank }, k) => k > 0 && rank !== points[k - 1].rank);
  if (changes.length === 0) return `  rank ${points[0].rank} at every λ\n`;
  const texts = changes.slice(0, SHOWN_CHANGES).map(({ rank, lambda }) => `${rank} from λ = ${showLambda(lambda)}`);
  const more = changes.length - SHOWN_CHANGES;
  const rest = more > 0 ? `, … (${more} more, ${points[points.length - 1].rank} at the end)` : "";
  return `  rank ${points[0].rank}, then ${texts.join(", ")}${rest}\n`;
}

/** Six digits: enough to copy into a config. */
function showLambda(lambda: number): string {
  return showNumber(Number(lambda.toPrecision(6)));
}

export const PATH_CSV_HEAD =
  "lambda,relative,verdict,status,rank,objective,lower_bound,gap,relative_gap,loss,regularizer,iterations,seconds\n";

/** Every digit; an empty cell where no bound is known. */
export function pathCsvRow(point: PathPoint): string {
  const { lambda, relative, verdict, status, rank, objective, lowerBound, gap, loss, regularizer } = point;
  const cells = [lambda, relative, verdict, status, rank, objective, lowerBound, gap?.absolute, gap?.relative];
  return `${[...cells, loss, regularizer, point.iterations, point.seconds].map((cell) => cell ?? "").join(",")}\n`;
}
