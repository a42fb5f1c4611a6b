/** Objective and proven lower bound over the run, or the gap between them on a logarithmic scale. */
import type { ChartConfiguration } from "chart.js";
import { formatGap, formatNumber, formatSeconds, formatTick } from "../certificate/format.ts";
import type { Series } from "../series.ts";
import type { Palette } from "../theme.ts";
import type { ChartAxis, ChartView } from "../view-state.ts";
import type { Point } from "./chart.ts";
import { axisColors, Chart, powerOfTen, SHARED_OPTIONS, tooltipColors, VALUE_AXIS_WIDTH } from "./chart.ts";
import { decimate } from "./decimate.ts";

export interface RunChartInput {
  readonly series: Series;
  readonly view: ChartView;
  readonly axis: ChartAxis;
  /** Relative gap at which a point counts as global. */
  readonly tolerance: number | null;
}

export interface RunChart {
  draw(input: RunChartInput): void;
  restyle(palette: Palette): void;
}

export function createRunChart(canvas: HTMLCanvasElement, initial: Palette): RunChart {
  let palette = initial;
  let chart: Chart<"line", Point[]> | undefined;
  let shown: ChartView | undefined;
  let last: RunChartInput | undefined;

  const rebuild = (input: RunChartInput): Chart<"line", Point[]> => {
    chart?.destroy();
    shown = input.view;
    chart = new Chart(canvas, configuration(input.view, palette));
    return chart;
  };

  const draw = (input: RunChartInput): void => {
    last = input;
    const current = chart === undefined || shown !== input.view ? rebuild(input) : chart;
    fillInto(current, input);
    current.update("none");
  };

  return {
    draw,
    restyle: (next) => {
      palette = next;
      shown = undefined;
      if (last !== undefined) draw(last);
    },
  };
}

function configuration(view: ChartView, palette: Palette): ChartConfiguration<"line", Point[]> {
  const line = { borderWidth: palette.highContrast ? 2.5 : 2, pointRadius: 0, pointHitRadius: 0, pointHoverRadius: 3 };
  const datasets: ChartConfiguration<"line", Point[]>["data"]["datasets"] =
    view === "objective"
      ? [
          {
            ...line,
            label: "Objective",
            data: [],
            borderColor: palette.objective,
            backgroundColor: palette.gap,
            pointBackgroundColor: palette.objective,
            fill: "+1",
          },
          {
            ...line,
            label: "Proven lower bound",
            data: [],
            borderColor: palette.bound,
            backgroundColor: palette.bound,
            pointBackgroundColor: palette.bound,
            stepped: "before",
            borderDash: palette.highContrast ? [6, 3] : [],
          },
        ]
      : [
          {
            ...line,
            label: "Relative gap",
            data: [],
            borderColor: palette.objective,
            backgroundColor: palette.gap,
            pointBackgroundColor: palette.objective,
            fill: "start",
          },
          {
            ...line,
            label: "Global at or below",
            data: [],
            borderColor: palette.target,
            borderWidth: 1,
            borderDash: [4, 4],
            pointHoverRadius: 0,
          },
        ];
  const axis = axisColors(palette);
  return {
    type: "line",
    data: { datasets },
    options: {
      ...SHARED_OPTIONS,
      interaction: { mode: "index", axis: "x", intersect: false },
      scales: {
        x: {
          ...axis,
          type: "linear",
          grid: { display: false },
          ticks: { ...axis.ticks, maxRotation: 0, maxTicksLimit: 8, includeBounds: false },
        },
        y: {
          ...axis,
          type: "linear",
          ticks: {
            ...axis.ticks,
            maxTicksLimit: 6,
            includeBounds: view === "objective",
            callback: (value) => (view === "gap" ? powerOfTen(Number(value)) : formatTick(Number(value), 7)),
          },
          afterFit: (scale) => {
            scale.width = VALUE_AXIS_WIDTH;
          },
        },
      },
      plugins: {
        tooltip: {
          ...tooltipColors(palette),
          filter: (item) => item.dataset.label !== "Global at or below" && Number.isFinite(item.parsed.y),
        },
      },
    },
  };
}

function fillInto(chart: Chart<"line", Point[]>, input: RunChartInput): void {
  const { series, view, axis, tolerance } = input;
  const x = series[axis];
  const columns = view === "objective" ? [series.objective, series.lowerBound] : [series.logGap];
  const buckets = Math.max(80, Math.round(chart.width / 2));
  const indices = decimate(x, columns, series.length, buckets);
  const start = series.length > 0 ? (x[0] ?? 0) : 0;
  const end = series.length > 0 ? (x[series.length - 1] ?? 1) : 1;
  const last = end > start ? end : start + 1;
  const [first, second] = chart.data.datasets;
  if (first === undefined || second === undefined) return;
  first.data = pointsOf(x, columns[0] ?? series.objective, indices);
  if (view === "objective") second.data = pointsOf(x, series.lowerBound, indices);
  else if (tolerance === null) second.data = [];
  else {
    const y = Math.log10(tolerance);
    second.data = [
      { x: start, y },
      { x: last, y },
    ];
  }
  // A single point has no line to show.
  for (const dataset of view === "objective" ? [first, second] : [first])
    dataset.pointRadius = indices.length === 1 ? 3 : 0;
  const { scales } = chart.options;
  if (scales?.["x"] !== undefined) Object.assign(scales["x"], { min: start, max: last });
  if (scales?.["x"]?.ticks !== undefined) {
    scales["x"].ticks.callback = (value: string | number) => formatX(axis, Number(value));
  }
  if (scales?.["y"] !== undefined) {
    Object.assign(scales["y"], view === "gap" ? gapRange(series, tolerance) : valueRange([first.data, second.data]));
  }
  const tooltip = chart.options.plugins?.tooltip;
  if (tooltip !== undefined) {
    tooltip.callbacks = {
      title: (items) => {
        const value = items[0]?.parsed.x;
        if (typeof value !== "number") return "";
        return axis === "iteration" ? `Iteration ${formatX(axis, value)}` : formatSeconds(value);
      },
      label: (item) => {
        const y = item.parsed.y ?? Number.NaN;
        return ` ${item.dataset.label ?? ""}: ${view === "gap" ? formatGap(10 ** y) : formatNumber(y, 8)}`;
      },
    };
  }
}

/** Whole decades around the values; the tolerance is always in view. */
function gapRange(series: Series, tolerance: number | null): { readonly min: number; readonly max: number } {
  let low = tolerance === null ? -6 : Math.log10(tolerance);
  let high = 0;
  for (let i = 0; i < series.length; i += 1) {
    const value = series.logGap[i] ?? Number.NaN;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return { min: Math.floor(low - 0.2), max: Math.ceil(Math.min(high, 6)) };
}

/** A little air around the values; never below zero for values that are not. */
function valueRange(lines: readonly (readonly Point[])[]): {
  readonly suggestedMin: number;
  readonly suggestedMax: number;
} {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const line of lines) {
    for (const { y } of line) {
      if (y !== null && y < low) low = y;
      if (y !== null && y > high) high = y;
    }
  }
  if (!(low <= high)) return { suggestedMin: 0, suggestedMax: 1 };
  const air = 0.04 * (high - low || Math.abs(high) || 1);
  return { suggestedMin: low >= 0 ? Math.max(0, low - air) : low - air, suggestedMax: high + air };
}

function pointsOf(x: Float64Array, y: Float64Array, indices: Uint32Array): Point[] {
  return Array.from(indices, (index) => ({ x: x[index] ?? 0, y: y[index] ?? Number.NaN }));
}

function formatX(axis: ChartAxis, value: number): string {
  if (axis === "iteration") return Number.isInteger(value) ? value.toLocaleString("en-US") : "";
  return value === 0 ? "0" : formatSeconds(value).replace(/\.0+ s$/, " s");
}
