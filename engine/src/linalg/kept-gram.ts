/** The Gram matrix of data that is asked about again and again, in single precision: made once, for as long as the data are there. */
import { isWhole } from "./gram.ts";
import { gramInto } from "./kernels/multiply.ts";
import { largestModulus } from "./kernels/sizes.ts";
import type { Observed } from "./observed.ts";
import { transpose } from "./observed.ts";
import { gamma, roundedUp } from "./rounding.ts";
import { lengthBound } from "./vector.ts";

/** From this side on single precision is much faster, … */
export const SINGLE_SIDE = 128;
/** … and up to this one it is kept: 4 MB. */
const MOST_SIDE = 700;
/** Entries are at most this, and one is at least its inverse: sums of their squares stay well within float32, … */
export const SAFE_SINGLE = 2 ** 40;
/** … a product loses at most this to underflow. */
const UNDERFLOW = 2 ** -108;
/** ≥ 2⁻²⁴ (k + 2) summed up, for operands and sums of k = 256 products in float32. */
const DEPTH = 256;
const SUM_ERROR = (260 * 2 ** -24) / (1 - 260 * 2 ** -24);

export interface KeptGram {
  /** S = fl(AᵀA) over the shorter side n, n × n, both triangles. Nobody may change it. */
  readonly gram: Float64Array;
  /** ‖S − AᵀA‖₂ at most: ‖|A|ᵀ|A|‖₂ ≤ ‖A‖_F². */
  readonly error: number;
}

const kept = new WeakMap<Float64Array, KeptGram>();

export function mayKeepGram(a: Observed): boolean {
  const side = Math.min(a.rows, a.columns);
  return isWhole(a) && side >= SINGLE_SIDE && side <= MOST_SIDE;
}

/** Of a whole table whose values are never changed; undefined where its numbers are beyond float32. Cost m n² flops, once. */
export function keptGram(a: Observed): KeptGram | undefined {
  const known = kept.get(a.value);
  if (known !== undefined) return known;
  const largest = largestModulus(a.value);
  if (!(largest <= SAFE_SINGLE && largest >= 1 / SAFE_SINGLE)) return undefined;
  const { rows: m, columns: n, value } = a.columns <= a.rows ? a : transpose(a);
  const gram = new Float64Array(n * n);
  gramInto(gram, value, m, n, { precision: "single" });
  const length = lengthBound(value);
  const relative = SUM_ERROR + gamma(Math.ceil(m / DEPTH) + 2);
  const error = roundedUp(roundedUp(relative * roundedUp(length * length, 1), 2) + m * n * UNDERFLOW, 3);
  const made = { gram, error };
  kept.set(value, made);
  return made;
}
