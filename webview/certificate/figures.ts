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
  /** A few words under the value. */
  readonly note: string;
}

const UNKNOWN = "–";

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
      note: rankNote(numbers, state.problem?.maxBranches) + outlierNote(state),
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

/** Robust problems: how many entries the model explains as outliers. */
function outlierNote(state: PanelState): string {
  const count = state.result?.extra?.outliers?.nonzero;
  if (count === undefined) return "";
  return ` · ${formatCount(count)} ${count === 1 ? "outlier" : "outliers"}`;
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
