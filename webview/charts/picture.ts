/** A chart as a PNG that can stand alone: title, words and legend above it, wrapped to its width. */
import { LEVEL_WORDS, levelWords } from "../certificate/words.ts";
import type { Palette } from "../theme.ts";

export interface LegendEntry {
  readonly label: string;
  readonly color: string;
  /** A level, not a curve. */
  readonly dashed?: boolean;
  /** In a square of 12; absent: a line. */
  readonly mark?: { readonly outline: string; readonly filled: boolean };
}

export interface PictureOptions {
  readonly title: string;
  readonly subtitle: string;
  readonly legend: readonly LegendEntry[];
}

/** Of the dashed line that gaps are compared with, if there is one. */
export function levelLegend(tolerance: number | null, palette: Palette): readonly LegendEntry[] {
  if (tolerance === null) return [];
  return [{ label: `${LEVEL_WORDS} ${levelWords(tolerance)}`, color: palette.target, dashed: true }];
}

const PADDING = 20;
const MARK = 12;
const TITLE = { size: 15, weight: 600, line: 20 };
const BODY = { size: 12, weight: 400, line: 17 };
const GAP = 8;

/** A base64 data URL; the canvas keeps its own resolution. `undefined` while nothing is laid out. */
export function chartPicture(chart: HTMLCanvasElement, palette: Palette, options: PictureOptions): string | undefined {
  const ratio = chart.clientWidth > 0 ? chart.width / chart.clientWidth : 0;
  if (ratio === 0 || chart.height === 0) return undefined;
  const canvas = document.createElement("canvas");
  const context = canvas.getContext("2d");
  if (context === null) return undefined;
  const [width, height] = [chart.width / ratio, chart.height / ratio];
  const useFont = ({ size, weight }: typeof TITLE): void => {
    context.font = `${weight} ${size}px ${palette.fontFamily}`;
  };
  const widthOf = (text: string): number => context.measureText(text).width;

  useFont(TITLE);
  const widthOfLine = (words: readonly string[]): number => widthOf(words.join(" "));
  const title = wrapped(wordsOf(options.title), width, widthOfLine);
  useFont(BODY);
  const subtitle = wrapped(wordsOf(options.subtitle), width, widthOfLine);
  const entryWidth = ({ label }: LegendEntry): number => MARK + 6 + widthOf(label) + 20;
  const legend = wrapped(options.legend, width, (row) => row.reduce((sum, entry) => sum + entryWidth(entry), -20));
  const head = title.length * TITLE.line + (subtitle.length + legend.length) * BODY.line + 3 * GAP;

  // Setting the size resets the context.
  canvas.width = chart.width + 2 * PADDING * ratio;
  canvas.height = chart.height + (head + 2 * PADDING) * ratio;
  context.fillStyle = palette.background;
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.scale(ratio, ratio);
  context.translate(PADDING, PADDING);
  context.textBaseline = "middle";
  let y = 0;
  const write = (lines: readonly (readonly string[])[], style: typeof TITLE, color: string): void => {
    useFont(style);
    context.fillStyle = color;
    for (const line of lines) {
      context.fillText(line.join(" "), 0, y + style.line / 2);
      y += style.line;
    }
    y += GAP;
  };
  write(title, TITLE, palette.foreground);
  write(subtitle, BODY, palette.muted);
  for (const row of legend) {
    let x = 0;
    for (const entry of row) {
      drawMark(context, entry, x, y + (BODY.line - MARK) / 2);
      context.fillStyle = palette.foreground;
      context.fillText(entry.label, x + MARK + 6, y + BODY.line / 2);
      x += entryWidth(entry);
    }
    y += BODY.line;
  }
  context.drawImage(chart, 0, head, width, height);
  return canvas.toDataURL("image/png");
}

function drawMark(
  context: CanvasRenderingContext2D,
  { color, dashed = false, mark }: LegendEntry,
  x: number,
  y: number,
): void {
  context.save();
  context.translate(x, y);
  context.fillStyle = color;
  context.strokeStyle = color;
  context.lineWidth = 1.5;
  if (mark === undefined) {
    context.lineWidth = dashed ? 1 : 3;
    context.setLineDash(dashed ? [4, 4] : []);
    context.stroke(new Path2D(`M0 ${MARK / 2} h${MARK}`));
  } else if (mark.filled) context.fill(new Path2D(mark.outline));
  else context.stroke(new Path2D(mark.outline));
  context.restore();
}

/** "1 %" is not torn apart. */
function wordsOf(text: string): readonly string[] {
  return text.split(/ (?!%)/);
}

/** As many of `parts` a line as fit into `width`, and one at least. */
function wrapped<T>(
  parts: readonly T[],
  width: number,
  widthOf: (line: readonly T[]) => number,
): readonly (readonly T[])[] {
  const lines: T[][] = [];
  for (const part of parts) {
    const line = lines.at(-1);
    if (line !== undefined && widthOf([...line, part]) <= width) line.push(part);
    else lines.push([part]);
  }
  return lines;
}
