/** The key figures: which numbers, in which words, at how many digits. */
import type { PanelState } from "../../extension/protocol/panel.ts";
import {
  digitsToSeparate,
  formatCount,
  formatGap,
  formatNumber,
  formatSeconds,
  fullNumber,
  trimZeros,
} from "./format.ts";
import { lambdaShare, liveGap } from "./words.ts";

export interface Figure {
  readonly key: "objective" | "lower-bound" | "gap" | "rank" | "lambda" | "time";
  readonly label: string;
  /** As shown, rounded; `–` while unknown. */
  readonly value: string;
  /** Every digit, for the title and the clipboard; empty while unknown. */
  readonly full: string;
  /** A few words under the value; lines are kept. */
  readonly note: string;
}

const UNKNOWN = "–";

const SHOWN_INTERCEPTS = 3;

interface Numbers {
  readonly objective: number | null;
  readonly lowerBound: number | null;
  readonly relativeGap: number | null;
  readonly rank: number | null;
  readonly branches: number | null;
  readonly iterations: number | null;
  readonly seconds: number | null;
}

export function figures(state: PanelState): readonly Figure[] {
  const numbers = numbersOf(state);
  const { objective, lowerBound, relativeGap, rank } = numbers;
  const digits = objective === null ? 6 : digitsToSeparate(objective, lowerBound);
  const tolerance = state.problem?.gapTolerance;
  return [
    {
      key: "objective",
      label: "Objective",
      value: objective === null ? UNKNOWN : formatNumber(objective, digits, "up"),
      full: objective === null ? "" : fullNumber(objective),
      note: "loss plus λ · regularizer",
    },
    {
      key: "lower-bound",
      label: "Proven lower bound",
      value: lowerBound === null ? UNKNOWN : formatNumber(lowerBound, digits, "down"),
      full: lowerBound === null ? "" : fullNumber(lowerBound),
      note: "holds for every width",
    },
    {
      key: "gap",
      label: "Relative gap",
      value: relativeGap === null ? UNKNOWN : formatGap(relativeGap),
      full: relativeGap === null ? "" : fullNumber(relativeGap),
      note: tolerance === undefined ? "objective to bound" : `global at ${formatGap(tolerance)} or less`,
    },
    {
      key: "rank",
      label: "Rank",
      value: rank === null ? UNKNOWN : formatCount(rank),
      full: rank === null ? "" : fullNumber(rank),
      note: [rankNote(numbers, neededBranches(state)), ...extraNotes(state)].join("\n"),
    },
    lambdaFigure(state),
    {
      key: "time",
      label: "Time",
      value: numbers.seconds === null ? UNKNOWN : formatSeconds(numbers.seconds),
      full: numbers.seconds === null ? "" : `${fullNumber(numbers.seconds)} s`,
      note: iterationNote(numbers.iterations),
    },
  ];
}

function lambdaFigure(state: PanelState): Figure {
  const source = state.result ?? state.problem;
  const share = source === null ? "" : lambdaShare(source.lambda, source.lambdaMax);
  return {
    key: "lambda",
    label: "λ",
    value: source === null ? UNKNOWN : trimZeros(formatNumber(source.lambda, 4)),
    full: source === null ? "" : fullNumber(source.lambda),
    note: share === "" ? "weight of the regularizer" : `${share} of λ_max`,
  };
}

function rankNote(numbers: Numbers, maxBranches: number | undefined): string {
  if (numbers.branches !== null && numbers.rank !== null && numbers.branches > numbers.rank) {
    return `of ${formatCount(numbers.branches)} branches`;
  }
  return maxBranches === undefined ? "non-zero branches" : `at most ${formatCount(maxBranches)} needed`;
}

/** How many branches the theory needs at most, where it applies. */
function neededBranches({ problem }: PanelState): number | undefined {
  const degrees = problem?.homogeneity;
  const applies = degrees !== undefined && degrees.mapping !== null && degrees.mapping === degrees.regularizer;
  return applies ? problem?.maxBranches : undefined;
}

/** What stands beside the branches: how many entries are explained as outliers, and the intercepts. */
function extraNotes(state: PanelState): readonly string[] {
  const { outliers, intercept } = state.result?.extra ?? {};
  const count = outliers?.nonzero;
  return [
    ...(count === undefined ? [] : [`${formatCount(count)} ${count === 1 ? "outlier" : "outliers"}`]),
    ...(intercept === undefined || intercept.length === 0 ? [] : [interceptNote(intercept)]),
  ];
}

/** One per column of the target; of many, how many there are and between what they lie. */
function interceptNote(intercept: readonly number[]): string {
  const show = (value: number): string => trimZeros(formatNumber(value, 4));
  if (intercept.length === 1) return `intercept ${show(intercept[0] ?? 0)}`;
  if (intercept.length <= SHOWN_INTERCEPTS) return `intercepts ${intercept.map(show).join(", ")}`;
  const least = intercept.reduce((a, b) => Math.min(a, b));
  const largest = intercept.reduce((a, b) => Math.max(a, b));
  return `${formatCount(intercept.length)} intercepts, ${show(least)} to ${show(largest)}`;
}

function iterationNote(iterations: number | null): string {
  if (iterations === null) return "iterations";
  return `${formatCount(iterations)} ${iterations === 1 ? "iteration" : "iterations"}`;
}

function numbersOf(state: PanelState): Numbers {
  const { result, progress, snapshot } = state;
  if (state.phase === "finished" && result !== null) {
    return {
      objective: result.objective,
      lowerBound: result.lowerBound,
      relativeGap: result.gap?.relative ?? null,
      rank: result.rank,
      branches: result.branches.length,
      iterations: result.iterations,
      seconds: result.seconds,
    };
  }
  return {
    objective: progress?.objective ?? snapshot?.objective ?? null,
    lowerBound: progress?.lowerBound ?? snapshot?.lowerBound ?? null,
    relativeGap: liveGap(state),
    rank: snapshot === null ? (progress?.branches ?? null) : snapshot.branches.filter((branch) => !branch.zero).length,
    branches: progress?.branches ?? snapshot?.branches.length ?? null,
    iterations: progress?.iteration ?? null,
    seconds: progress?.seconds ?? null,
  };
}
