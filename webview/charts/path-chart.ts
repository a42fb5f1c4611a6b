/** The λ-path: rank above, one value below, over λ/λ_max on a logarithmic axis that falls from left to right. */
import type { PathPoint } from "@optimality-lens/engine";
import type { ChartConfiguration } from "chart.js";
import { formatCount, formatPercent, formatTick } from "../certificate/format.ts";
import { pointFigures, shareTicks, shareWords } from "../certificate/path-words.ts";
import type { Palette } from "../theme.ts";
import type { PathValue } from "../view-state.ts";
import type { Point } from "./chart.ts";
import { axisColors, Chart, powerOfTen, SHARED_OPTIONS, tooltipColors, VALUE_AXIS_WIDTH } from "./chart.ts";
import { VERDICT_MARKS, verdictColor } from "./verdict-mark.ts";

export interface PathChartInput {
  readonly points: readonly PathPoint[];
  /** All λ there are to be, as shares of λ_max, descending: the axis does not move while points come. */
  readonly shares: readonly number[];
  readonly value: PathValue;
  /** Index of the chosen point, or −1. */
  readonly chosen: number;
  /** Relative gap at which a point counts as global. */
  readonly tolerance: number | null;
}

export interface PathChart {
  draw(input: PathChartInput): void;
  restyle(palette: Palette): void;
}

const AXIS_WIDTH = VALUE_AXIS_WIDTH + 18;

/** Share of the whole length that a mark at either end needs. */
const AIR = 0.02;

/** Pixels that a label of the λ axis needs. */
const LABEL_WIDTH = 52;

export function createPathChart(
  canvas: HTMLCanvasElement,
  initial: Palette,
  choose: (index: number) => void,
): PathChart {
  let palette = initial;
  let chart: Chart<"line", Point[]> | undefined;
  let last: PathChartInput | undefined;

  const draw = (input: PathChartInput): void => {
    last = input;
    chart ??= new Chart(
      canvas,
      configuration(palette, () => last, choose),
    );
    fillInto(chart, input, palette);
    chart.update("none");
  };

  return {
    draw,
    restyle: (next) => {
      palette = next;
      chart?.destroy();
      chart = undefined;
      if (last !== undefined) draw(last);
    },
  };
}

function configuration(
  palette: Palette,
  input: () => PathChartInput | undefined,
  choose: (index: number) => void,
): ChartConfiguration<"line", Point[]> {
  const axis = axisColors(palette);
  const pointAt = (index: number | undefined): PathPoint | undefined => input()?.points[index ?? -1];
  const line = {
    data: [],
    borderColor: palette.objective,
    borderWidth: palette.highContrast ? 2 : 1.5,
    pointHitRadius: 0,
    clip: 10,
  };
  const fixedWidth = (scale: { width: number }): void => {
    scale.width = AXIS_WIDTH;
  };
  return {
    type: "line",
    data: {
      datasets: [
        { ...line, label: "Rank", yAxisID: "yRank", stepped: "middle" },
        { ...line, label: "Value", yAxisID: "y" },
        {
          ...line,
          label: "Global at or below",
          yAxisID: "y",
          borderColor: palette.target,
          borderWidth: 1,
          borderDash: [4, 4],
          pointRadius: 0,
          pointHoverRadius: 0,
        },
      ],
    },
    options: {
      ...SHARED_OPTIONS,
      interaction: { mode: "nearest", axis: "x", intersect: false },
      onClick: (_event, elements) => {
        const at = elements.find(({ datasetIndex }) => datasetIndex < 2);
        if (at !== undefined) choose(at.index);
      },
      scales: {
        x: {
          ...axis,
          type: "linear",
          grid: { display: false },
          title: { ...axis.title, display: true, text: "λ as a share of λmax" },
          ticks: {
            ...axis.ticks,
            maxRotation: 0,
            autoSkip: false,
            callback: (value) => formatPercent(10 ** -Number(value)),
          },
          afterBuildTicks: (scale) => {
            const shares = input()?.shares ?? [];
            const fitting = Math.max(2, Math.floor((scale.chart.width - AXIS_WIDTH) / LABEL_WIDTH));
            const ticks = shareTicks(shares.at(-1) ?? 1, shares[0] ?? 1, fitting);
            scale.ticks = ticks.map((share) => ({ value: -Math.log10(share) }));
          },
        },
        // Stacked axes grow upwards in this order: the value below, the rank above.
        y: {
          ...axis,
          type: "linear",
          stack: "path",
          stackWeight: 4,
          title: { ...axis.title, display: true },
          ticks: { ...axis.ticks, maxTicksLimit: 5, includeBounds: false },
          afterFit: fixedWidth,
        },
        yRank: {
          ...axis,
          type: "linear",
          stack: "path",
          stackWeight: 3,
          min: 0,
          title: { ...axis.title, display: true, text: "Rank" },
          ticks: { ...axis.ticks, callback: (value) => formatCount(Number(value)) },
          afterBuildTicks: (scale) => {
            scale.ticks = rankTicks(scale.max).map((value) => ({ value }));
          },
          afterFit: fixedWidth,
        },
      },
      plugins: {
        tooltip: {
          ...tooltipColors(palette),
          displayColors: false,
          filter: (item, index, items) =>
            item.datasetIndex < 2 && index === items.findIndex((other) => other.datasetIndex < 2),
          callbacks: {
            title: (items) => {
              const point = pointAt(items[0]?.dataIndex);
              return point === undefined ? "" : shareWords(point).replace("λ_max", "λmax");
            },
            label: (item) => {
              const point = pointAt(item.dataIndex);
              return point === undefined ? [] : pointFigures(point).map(({ label, value }) => `${label}: ${value}`);
            },
          },
        },
      },
    },
  };
}

function fillInto(chart: Chart<"line", Point[]>, input: PathChartInput, palette: Palette): void {
  const { points, shares, value, chosen, tolerance } = input;
  const [ranks, values, target] = chart.data.datasets;
  if (ranks === undefined || values === undefined || target === undefined) return;
  const x = points.map(({ relative }) => -Math.log10(relative));
  const y = points.map((point) => shownValue(point, value));
  const marks = points.map(({ verdict }) => ({ ...VERDICT_MARKS[verdict], color: verdictColor(verdict, palette) }));
  /** Smaller where they stand close; asked again when the chart changes its size. */
  const radiusOf = ({ dataIndex }: { readonly dataIndex: number }): number => {
    if (dataIndex === chosen) return 7;
    const room = (chart.width - AXIS_WIDTH) / Math.max(1, shares.length);
    const radius = Math.min(4, Math.max(2, 0.35 * room));
    return marks[dataIndex]?.filled === true ? radius : radius + 1;
  };
  const look = {
    pointStyle: marks.map(({ style }) => style),
    pointBackgroundColor: marks.map(({ color, filled }) => (filled ? color : palette.background)),
    pointBorderColor: marks.map(({ color }, index) => (index === chosen ? palette.foreground : color)),
    pointBorderWidth: marks.map(({ filled }, index) => (index === chosen ? 2.5 : filled ? 1 : 1.75)),
    pointRadius: radiusOf,
    pointHoverRadius: 6.5,
  };
  Object.assign(ranks, look, { data: points.map(({ rank }, index) => ({ x: x[index] ?? 0, y: rank })) });
  Object.assign(values, look, { data: y.map((each, index) => ({ x: x[index] ?? 0, y: each })) });
  const start = -Math.log10(shares[0] ?? 1);
  const end = Math.max(start, -Math.log10(shares.at(-1) ?? 1));
  const air = AIR * (end - start) || 0.05;
  const level = Math.log10(tolerance ?? Number.NaN);
  const shown = value === "gap" && Number.isFinite(level);
  target.data = shown
    ? [
        { x: start - air, y: level },
        { x: end + air, y: level },
      ]
    : [];
  const { scales } = chart.options;
  if (scales?.["x"] !== undefined) Object.assign(scales["x"], { min: start - air, max: end + air });
  if (scales?.["yRank"] !== undefined) {
    const highest = points.reduce((most, { rank }) => Math.max(most, rank), 0);
    Object.assign(scales["yRank"], { max: Math.max(1, highest) * 1.15, min: -0.1 * Math.max(1, highest) });
  }
  const axis = scales?.["y"];
  if (axis === undefined) return;
  Object.assign(axis, value === "gap" ? gapRange(y, level) : valueRange(y));
  Object.assign(axis, {
    title: { ...axis.title, text: VALUE_TITLES[value] },
    ticks: { ...axis.ticks, callback: (tick: string | number) => tickWords(Number(tick), value) },
  });
}

/** Whole ranks from 0 on, at most five. */
function rankTicks(highest: number): readonly number[] {
  const decade = 10 ** Math.max(0, Math.floor(Math.log10(Math.max(1, highest) / 5)));
  const size = [1, 2, 5, 10].map((digit) => digit * decade).find((each) => highest / each < 5) ?? highest;
  return Array.from({ length: Math.floor(highest / size) + 1 }, (_, index) => index * size);
}

const VALUE_TITLES: Readonly<Record<PathValue, string>> = {
  objective: "Objective",
  regularizer: "Regularizer",
  gap: "Relative gap",
};

/** NaN where there is none: not drawn. */
function shownValue(point: PathPoint, value: PathValue): number {
  if (value === "gap") return Math.log10(Math.max(point.gap?.relative ?? Number.NaN, 1e-9));
  return point.status === "non-finite" ? Number.NaN : point[value];
}

function tickWords(tick: number, value: PathValue): string {
  return value === "gap" ? powerOfTen(tick) : formatTick(tick);
}

/** Whole decades; the tolerance is always in view. */
function gapRange(values: readonly number[], level: number): { readonly min: number; readonly max: number } {
  const known = [...values, level].filter((value) => Number.isFinite(value));
  if (known.length === 0) return { min: -6, max: 0 };
  return { min: Math.floor(Math.min(...known) - 0.2), max: Math.ceil(Math.max(...known) + 0.2) };
}

/** A little air around the values, so that no mark is cut. */
function valueRange(values: readonly number[]): { readonly min: number; readonly max: number } {
  const known = values.filter((value) => Number.isFinite(value));
  if (known.length === 0) return { min: 0, max: 1 };
  const low = Math.min(...known);
  const high = Math.max(...known);
  const air = 0.08 * (high - low || Math.abs(high) || 1);
  return { min: low - air, max: high + air };
}
