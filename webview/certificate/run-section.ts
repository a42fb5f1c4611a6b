/** The live chart of a run with its switches, its legend in numbers and its table. */
import { sampleIndices } from "../charts/decimate.ts";
import type { RunChart } from "../charts/run-chart.ts";
import { createRunChart } from "../charts/run-chart.ts";
import { element, setAttribute, setText } from "../dom.ts";
import type { Series } from "../series.ts";
import { emptySeries, relativeGap } from "../series.ts";
import { readPalette } from "../theme.ts";
import type { ChartAxis, ChartView } from "../view-state.ts";
import { digitsToSeparate, formatCount, formatGap, formatNumber, formatSeconds, fullNumber } from "./format.ts";
import type { PanelContext, Section } from "./section.ts";
import { dataTable, disclosure, titledSection } from "./section.ts";
import { createSwitch } from "./switch.ts";
import { LEVEL_WORDS, levelWords } from "./words.ts";

/** Rows of the table twin; the export has every point. */
const TABLE_ROWS = 120;

const NO_POINTS = emptySeries(-1);

export interface RunSection extends Section {
  /** Draws the series now; called from an animation frame. */
  draw(): void;
  restyle(): void;
  readonly canvas: HTMLCanvasElement;
}

export function createRunSection(context: PanelContext, series: Series): RunSection {
  const canvas = element("canvas", { role: "img" });
  const waiting = element("p", { class: "chart-empty" });
  const legend = createLegend();
  const views = createSwitch<ChartView>(
    "What to show",
    [
      { value: "objective", label: "Objective and bound" },
      { value: "gap", label: "Gap (log)" },
    ],
    (chart) => change({ chart }),
  );
  const axes = createSwitch<ChartAxis>(
    "Horizontal axis",
    [
      { value: "iteration", label: "Iterations" },
      { value: "seconds", label: "Time" },
    ],
    (axis) => change({ axis }),
  );
  let openTable: HTMLElement | undefined;
  let chart: RunChart | undefined;
  let tolerance: number | null = null;
  let running = false;
  let runId = -1;
  let tableLength = -1;

  /** Points of another run than the one on show are not drawn. */
  const visible = (): Series => (series.runId === runId ? series : NO_POINTS);

  const table = disclosure(context, "table:run", "Show as table", {
    onOpen: (body) => {
      openTable = body;
      tableLength = -1;
      fillTable();
    },
  });
  table.addEventListener("toggle", () => {
    if (!table.open) openTable = undefined;
  });
  const section = titledSection(
    "run",
    "Progress",
    element("div", { class: "chart run-chart" }, canvas, waiting),
    legend.element,
    table,
  );
  section.heading.append(element("div", { class: "switches" }, views.element, axes.element));

  function change(view: { readonly chart?: ChartView; readonly axis?: ChartAxis }): void {
    context.setView(view);
    draw();
  }

  function draw(): void {
    const { chart: view, axis } = context.view();
    views.select(view);
    axes.select(axis);
    const points = visible();
    const bounded = points.length > 0 && !Number.isNaN(points.lowerBound[points.length - 1] ?? Number.NaN);
    setText(waiting, points.length === 0 ? "The curve starts with the first iteration." : "No lower bound proven yet.");
    canvas.classList.toggle("blank", points.length === 0);
    waiting.hidden = points.length > 0 && (view === "objective" || bounded);
    legend.update(points, view, tolerance);
    setAttribute(canvas, "aria-label", chartWords(points, view));
    if (section.element.hidden) return;
    chart ??= createRunChart(canvas, readPalette());
    chart.draw({ series: points, view, axis, tolerance });
    fillTable();
  }

  function fillTable(): void {
    const points = visible();
    if (openTable === undefined || tableLength === points.length) return;
    // While a run streams, a table that changes ten times a second cannot be read: it follows in larger steps.
    if (running && points.length > tableLength && points.length < tableLength * 1.25) return;
    tableLength = points.length;
    openTable.replaceChildren(seriesTable(points));
  }

  return {
    element: section.element,
    canvas,
    draw,
    restyle: () => chart?.restyle(readPalette()),
    update: (state) => {
      tolerance = state.problem?.gapTolerance ?? null;
      running = state.phase === "running" || state.phase === "loading";
      runId = state.runId;
      section.element.hidden = !running && visible().length === 0;
    },
  };
}

function chartWords(series: Series, view: ChartView): string {
  if (series.length === 0) return "Chart of the run, empty so far.";
  const last = series.length - 1;
  const objective = series.objective[last] ?? Number.NaN;
  const bound = series.lowerBound[last] ?? Number.NaN;
  const start = series.objective[0] ?? Number.NaN;
  const gap = formatGap(relativeGap(objective, bound));
  return view === "objective"
    ? `Line chart: the objective falls from ${formatNumber(start)} to ${formatNumber(objective)}; the proven lower bound is ${formatNumber(bound)}. The table below has the points.`
    : `Line chart: the relative gap, on a logarithmic scale, is ${gap} at the end. The table below has the points.`;
}

function seriesTable(series: Series): HTMLElement {
  const indices = sampleIndices(series.length, TABLE_ROWS);
  const rows = indices.map((index) => {
    const objective = series.objective[index] ?? Number.NaN;
    const bound = series.lowerBound[index] ?? Number.NaN;
    return [
      formatCount(series.iteration[index] ?? Number.NaN),
      formatSeconds(series.seconds[index] ?? Number.NaN),
      { text: formatNumber(objective, 9), full: fullNumber(objective) },
      { text: formatNumber(bound, 9), full: fullNumber(bound) },
      formatGap(relativeGap(objective, bound)),
    ];
  });
  const left = series.length - indices.length;
  const table = dataTable(
    "Objective and proven lower bound over the run",
    [
      { title: "Iteration", numeric: true },
      { title: "Time", numeric: true, optional: true },
      { title: "Objective", numeric: true },
      { title: "Lower bound", numeric: true },
      { title: "Gap", numeric: true },
    ],
    rows,
  );
  return element(
    "div",
    { class: "table-scroll", tabindex: 0, role: "region", "aria-label": "Points of the run" },
    table,
    left > 0
      ? element(
          "p",
          { class: "hint" },
          `${formatCount(indices.length)} of ${formatCount(series.length)} points; the CSV export has them all.`,
        )
      : null,
  );
}

function createLegend() {
  const slots = {
    objective: legendItem("objective", "Objective"),
    bound: legendItem("bound", "Proven lower bound"),
    gap: legendItem("gap", "Gap, not proven"),
    target: legendItem("target", LEVEL_WORDS),
  };
  return {
    element: element("ul", { class: "legend" }, ...Object.values(slots).map((slot) => slot.element)),
    update: (series: Series, view: ChartView, tolerance: number | null): void => {
      const last = series.length - 1;
      const objective = series.objective[last] ?? Number.NaN;
      const bound = series.lowerBound[last] ?? Number.NaN;
      const digits = digitsToSeparate(objective, Number.isNaN(bound) ? null : bound);
      const unbounded = last >= 0 && Number.isNaN(bound);
      slots.objective.element.hidden = view === "gap";
      slots.bound.element.hidden = view === "gap" || unbounded;
      slots.gap.element.hidden = unbounded;
      slots.target.element.hidden = view === "objective" || tolerance === null;
      setText(slots.objective.value, formatNumber(objective, digits, "up"));
      setText(slots.bound.value, formatNumber(bound, digits, "down"));
      setText(slots.gap.label, view === "objective" ? "Not yet ruled out" : "Relative gap");
      setText(slots.gap.value, formatGap(relativeGap(objective, bound)));
      setText(slots.target.value, tolerance === null ? "" : levelWords(tolerance));
    },
  };
}

function legendItem(key: string, name: string) {
  const label = element("span", {}, name);
  const value = element("span", { class: "legend-value" });
  const swatch = element("span", { class: `swatch ${key}`, "aria-hidden": "true" });
  return { element: element("li", {}, swatch, label, value), label, value };
}
