/** Earlier runs of the same config next to the current one. */
import type { HistoryRow } from "../../extension/protocol/panel.ts";
import { element, onChange, replaceChildren } from "../dom.ts";
import {
  formatCount,
  formatDifference,
  formatGap,
  formatNumber,
  formatSeconds,
  formatWhen,
  fullNumber,
} from "./format.ts";
import type { Cell, Section } from "./section.ts";
import { dataTable, titledSection } from "./section.ts";
import { verdictLabel } from "./words.ts";

export function createHistoryTable(now: () => Date): Section {
  const scroll = element("div", { class: "table-scroll", tabindex: 0, role: "region", "aria-label": "Runs" });
  const section = titledSection("history", "Runs of this config", scroll);

  const show = onChange((rows: readonly HistoryRow[]) => {
    const current = rows.find((row) => row.current);
    replaceChildren(scroll, [
      dataTable(
        "Runs of this config, with the difference of each objective to the current one",
        [
          { title: "Run" },
          { title: "Verdict" },
          { title: "Objective", numeric: true },
          { title: "Difference", numeric: true },
          { title: "Gap", numeric: true },
          { title: "Rank", numeric: true },
          { title: "Time", numeric: true, optional: true },
          { title: "When", numeric: true, optional: true },
        ],
        rows.map((row) => cells(row, current, now())),
        (index) => ({ "aria-current": rows[index]?.current === true ? "true" : undefined }),
      ),
    ]);
  });

  return {
    element: section.element,
    update: (state) => {
      // A run alone has nothing to be compared with.
      section.element.hidden = state.history.every((row) => row.current);
      show(state.history);
    },
  };
}

function cells(row: HistoryRow, current: HistoryRow | undefined, now: Date): readonly Cell[] {
  const difference = current === undefined ? Number.NaN : row.objective - current.objective;
  return [
    row.label,
    element(
      "span",
      { class: `verdict-chip ${row.verdict}`, title: row.status },
      element("span", { class: "dot", "aria-hidden": "true" }),
      verdictLabel(row.verdict),
    ),
    { text: formatNumber(row.objective, 7), full: fullNumber(row.objective) },
    row.current ? "current" : { text: formatDifference(difference, row.objective), full: fullNumber(difference) },
    row.relativeGap === null ? "–" : { text: formatGap(row.relativeGap), full: fullNumber(row.relativeGap) },
    formatCount(row.rank),
    formatSeconds(row.seconds),
    formatWhen(row.startedAt, now),
  ];
}
