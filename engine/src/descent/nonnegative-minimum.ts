/** The minimum of a convex quadratic over z ≥ 0: sweeps of coordinate descent find most of its support, active sets the rest. */
import { choleskySolveRowsInto } from "../linalg/cholesky.ts";
import { choleskyInto } from "../linalg/kernels/cholesky.ts";

/** Of coordinate descent; few entries change sides after that. */
const SWEEPS = 50;
/** So often all negative entries leave at once; from then on one at a time, which is sure to end. */
const BLOCKS = 12;
/** A sweep in which nothing moves by more than this, against the largest entry, is the last one. */
const SMALL = 1e-10;

/**
 * argmin over z ≥ 0 of ⟨g, z − start⟩ + ½(z − start)ᵀ H (z − start), H k×k positive definite. Active sets as in nonnegative least
 * squares (lawson1974, chapter 23): entries with the steepest falls enter, half of those that fall; when the minimum over the
 * chosen ones has a negative entry, the way there is cut short and what became 0 leaves. Cost: k² a sweep, k³/3 for what follows
 * as often as entries leave.
 */
export function nonnegativeMinimum(h: Float64Array, gradient: Float64Array, start: Float64Array): Float64Array {
  const k = start.length;
  /** H start − g: the gradient at z is H z − this. */
  const pull = Float64Array.from({ length: k }, (_, i) => rowTimes(h, i, start) - gradient[i]);
  let z = swept(h, pull, start);
  let chosen = [...z.keys()].filter((i) => z[i] > 0);
  let size = 0;
  for (let i = 0; i < k; i++) size = Math.max(size, Math.abs(gradient[i]), h[i * k + i] * start[i]);
  const tolerance = 1e-13 * size;
  /** Entries that left as soon as they had entered: to rounding they depend on others. */
  const barred = new Uint8Array(k);
  for (let change = 0; change < 3 * k + 10; change++) {
    const aim = minimumOver(h, pull, chosen);
    if (aim === undefined) return z;
    if (change < BLOCKS && aim.some((x) => x < 0)) {
      z = new Float64Array(k);
      chosen.forEach((i, a) => {
        z[i] = Math.max(0, aim[a]);
      });
      chosen = chosen.filter((i) => z[i] > 0);
      continue;
    }
    // How far towards the aim all chosen entries stay ≥ 0.
    const limits = chosen.map((i, a) => (aim[a] < 0 ? z[i] / (z[i] - aim[a]) : 1));
    const reach = limits.reduce((least, limit) => Math.min(least, limit), 1);
    const leaving = limits.map((limit, a) => aim[a] < 0 && limit <= reach);
    const next = new Float64Array(k);
    chosen.forEach((i, a) => {
      if (leaving[a]) barred[i] = z[i] === 0 ? 1 : 0;
      else next[i] = Math.max(0, z[i] + reach * (aim[a] - z[i]));
    });
    z = next;
    if (reach < 1) {
      chosen = chosen.filter((_, a) => !leaving[a]);
      continue;
    }
    const isOut = barred.slice();
    for (const i of chosen) isOut[i] = 1;
    const slope = Float64Array.from({ length: k }, (_, i) => (isOut[i] === 1 ? 0 : rowTimes(h, i, z) - pull[i]));
    const falling = [...slope.keys()].filter((i) => slope[i] < -tolerance).sort((i, j) => slope[i] - slope[j]);
    if (falling.length === 0) return z;
    chosen = [...chosen, ...falling.slice(0, Math.ceil(falling.length / 2))];
  }
  return z;
}

/** Coordinate descent: z_i ← max(0, z_i − slope_i/H_ii) in turn. */
function swept(h: Float64Array, pull: Float64Array, start: Float64Array): Float64Array {
  const k = start.length;
  const z = start.slice();
  const slope = Float64Array.from({ length: k }, (_, i) => rowTimes(h, i, z) - pull[i]);
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    let moved = 0;
    let largest = 0;
    for (let i = 0; i < k; i++) {
      const next = Math.max(0, z[i] - slope[i] / h[i * k + i]);
      const step = next - z[i];
      largest = Math.max(largest, next);
      if (step === 0) continue;
      moved = Math.max(moved, Math.abs(step));
      z[i] = next;
      for (let j = 0; j < k; j++) slope[j] += step * h[i * k + j];
    }
    if (!(moved > SMALL * largest)) break;
  }
  return z;
}

/** The unconstrained minimum over the chosen entries, the others being 0. Undefined when H is not positive definite there. */
function minimumOver(h: Float64Array, pull: Float64Array, chosen: readonly number[]): Float64Array | undefined {
  const k = pull.length;
  const p = chosen.length;
  const block = new Float64Array(p * p);
  const right = Float64Array.from(chosen, (i) => pull[i]);
  chosen.forEach((i, a) => {
    for (let b = 0; b <= a; b++) block[a * p + b] = h[i * k + chosen[b]];
  });
  if (!choleskyInto(block, p)) return undefined;
  choleskySolveRowsInto(right, 1, block, p);
  return right;
}

function rowTimes(h: Float64Array, i: number, z: Float64Array): number {
  const k = z.length;
  let sum = 0;
  for (let j = 0; j < k; j++) sum += h[i * k + j] * z[j];
  return sum;
}
