/**
 * Numbers as people read them. A bound is never shown better than it is: what is "at most" rounds up, what is
 * "at least" rounds down.
 */

export type Rounding = "nearest" | "up" | "down";

const counts = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });

/** `digits` significant digits; scientific outside [1e-4, 1e7). */
export function formatNumber(value: number, digits = 6, rounding: Rounding = "nearest"): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "–" : value > 0 ? "∞" : "−∞";
  if (value === 0) return "0";
  const rounded = roundTo(value, digits, rounding);
  if (rounded === 0) return "0";
  const size = Math.abs(rounded);
  if (size < 1e-4 || size >= 1e7) return exponential(rounded, digits);
  const decimals = Math.max(0, digits - 1 - decimalExponent(rounded));
  return minus(rounded.toFixed(decimals));
}

export function formatCount(value: number): string {
  return Number.isFinite(value) ? minus(counts.format(value)) : "–";
}

/** Label of a linear axis: `4,000`, `0.25`, `2e7`; `digits` at most. */
export function formatTick(value: number, digits = 5): string {
  const count = Number.isInteger(value) && Math.abs(value) < 10 ** digits;
  return count ? formatCount(value) : trimZeros(formatNumber(value, digits));
}

/** Every digit, for titles and for the clipboard. */
export function fullNumber(value: number): string {
  return Number.isFinite(value) ? String(value) : "";
}

/** Significant digits at which `value` and `bound` stop looking equal: 6 to 10. */
export function digitsToSeparate(value: number, bound: number | null): number {
  if (bound === null || !Number.isFinite(value) || !Number.isFinite(bound)) return 6;
  const distance = Math.abs(value - bound) / Math.max(Math.abs(value), Math.abs(bound));
  if (!(distance > 0)) return Number.isNaN(distance) ? 6 : 10;
  return Math.min(10, Math.max(6, Math.ceil(-Math.log10(distance)) + 2));
}

/** A relative gap, rounded up to two digits: `3.1e-8`, `0.42 %`, `17 %`. */
export function formatGap(relative: number): string {
  if (!Number.isFinite(relative)) return "–";
  if (relative <= 0) return "0";
  const rounded = roundTo(relative, 2, "up");
  return rounded < 1e-3 ? exponential(rounded, 2) : formatPercent(relative, "up");
}

/** `0.1` → `10 %`. Two significant digits, more for numbers above 100 %. */
export function formatPercent(fraction: number, rounding: Rounding = "nearest"): string {
  if (!Number.isFinite(fraction)) return "–";
  const percent = fraction * 100;
  const digits = Math.max(2, decimalExponent(percent) + 1);
  const rounded = roundTo(percent, digits, rounding);
  return `${trimZeros(formatNumber(rounded, digits))} %`;
}

/**
 * A number near 1, with two significant digits of its distance to 1: `1.00000021`, `0.9987`, `1.23`. `resolution`
 * asks for more of them, down to the size of that difference. At most 12 decimals.
 */
export function formatNearOne(value: number, rounding: Rounding, resolution = Number.POSITIVE_INFINITY): string {
  if (!Number.isFinite(value)) return formatNumber(value);
  const distance = Math.abs(value - 1);
  if (distance < 1e-12) return "1";
  if (distance >= 1) return trimZeros(formatNumber(value, 4, rounding));
  const enough = Math.max(2, 1 - decimalExponent(distance));
  const wanted = resolution > 0 && resolution < 1 ? -decimalExponent(resolution) : enough;
  const decimals = Math.min(12, Math.max(enough, Math.min(enough + 3, wanted)));
  const unit = 10 ** -decimals;
  let shown = Number(value.toFixed(decimals));
  // Half a unit in the 15th digit is what float64 cannot tell apart here.
  if (rounding === "up" && shown < value - 1e-15) shown += unit;
  if (rounding === "down" && shown > value + 1e-15) shown -= unit;
  return trimZeros(shown.toFixed(decimals));
}

export function formatSeconds(seconds: number): string {
  if (!Number.isFinite(seconds) || seconds < 0) return "–";
  if (seconds < 0.9995) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 59.95) return `${seconds.toFixed(seconds < 9.995 ? 2 : 1)} s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${formatCount(Math.floor(whole / 3600))} h ${Math.floor((whole % 3600) / 60)} min`;
}

/** `+0.012`, `−1.3`, `0`. */
export function formatDifference(difference: number, scale: number): string {
  if (!Number.isFinite(difference)) return "–";
  if (Math.abs(difference) <= 1e-12 * Math.abs(scale)) return "0";
  const text = trimZeros(formatNumber(Math.abs(difference), 3));
  return difference > 0 ? `+${text}` : `−${text}`;
}

/** `14:32` today, `Nov 21, 14:32` in the same year, with the year before that. Local time. */
export function formatWhen(iso: string, now: Date): string {
  const when = new Date(iso);
  if (Number.isNaN(when.getTime())) return "–";
  const time = `${String(when.getHours()).padStart(2, "0")}:${String(when.getMinutes()).padStart(2, "0")}`;
  if (when.toDateString() === now.toDateString()) return time;
  const month = MONTHS[when.getMonth()] ?? "";
  const year = when.getFullYear() === now.getFullYear() ? "" : ` ${when.getFullYear()}`;
  return `${month} ${when.getDate()}${year}, ${time}`;
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** `value` at `digits` significant digits, never on the wrong side of the truth. */
export function roundTo(value: number, digits: number, rounding: Rounding): number {
  if (value === 0 || !Number.isFinite(value)) return value;
  const nearest = Number(value.toPrecision(digits));
  if (rounding === "nearest" || nearest === value) return nearest;
  if (rounding === "up" ? nearest > value : nearest < value) return nearest;
  const unit = 10 ** (decimalExponent(value) - digits + 1);
  return Number((rounding === "up" ? nearest + unit : nearest - unit).toPrecision(digits));
}

/** Drops zeros at the end of a decimal fraction. */
export function trimZeros(text: string): string {
  return text.includes("e") || !text.includes(".") ? text : text.replace(/\.?0+$/, "");
}

function decimalExponent(value: number): number {
  return value === 0 ? 0 : Number(Math.abs(value).toExponential(12).split("e")[1]);
}

function exponential(value: number, digits: number): string {
  const [mantissa = "", exponent = "0"] = value.toExponential(digits - 1).split("e");
  return minus(`${trimZeros(mantissa)}e${Number(exponent)}`);
}

/** A real minus sign in front; exponents keep the hyphen that programming languages read. */
function minus(text: string): string {
  return text.startsWith("-") ? `−${text.slice(1)}` : text;
}
