/**
 * Lengths of axes, and the whole numbers that graphs compute from them, some of them not known. An unknown one is an object: two
 * places with the same object hold the same number, whatever it is. So a batch that is not known cancels out of a Reshape.
 */
import type { AxisLengths } from "../graph.ts";
import { MAX_RANK } from "../onnx-tensor.ts";

export interface UnknownAmount {
  /** It is not negative: the length of an axis, or made of such. */
  readonly isLength: boolean;
}

export type Amount = number | UnknownAmount;
export type Amounts = readonly Amount[];

export function unknownLength(): UnknownAmount {
  return { isLength: true };
}

export function unknownLengths(count: number): Amounts {
  return Array.from({ length: Math.min(count, MAX_RANK + 1) }, unknownLength);
}

/** For people: null where a length is not known. */
export function axisLengths(lengths: Amounts): AxisLengths {
  return lengths.map((length) => (typeof length === "number" ? length : null));
}

/** Undefined for what no array has: too many axes, a length below zero or beyond what is counted exactly. */
export function shapeOf(lengths: Amounts | undefined): Amounts | undefined {
  if (lengths === undefined || lengths.length > MAX_RANK) return undefined;
  const isPlausible = (length: Amount): boolean =>
    typeof length === "number" ? Number.isSafeInteger(length) && length >= 0 : length.isLength;
  return lengths.every(isPlausible) ? lengths : undefined;
}

export function isNonnegative(amount: Amount): boolean {
  return typeof amount === "number" ? amount >= 0 : amount.isLength;
}

/** A number that depends on others: not negative where they are not. */
export function unknownOf(...parts: Amounts): UnknownAmount {
  return { isLength: parts.every(isNonnegative) };
}

export function plus(a: Amount, b: Amount): Amount {
  if (a === 0) return b;
  if (b === 0) return a;
  return typeof a === "number" && typeof b === "number" ? exact(a + b) : unknownOf(a, b);
}

export function minus(a: Amount, b: Amount): Amount {
  if (b === 0) return a;
  if (a === b) return 0;
  return typeof a === "number" && typeof b === "number" ? exact(a - b) : { isLength: false };
}

export function times(a: Amount, b: Amount): Amount {
  if (a === 1) return b;
  if (b === 1) return a;
  if (a === 0 || b === 0) return 0;
  return typeof a === "number" && typeof b === "number" ? exact(a * b) : unknownOf(a, b);
}

export function product(amounts: Amounts): Amount {
  return amounts.reduce(times, 1);
}

/** Sums and products of large numbers round: these are not known any more. */
export function exact(value: number): Amount {
  return Math.abs(value) <= Number.MAX_SAFE_INTEGER ? value : { isLength: value >= 0 };
}

/**
 * As numpy does: axes from the end, 1 stretches. Undefined when one shape is, or where they do not go together. A length that is not
 * known, beside one above 1, is 1 or the same.
 */
export function broadcast(shapes: readonly (Amounts | undefined)[]): Amounts | undefined {
  const rank = Math.max(0, ...shapes.map((shape) => shape?.length ?? 0));
  const out: Amount[] = new Array<Amount>(rank).fill(1);
  for (const shape of shapes) {
    if (shape === undefined) return undefined;
    for (const [axis, length] of shape.entries()) {
      const at = rank - shape.length + axis;
      const joined = stretched(out[at] ?? 1, length);
      if (joined === undefined) return undefined;
      out[at] = joined;
    }
  }
  return out;
}

function stretched(a: Amount, b: Amount): Amount | undefined {
  if (a === 1 || a === b) return b;
  if (b === 1) return a;
  if (typeof a === "number") return typeof b === "number" ? undefined : a;
  return typeof b === "number" ? b : unknownLength();
}

/** One length that two places claim: undefined where they contradict each other. */
export function agreed(a: Amount, b: Amount): Amount | undefined {
  if (typeof a === "number" && typeof b === "number") return a === b ? a : undefined;
  return typeof a === "number" ? a : b;
}
