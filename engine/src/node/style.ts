/** Colors and numbers of the command line's text. */

export interface Style {
  bold(text: string): string;
  dim(text: string): string;
  /** For the verdict `global` only. */
  green(text: string): string;
  yellow(text: string): string;
  red(text: string): string;
}

/** Plain text unless the stream is a terminal and NO_COLOR is not set (https://no-color.org). */
export function createStyle(isTTY: boolean, env: Readonly<Record<string, string | undefined>>): Style {
  const on = isTTY && (env["NO_COLOR"] ?? "") === "" && env["TERM"] !== "dumb";
  const paint = (open: number, close: number) => (text: string) =>
    on ? `\u001b[${open}m${text}\u001b[${close}m` : text;
  return { bold: paint(1, 22), dim: paint(2, 22), green: paint(32, 39), yellow: paint(33, 39), red: paint(31, 39) };
}

/** Nine digits: what a relative gap of 1e-9 can tell apart. */
export function showNumber(value: number): string {
  if (value === Number.MAX_VALUE) return "beyond float64";
  if (!Number.isFinite(value)) return String(value);
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size >= 1e-4 && size < 1e9) return String(Number(value.toPrecision(9)));
  return value.toExponential(8).replace(/\.?0+e/, "e");
}

/** Two digits, for gaps and slacks. */
export function showSmall(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  if (size === 0) return "0";
  return size >= 0.01 && size < 1000 ? String(Number(value.toPrecision(2))) : value.toExponential(1);
}

export function showSeconds(seconds: number): string {
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 120) return `${seconds.toFixed(1)} s`;
  return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
}

/** Left column padded to the widest name. */
export function table(rows: readonly (readonly [name: string, value: string])[], indent: string): string {
  const width = Math.max(0, ...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${indent}${name.padEnd(width)}  ${value}\n`).join("");
}
