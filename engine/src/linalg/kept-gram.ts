/** The Gram matrix of data that is asked about again and again, in single precision: that of the last ones is kept. */
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
  /** S = fl(AᵀA) over the shorter side n, n × n, both triangles. Nobody may change it, or hold it when other data may be asked about. */
  readonly gram: Float64Array;
  /** ‖S − AᵀA‖₂ at most: ‖|A|ᵀ|A|‖₂ ≤ ‖A‖_F². */
  readonly error: number;
}

let latest: (KeptGram & { readonly of: WeakRef<Float64Array> }) | undefined;

export function mayKeepGram(a: Observed): boolean {
  const side = Math.min(a.rows, a.columns);
  return isWhole(a) && side >= SINGLE_SIDE && side <= MOST_SIDE;
}

/** Of a whole table whose values are never changed; undefined where its numbers are beyond float32. Cost m n² flops where others were asked about since. */
export function keptGram(a: Observed): KeptGram | undefined {
  if (latest?.of.deref() === a.value) return latest;
  const largest = largestModulus(a.value);
  if (!(largest <= SAFE_SINGLE && largest >= 1 / SAFE_SINGLE)) return undefined;
  const { rows: m, columns: n, value } = a.columns <= a.rows ? a : transpose(a);
  // Memory that was written before: new one costs a fault for every page.
  const gram = latest?.gram.length === n * n ? latest.gram : new Float64Array(n * n);
  latest = undefined;
  gramInto(gram, value, m, n, { precision: "single" });
  const length = lengthBound(value);
  const relative = SUM_ERROR + gamma(Math.ceil(m / DEPTH) + 2);
  const error = roundedUp(roundedUp(relative * roundedUp(length * length, 1), 2) + m * n * UNDERFLOW, 3);
  latest = { gram, error, of: new WeakRef(a.value) };
  return latest;
}
