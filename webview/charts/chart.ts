/** The one place that touches chart.js: registered parts and what all charts share. */
import type { ChartOptions, Point } from "chart.js";
import {
  BarController,
  BarElement,
  Chart,
  Filler,
  LinearScale,
  LineController,
  LineElement,
  PointElement,
  Tooltip,
} from "chart.js";
import type { Palette } from "../theme.ts";

Chart.register(BarController, BarElement, Filler, LinearScale, LineController, LineElement, PointElement, Tooltip);

export type { Point };
export { Chart };

/** Fixed width of a value axis: labels come and go while a run streams, the plot must not move. */
export const VALUE_AXIS_WIDTH = 58;

/** No animation, no parsing: points are `{x, y}` in order. */
export const SHARED_OPTIONS = {
  animation: false,
  parsing: false,
  normalized: true,
  responsive: true,
  maintainAspectRatio: false,
  layout: { padding: { top: 8, right: 12, bottom: 0, left: 0 } },
} as const satisfies ChartOptions;

export function font(palette: Palette): { readonly family: string; readonly size: number } {
  return { family: palette.fontFamily, size: palette.fontSize };
}

export function tooltipColors(palette: Palette) {
  return {
    backgroundColor: palette.tooltipBackground,
    titleColor: palette.tooltipForeground,
    bodyColor: palette.tooltipForeground,
    borderColor: palette.tooltipBorder,
    borderWidth: 1,
    padding: 8,
    cornerRadius: 3,
    caretSize: 0,
    boxWidth: 8,
    boxHeight: 8,
    boxPadding: 4,
    titleFont: font(palette),
    bodyFont: font(palette),
  };
}

export function axisColors(palette: Palette) {
  return {
    grid: { color: palette.grid, tickColor: "transparent" },
    border: { display: false },
    title: { color: palette.muted, font: font(palette) },
    ticks: { color: palette.muted, font: font(palette) },
  };
}

const SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹";

/** Label of a logarithmic axis: "10⁻⁶"; empty between whole decades. */
export function powerOfTen(exponent: number): string {
  if (!Number.isInteger(exponent)) return "";
  if (exponent === 0) return "1";
  const digits = [...String(Math.abs(exponent))].map((digit) => SUPERSCRIPTS[Number(digit)]).join("");
  return `10${exponent < 0 ? "⁻" : ""}${digits}`;
}
