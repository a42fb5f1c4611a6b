/** The run chart as a PNG that can stand alone: title, verdict and legend above the curve. */
import type { Palette } from "../theme.ts";

export interface PictureOptions {
  readonly title: string;
  readonly subtitle: string;
  readonly legend: readonly { readonly label: string; readonly color: string }[];
}

const PADDING = 20;
const HEAD = 76;

/** A base64 data URL; the canvas keeps its own resolution. `undefined` while nothing is laid out. */
export function chartPicture(chart: HTMLCanvasElement, palette: Palette, options: PictureOptions): string | undefined {
  const ratio = chart.clientWidth > 0 ? chart.width / chart.clientWidth : 0;
  if (ratio === 0 || chart.height === 0) return undefined;
  const canvas = document.createElement("canvas");
  canvas.width = chart.width + 2 * PADDING * ratio;
  canvas.height = chart.height + (HEAD + 2 * PADDING) * ratio;
  const context = canvas.getContext("2d");
  if (context === null) return undefined;
  context.fillStyle = palette.background;
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.scale(ratio, ratio);
  context.textBaseline = "top";
  context.fillStyle = palette.foreground;
  context.font = `600 15px ${palette.fontFamily}`;
  context.fillText(options.title, PADDING, PADDING);
  context.fillStyle = palette.muted;
  context.font = `12px ${palette.fontFamily}`;
  context.fillText(options.subtitle, PADDING, PADDING + 24);
  let x = PADDING;
  for (const { label, color } of options.legend) {
    context.fillStyle = color;
    context.fillRect(x, PADDING + 54, 14, 3);
    context.fillStyle = palette.foreground;
    context.fillText(label, x + 20, PADDING + 49);
    x += 20 + context.measureText(label).width + 24;
  }
  context.drawImage(chart, PADDING, PADDING + HEAD, chart.width / ratio, chart.height / ratio);
  return canvas.toDataURL("image/png");
}
