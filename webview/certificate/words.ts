/** What the panel says, as plain strings: no DOM, so that every sentence has a unit test. */
import type { Phase, ProblemSummary, RunResult, RunStatus, Verdict } from "@optimality-lens/engine";
import type { PanelState, PanelToHost } from "../../extension/protocol/panel.ts";
import { relativeGap } from "../series.ts";
import { formatCount, formatGap, formatNumber, formatPercent, formatSeconds, trimZeros } from "./format.ts";

/** `success` belongs to the verdict `global` alone. */
export type Tone = "success" | "improvable" | "open" | "outside" | "failed" | "progress" | "idle";

export interface VerdictAction {
  readonly label: string;
  readonly message: PanelToHost;
}

export interface VerdictView {
  readonly tone: Tone;
  readonly title: string;
  /** One or two sentences. */
  readonly body: string;
  /** Small print: why the run stopped, where the certificate is. */
  readonly note: string;
  readonly action: VerdictAction | null;
}

export function verdictView(state: PanelState): VerdictView {
  switch (state.phase) {
    case "empty":
      return {
        tone: "idle",
        title: "Not diagnosed yet",
        body: "Diagnose fits the factorization and proves how far it is from the best any number of branches could reach.",
        note: "",
        action: { label: "Diagnose", message: { kind: "run" } },
      };
    case "loading":
      return {
        tone: "progress",
        title: "Reading the data",
        body: "Loading the config and its arrays…",
        note: "",
        action: null,
      };
    case "running":
      return {
        tone: "progress",
        title: "Looking for the global minimum",
        body: runningGap(state),
        note: runningWords(state),
        action: null,
      };
    case "failed":
      return {
        tone: "failed",
        title: "Could not run",
        body: sentence(state.failure ?? "The run ended without a result"),
        note: "",
        action: { label: "Open config", message: { kind: "reveal", path: "" } },
      };
    case "finished":
      return state.result === null
        ? { tone: "open", title: "No result", body: "The run ended without a result.", note: "", action: null }
        : resultView(state.result, state.certificateFile);
    default:
      return state.phase satisfies never;
  }
}

function resultView(result: RunResult, certificateFile: string | null): VerdictView {
  const note = [stopWords(result), certificateFile === null ? "" : `Certificate: ${certificateFile}`]
    .filter((part) => part !== "")
    .join(" · ");
  switch (result.verdict) {
    case "global":
      return { tone: "success", title: "Global minimum — proven", body: globalWords(result), note, action: null };
    case "not-global":
      return {
        tone: "improvable",
        title: "Not a global minimum",
        body: evidenceWords(result),
        note,
        action: {
          label: "Add zero branch and continue",
          message: { kind: "action", action: "add-zero-branch" },
        },
      };
    case "undecided":
      return {
        tone: "open",
        title: "Undecided",
        body: undecidedWords(result),
        note,
        action: canContinue(result.status)
          ? { label: "Continue from here", message: { kind: "action", action: "continue" } }
          : null,
      };
    case "outside-theory":
      return {
        tone: "outside",
        title: "No certificate can exist here",
        body: sentence(result.reason),
        note,
        action: null,
      };
    default:
      return result.verdict satisfies never;
  }
}

/** "No other point, with any number of branches, can be lower by more than 3.1e-8 of the objective." */
export function globalWords(result: RunResult): string {
  const start = "No other point, with any number of branches, can be lower";
  if (result.gap === null) return `${start}.`;
  if (result.objective === 0) return `${start} than 0.`;
  return `${start} by more than ${formatGap(result.gap.relative)} of the objective.`;
}

/** "Adding one branch lowers the objective from 12.3 to 11.9." */
export function evidenceWords(result: RunResult): string {
  if (result.evidence === null) return sentence(result.reason);
  const before = formatNumber(result.objective);
  const after = formatNumber(result.evidence.objectiveAfter);
  if (before === after) return "Adding one branch lowers the objective, by less than six digits show.";
  return `Adding one branch lowers the objective from ${before} to ${after}.`;
}

/** The engine's reason says which bound is open; how far it reaches is added where the reason does not say. */
function undecidedWords(result: RunResult): string {
  const reason = sentence(result.reason);
  if (/\b(gap|bound)\b/.test(reason)) return reason;
  if (result.gap === null) return `${reason} No lower bound has been proven.`.trim();
  return `${reason} A better point, if there is one, is lower by at most ${formatGap(result.gap.relative)} of the objective.`.trim();
}

function runningWords(state: PanelState): string {
  const { progress } = state;
  if (progress === null) return "Starting";
  return [
    PHASE_WORDS[progress.phase],
    `iteration ${formatCount(progress.iteration)}`,
    `${formatCount(progress.branches)} ${progress.branches === 1 ? "branch" : "branches"}`,
    formatSeconds(progress.seconds),
  ].join(" · ");
}

function runningGap(state: PanelState): string {
  const { problem } = state;
  const gap = liveGap(state);
  if (gap === null) return "No lower bound proven yet.";
  const target = problem === null ? "" : `; it counts as global at ${formatGap(problem.gapTolerance)}`;
  return `The gap to the proven lower bound is ${formatGap(gap)} of the objective${target}.`;
}

/** Relative gap of a run that is still going: the newest objective against the best bound. */
export function liveGap({ progress, snapshot }: Pick<PanelState, "progress" | "snapshot">): number | null {
  if (progress !== null && progress.lowerBound !== null) return relativeGap(progress.objective, progress.lowerBound);
  return snapshot?.gap.relative ?? null;
}

export const PHASE_WORDS: Readonly<Record<Phase, string>> = {
  descent: "Descending",
  certificate: "Proving a lower bound",
  growth: "Adding a branch",
  reduction: "Removing redundant branches",
  proof: "Closing the bracket of the polar",
};

const STATUS_WORDS: Readonly<Record<RunStatus, string>> = {
  converged: "Converged",
  "iteration-limit": "Stopped at the iteration limit",
  "time-limit": "Stopped at the time limit",
  "branch-limit": "Stopped at the branch limit",
  stalled: "Stopped: no further progress in float64",
  "non-finite": "Stopped: a number overflowed",
  cancelled: "Cancelled",
};

const VERDICT_WORDS: Readonly<Record<Verdict, string>> = {
  global: "Global",
  "not-global": "Not global",
  undecided: "Undecided",
  "outside-theory": "Outside theory",
};

/** Of the gap at which a point is certified: a dashed line in charts. */
export const LEVEL_WORDS = "Counts as global";

export function levelWords(tolerance: number): string {
  return `≤ ${formatGap(tolerance)}`;
}

/** For the history, which carries strings: unknown ones are shown as they are. */
export function verdictLabel(verdict: string): string {
  return Object.hasOwn(VERDICT_WORDS, verdict) ? VERDICT_WORDS[verdict as Verdict] : verdict;
}

function stopWords(result: RunResult): string {
  const steps = `${formatCount(result.iterations)} ${result.iterations === 1 ? "iteration" : "iterations"}`;
  return `${STATUS_WORDS[result.status] ?? result.status} after ${steps}, ${formatSeconds(result.seconds)}`;
}

function canContinue(status: RunStatus): boolean {
  return status === "iteration-limit" || status === "time-limit" || status === "cancelled";
}

/** "150 × 4 matrix, all 600 entries observed, squared loss, regularizer ‖u‖₂‖v‖₂" */
export function problemWords(problem: ProblemSummary): string {
  return [...modelWords(problem), lossWords(problem.loss), `regularizer ${problem.regularizer}`].join(", ");
}

/** What is fitted, and how much of it the data show. */
function modelWords({ mapping, shape, seen, observed, formula }: ProblemSummary): readonly string[] {
  const entries = shape.reduce((all, length) => all * length, 1);
  const size = shape.map(formatCount).join(" × ");
  const all = observed === entries;
  if (mapping === "network") {
    const [samples = 0, ...others] = shape;
    const outputs = others.reduce((product, length) => product * length, 1);
    const data = `${counted(samples, "sample")} × ${counted(outputs, "output")}`;
    const some = `${formatCount(observed)} of ${formatCount(entries)} numbers observed`;
    return [`network ${branchFormula(formula)}`, data, ...(all ? [] : [some])];
  }
  const noun = { cp: "tensor", symmetric: "symmetric matrix" }[mapping] ?? mapping;
  if (seen === "measurements") return [`${size} ${noun}`, counted(observed, "measurement")];
  const count = all ? `all ${formatCount(entries)}` : `${formatCount(observed)} of ${formatCount(entries)}`;
  return [`${size} ${noun}`, `${count} entries observed`];
}

/** Of branches too long for a formula the engine tells what they are made of; their layers are listed elsewhere. */
function branchFormula(formula: string): string {
  const length = /^a branch of (\d+) layers/.exec(formula)?.[1];
  if (length !== undefined) return `of branches with ${length} layers`;
  return formula.startsWith("a model with ") ? formula.replace("a model with ", "of ") : formula;
}

function counted(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? "" : "s"}`;
}

/** λ as a share of λ_max, the λ from which on the best model is zero: "10 %", "1.5 ×". */
export function lambdaShare(lambda: number, lambdaMax: number): string {
  if (!(lambdaMax > 0)) return "";
  const share = lambda / lambdaMax;
  return share < 1 ? formatPercent(share) : `${trimZeros(formatNumber(share, 3))} ×`;
}

/** Starts with a capital and ends with a stop, whatever the engine's sentence looked like. */
export function sentence(text: string): string {
  const trimmed = text.trim();
  if (trimmed === "") return "";
  const capital = /^[a-z][a-z]* /.test(trimmed) ? trimmed.charAt(0).toUpperCase() + trimmed.slice(1) : trimmed;
  return /[.!?…]$/.test(capital) ? capital : `${capital}.`;
}

/** How formulas of losses begin, and what people call them. */
const LOSS_NAMES = [
  ["Σ log(1 + e", "logistic loss"],
  ["½ Σ max(0", "squared hinge loss"],
  ["Σ (e^x", "Poisson loss"],
  ["Σ huber", "Huber loss"],
  ["Σ (log Σ", "cross-entropy loss"],
] as const;

/** The engine labels a loss by its formula; common ones have a name. */
function lossWords(label: string): string {
  const within = /^min over b: (.*) at x \+ b$/.exec(label)?.[1];
  if (within !== undefined) return `${lossWords(within)} with an intercept`;
  const name = LOSS_NAMES.find(([start]) => label.startsWith(start))?.[1];
  if (name !== undefined) return name;
  if (label === "½ Σ (x − y)²") return "squared loss";
  return label.includes("(x − y)²") ? `squared loss ${label}` : `${label} loss`;
}
