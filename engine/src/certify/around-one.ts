/** Numbers about 1 in words: there the distance from 1 is what counts. */
import { roundedUpText } from "../linalg/rounding.ts";

const DIGITS = 6;

/** `1 + 3.2e-5`, `1 − 1.5e-6`, `1.0617`. What is proven from above is rounded up, what is reached from below down. */
export function aroundOne(x: number, rounding: "up" | "down"): string {
  const distance = Math.abs(x - 1);
  if (distance === 0) return "1";
  if (distance > 1e-3) return String(rounded(x, rounding));
  const isOutward = x > 1 === (rounding === "up");
  const size = isOutward ? roundedUpText(distance) : truncated(distance);
  return `1 ${x < 1 ? "−" : "+"} ${size}`;
}

function rounded(x: number, rounding: "up" | "down"): number {
  const nearest = Number(x.toPrecision(DIGITS));
  if (!Number.isFinite(x) || (rounding === "up" ? nearest >= x : nearest <= x)) return nearest;
  const unit = 10 ** (Math.floor(Math.log10(Math.abs(x))) + 1 - DIGITS);
  return Number((nearest + (rounding === "up" ? unit : -unit)).toPrecision(DIGITS));
}

/** Two digits, rounded down. */
function truncated(x: number): string {
  const nearest = x.toExponential(1);
  if (Number(nearest) <= x) return nearest;
  const unit = 10 ** (Math.floor(Math.log10(x)) - 1);
  return (Number(nearest) - unit).toExponential(1);
}
