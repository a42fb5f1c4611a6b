/** A bar per branch with its regularizer value; below it, on a logarithmic scale of its own, the branch's slack. */
import type { ChartConfiguration } from "chart.js";
import type { BranchBar } from "../certificate/branch-bars.ts";
import { SLACK_FLOOR } from "../certificate/branch-bars.ts";
import { formatNumber, formatTick } from "../certificate/format.ts";
import type { Palette } from "../theme.ts";
import type { Point } from "./chart.ts";
import { axisColors, Chart, SHARED_OPTIONS, tooltipColors, VALUE_AXIS_WIDTH } from "./chart.ts";

export interface BranchChart {
  draw(bars: readonly BranchBar[]): void;
  restyle(palette: Palette): void;
}

export function createBranchChart(canvas: HTMLCanvasElement, initial: Palette): BranchChart {
  let palette = initial;
  let chart: Chart<"bar" | "line", Point[]> | undefined;
  let bars: readonly BranchBar[] = [];

  const draw = (next: readonly BranchBar[]): void => {
    bars = next;
    chart ??= new Chart(
      canvas,
      configuration(palette, () => bars),
    );
    fillInto(chart, bars);
    chart.update("none");
  };

  return {
    draw,
    restyle: (next) => {
      palette = next;
      chart?.destroy();
      chart = undefined;
      if (bars.length > 0) draw(bars);
    },
  };
}

function configuration(
  palette: Palette,
  bars: () => readonly BranchBar[],
): ChartConfiguration<"bar" | "line", Point[]> {
  const axis = axisColors(palette);
  const marker = { type: "line" as const, showLine: false, borderWidth: 1.5, pointHitRadius: 0 };
  const fixedWidth = (scale: { width: number }): void => {
    scale.width = VALUE_AXIS_WIDTH;
  };
  return {
    type: "bar",
    data: {
      datasets: [
        {
          type: "bar",
          label: "Regularizer",
          data: [],
          yAxisID: "y",
          backgroundColor: palette.branch,
          hoverBackgroundColor: palette.branch,
          borderColor: palette.foreground,
          borderWidth: palette.highContrast ? 1 : 0,
          maxBarThickness: 32,
          barPercentage: 0.86,
          categoryPercentage: 0.94,
          grouped: false,
        },
        {
          ...marker,
          label: "Zero branch",
          data: [],
          yAxisID: "y",
          pointStyle: "rectRot",
          pointRadius: 4,
          pointHoverRadius: 4,
          borderColor: palette.muted,
          backgroundColor: palette.background,
        },
        {
          ...marker,
          label: "Slack",
          data: [],
          yAxisID: "slack",
          pointStyle: "circle",
          pointRadius: 3,
          pointHoverRadius: 3.5,
          borderColor: palette.slack,
          backgroundColor: palette.slack,
        },
      ],
    },
    options: {
      ...SHARED_OPTIONS,
      interaction: { mode: "nearest", axis: "x", intersect: false },
      scales: {
        x: {
          ...axis,
          type: "linear",
          grid: { display: false },
          ticks: {
            ...axis.ticks,
            maxRotation: 0,
            callback: (value) => barLabel(bars()[Number(value)]),
          },
          afterBuildTicks: (scale) => {
            scale.ticks = barTicks(bars().length);
          },
        },
        // Stacked axes grow upwards in this order: slack below, bars above.
        slack: {
          ...axis,
          type: "linear",
          stack: "branches",
          stackWeight: 2,
          ticks: {
            ...axis.ticks,
            callback: (value) => (Number(value) <= Math.log10(SLACK_FLOOR) ? "0" : `1e${Number(value)}`),
          },
          afterFit: fixedWidth,
        },
        y: {
          ...axis,
          type: "linear",
          stack: "branches",
          stackWeight: 5,
          beginAtZero: true,
          grace: "4%",
          ticks: { ...axis.ticks, maxTicksLimit: 5, callback: (value) => formatTick(Number(value)) },
          afterFit: fixedWidth,
        },
      },
      plugins: {
        tooltip: {
          ...tooltipColors(palette),
          displayColors: false,
          filter: (item) => item.datasetIndex === 0,
          callbacks: {
            title: (items) => titleOf(bars()[items[0]?.dataIndex ?? -1]),
            label: (item) => linesOf(bars()[item.dataIndex]),
          },
        },
      },
    },
  };
}

function fillInto(chart: Chart<"bar" | "line", Point[]>, bars: readonly BranchBar[]): void {
  const [values, zeros, slacks] = chart.data.datasets;
  if (values === undefined || zeros === undefined || slacks === undefined) return;
  const logs = bars.map((bar) => Math.log10(Math.max(bar.slack, SLACK_FLOOR)));
  values.data = bars.map((bar, x) => ({ x, y: bar.regularizer }));
  zeros.data = bars.flatMap((bar, x) => (bar.zero ? [{ x, y: 0 }] : []));
  slacks.data = logs.map((y, x) => ({ x, y }));
  const { scales } = chart.options;
  if (scales?.["x"] !== undefined) {
    // A few bars stand together in the middle.
    const air = Math.max(0, 5 - bars.length) / 2;
    Object.assign(scales["x"], { min: -0.5 - air, max: bars.length - 0.5 + air });
  }
  if (scales?.["slack"] !== undefined && logs.length > 0) {
    const low = Math.floor(Math.min(...logs));
    const high = Math.max(low + 2, Math.ceil(Math.max(...logs)));
    // Air above keeps the labels clear of the bars' axis.
    const air = (high - low) / 4;
    Object.assign(scales["slack"], { min: low - air / 2, max: high + air });
    scales["slack"].afterBuildTicks = (scale) => {
      scale.ticks = [{ value: low }, { value: high }];
    };
  }
}

const BAR_LABELS = 13;

function barTicks(count: number): { value: number }[] {
  const step = [1, 2, 5, 10, 20, 50, 100].find((size) => count / size <= BAR_LABELS) ?? Math.ceil(count / BAR_LABELS);
  return Array.from({ length: Math.ceil(count / step) }, (_, index) => ({ value: index * step }));
}

function barLabel(bar: BranchBar | undefined): string {
  return bar === undefined ? "" : String(bar.first);
}

function titleOf(bar: BranchBar | undefined): string {
  if (bar === undefined) return "";
  return bar.first === bar.last ? `Branch ${bar.first}` : `Branches ${bar.first} to ${bar.last}, largest values`;
}

function linesOf(bar: BranchBar | undefined): string[] {
  if (bar === undefined) return [];
  const lines = [`Regularizer: ${formatNumber(bar.regularizer, 5)}`, `Slack: ${formatNumber(bar.slack, 2)}`];
  return bar.zero ? ["Zero branch", ...lines] : lines;
}
