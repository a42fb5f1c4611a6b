import { aroundOne } from "../../certify/around-one.ts";
import { isOpen } from "../../certify/verdict.ts";
import type { MappingKind } from "../../config/config.ts";
import { DEFAULT_MAX_CELLS, MAX_CELLS } from "../../config/search-schema.ts";
import type { PolarBracket } from "../../events.ts";
import type { Finding, Suggestion } from "../finding.ts";
import type { RunFacts } from "../run-facts.ts";

/** What has a polar that is known exactly, or can be closed. */
const CLOSED: Readonly<Record<MappingKind, string>> = {
  matrix:
    "l2 on both factors, or l1 on one, has an exact polar, and a factor with l2 and at most 8 entries can mostly be closed",
  symmetric: "the plain norm l2 has an exact polar, and u ≥ 0 with l2 and at most 8 entries can mostly be closed",
  cp: "l2 on two factors and l1 on the others has an exact polar, and three axes with l2 can mostly be closed where the two shorter ones make at most 150 pairs",
  network:
    "one hidden relu layer has an exact polar where the inputs span up to three dimensions, and can mostly be closed up to six dimensions",
};

/** How much further a branch and bound is asked to go. */
const STEP = 4;

/** No better branch is known, and none can be ruled out: the polar's upper bound is not tight. */
export function polarOpen(facts: RunFacts): Finding[] {
  const { polar } = facts.result;
  if (facts.result.verdict !== "undecided" || polar === null || !isOpen(polar)) return [];
  const { lower, upper, method, why } = polar;
  const { knob, path, suggestions } = wayOut(facts, polar);
  const proven =
    upper === null
      ? "no bound on the polar is known"
      : `the polar is only proven to be at most ${aroundOne(upper, "up")} (${method})`;
  const reason = why === undefined ? "" : ` Why this bound: ${why}.`;
  return [
    {
      code: "polar-open",
      severity: "warning",
      message: `a better branch is neither found nor ruled out: ${proven}, where 1 would be a proof; ${knob}`,
      path,
      explanation: `The polar Ω°(Z) is the most that any new branch gains per unit of regularizer: at 1 or below none can lower the objective. For this mapping with these norms and constraints it is NP-hard. The best branch that a search found has ${aroundOne(lower, "down")}; the bound from above does not reach down to that. The point may well be global, but it is not proven.${reason}`,
      suggestions,
    },
  ];
}

interface WayOut {
  readonly knob: string;
  readonly path: string;
  readonly suggestions: readonly Suggestion[];
}

/** What ended the proof: the time, the cells, or what is known about such polars. */
function wayOut({ result, mapping, maxCells }: RunFacts, { work = 0 }: PolarBracket): WayOut {
  if (result.status === "time-limit") {
    return {
      knob: "search.timeLimit cut the proof short: raise it, or continue",
      path: "search.timeLimit",
      suggestions: [{ kind: "action", title: "Continue", action: "continue" }],
    };
  }
  const cells = maxCells === 0 ? DEFAULT_MAX_CELLS : Math.min(MAX_CELLS, STEP * maxCells);
  if (work === 0 || work < maxCells || cells <= maxCells) {
    return { knob: CLOSED[mapping], path: "regularizer", suggestions: [] };
  }
  const title = `Let the proof look at ${cells.toLocaleString("en-US")} cells`;
  return {
    knob: `the branch and bound used up its ${maxCells.toLocaleString("en-US")} cells: raise search.maxCells`,
    path: "search.maxCells",
    suggestions: [{ kind: "edit", title, edits: [{ op: "set", path: "search.maxCells", value: cells }] }],
  };
}
