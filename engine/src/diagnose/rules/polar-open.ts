import { isOpen } from "../../certify/verdict.ts";
import type { MappingKind } from "../../config/config.ts";
import { MAX_CELLS } from "../../config/search-schema.ts";
import type { Finding } from "../finding.ts";
import type { RunFacts } from "../run-facts.ts";

/** What has a polar that is known exactly, or can be closed. */
const CLOSED: Readonly<Record<MappingKind, string>> = {
  matrix: "plain l2 or l1 norms have an exact polar, and a factor with at most 8 entries can be covered",
  symmetric: "the plain norm l2 has an exact polar, and a factor with at most 8 entries can be covered",
  cp: "three axes with l2 and one of at most 6 entries can be covered, and with l1 on all factors but two it is exact",
  network:
    "it is exact for one hidden relu layer with one output and inputs of rank 2 or 3; fewer inputs, outputs or layers narrow it",
};

/** How much further a branch and bound is asked to go. */
const STEP = 4;

/** No better branch is known, and none can be ruled out: the polar's upper bound is not tight. */
export function polarOpen({ result, mapping, maxCells }: RunFacts): Finding[] {
  const { polar } = result;
  if (result.verdict !== "undecided" || polar === null || !isOpen(polar)) return [];
  const found = polar.lower.toPrecision(6);
  const known =
    polar.upper === null
      ? `the polar is at least ${found} (found), and no bound above is known (${polar.method}), where 1 would certify the point`
      : `the polar lies between ${found} (found) and ${polar.upper.toPrecision(6)} (proven: ${polar.method}), and 1 would certify the point`;
  const spent = polar.work ?? 0;
  const cells = Math.min(MAX_CELLS, STEP * maxCells);
  const mayGoOn = spent >= maxCells && cells > maxCells;
  const knob = mayGoOn
    ? `its branch and bound stopped at ${spent.toLocaleString("en-US")} cells: raise search.maxCells`
    : CLOSED[mapping];
  const why = polar.why === undefined ? "" : ` This bound was used because ${polar.why}.`;
  return [
    {
      code: "polar-open",
      severity: "warning",
      message: `not decided: ${known}; ${knob}`,
      path: mayGoOn ? "search.maxCells" : "regularizer",
      explanation: `For this mapping with these norms and constraints the polar Ω°(Z) is NP-hard. The search found no branch that would lower the objective, and the bound above does not exclude one: the point may well be global, but it is not proven.${why}`,
      suggestions: mayGoOn
        ? [
            {
              kind: "edit",
              title: `Let the proof look at ${cells.toLocaleString("en-US")} cells`,
              edits: [{ op: "set", path: "search.maxCells", value: cells }],
            },
          ]
        : [],
    },
  ];
}
