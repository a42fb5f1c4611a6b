/** The branches of the model: how much each costs, and whether each pays for itself. */
import type { BranchReport } from "@optimality-lens/engine";
import type { BranchChart } from "../charts/branch-chart.ts";
import { createBranchChart } from "../charts/branch-chart.ts";
import { element, onChange, setAttribute, setText } from "../dom.ts";
import { readPalette } from "../theme.ts";
import { branchBars, branchWords } from "./branch-bars.ts";
import { formatNumber, fullNumber } from "./format.ts";
import type { PanelContext, Section } from "./section.ts";
import { dataTable, disclosure, titledSection } from "./section.ts";

/** Rows of the table twin; the JSON export has every branch. */
const TABLE_ROWS = 400;

export interface BranchSection extends Section {
  restyle(): void;
}

export function createBranchSection(context: PanelContext): BranchSection {
  const canvas = element("canvas", { role: "img" });
  const waiting = element("p", { class: "chart-empty" }, "Known after the first certificate.");
  const plot = element("div", { class: "chart branch-chart" }, canvas, waiting);
  const words = element("p", { class: "section-words" });
  const grouped = element("p", { class: "hint" });
  const zeroItem = legendItem("zero", "Zero branch");
  const legend = element(
    "ul",
    { class: "legend" },
    legendItem("branch", "Regularizer value"),
    legendItem("slack", "Slack, 0 at a stationary branch"),
    zeroItem,
  );
  let branches: readonly BranchReport[] = [];
  let chart: BranchChart | undefined;
  let openTable: HTMLElement | undefined;
  const table = disclosure(context, "table:branches", "Show as table", {
    onOpen: (body) => {
      openTable = body;
      body.replaceChildren(branchTable(branches));
    },
  });
  const section = titledSection("branches", "Branches", plot, legend, grouped, table);
  section.heading.append(words);

  /** `null` before the first certificate: the place is kept, so that nothing jumps when it comes. */
  const show = onChange((next: readonly BranchReport[] | null) => {
    branches = next ?? [];
    const bars = branchBars(branches);
    const empty = branches.length === 0;
    waiting.hidden = next !== null;
    canvas.classList.toggle("blank", empty);
    plot.hidden = empty && next !== null;
    zeroItem.hidden = branches.every((branch) => !branch.zero);
    legend.hidden = plot.hidden;
    table.hidden = empty;
    const sentence = next === null ? "" : branchWords(branches);
    setText(words, sentence);
    setText(grouped, groupedWords(branches.length, bars.length));
    grouped.hidden = grouped.textContent === "";
    setAttribute(canvas, "aria-label", `Bar chart. ${sentence} The table below has the values.`);
    if (!empty) {
      chart ??= createBranchChart(canvas, readPalette());
      chart.draw(bars);
    }
    if (table.open) openTable?.replaceChildren(branchTable(branches));
  });

  return {
    element: section.element,
    update: (state) => {
      const result = state.phase === "finished" ? state.result : null;
      const known = result?.branches ?? state.snapshot?.branches;
      section.element.hidden = known === undefined && state.phase !== "running" && state.phase !== "loading";
      show(known ?? null);
    },
    restyle: () => chart?.restyle(readPalette()),
  };
}

function groupedWords(branches: number, bars: number): string {
  return bars < branches
    ? `Each bar stands for up to ${Math.ceil(branches / bars)} neighboring branches and shows the largest of their values.`
    : "";
}

function branchTable(branches: readonly BranchReport[]): HTMLElement {
  const table = dataTable(
    "Regularizer value and slack of each branch",
    [
      { title: "Branch" },
      { title: "Regularizer", numeric: true },
      { title: "Slack", numeric: true },
      { title: "Zero" },
    ],
    branches
      .slice(0, TABLE_ROWS)
      .map((branch) => [
        String(branch.index),
        { text: formatNumber(branch.regularizer, 7), full: fullNumber(branch.regularizer) },
        { text: formatNumber(branch.slack, 3), full: fullNumber(branch.slack) },
        branch.zero ? "zero" : "no",
      ]),
  );
  return element(
    "div",
    { class: "table-scroll", tabindex: 0, role: "region", "aria-label": "Branches" },
    table,
    branches.length > TABLE_ROWS
      ? element("p", { class: "hint" }, `The first ${TABLE_ROWS} of ${branches.length}; the JSON export has them all.`)
      : null,
  );
}

function legendItem(key: string, label: string): HTMLElement {
  return element(
    "li",
    {},
    element("span", { class: `swatch ${key}`, "aria-hidden": "true" }),
    element("span", {}, label),
  );
}
