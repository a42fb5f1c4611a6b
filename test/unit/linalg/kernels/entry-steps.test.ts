/** Proximal steps on observed entries: compiled and plain alike, bit for bit, and both as the formulas say. */
import { describe, expect, it } from "vitest";
import type { EntryLoss } from "../../../../engine/src/linalg/kernels/entry-loss.ts";
import { type EntrySteps, entrySteps, type StepLoss } from "../../../../engine/src/linalg/kernels/entry-steps.ts";
import { multiplyInto } from "../../../../engine/src/linalg/kernels/multiply.ts";
import { denseOf, type Observed, withValues } from "../../../../engine/src/linalg/observed.ts";
import { numbersOf, patternOf } from "./kernel-data.ts";

const LOSSES: readonly { readonly name: string; readonly loss: StepLoss }[] = [
  { name: "squared", loss: { kind: "squared", weight: 2 } },
  { name: "huber", loss: { kind: "huber", weight: 0.5, delta: 0.7 } },
  { name: "logistic", loss: { kind: "logistic", weight: 0.75 } },
  { name: "one that the kernels do not know", loss: cubic },
];
/** With rows of odd and of even length, empty ones, and one that is longer than the spans of the kernel. */
const SHAPES = [
  [40, 33, 0.4],
  [3, 1200, 0.6],
  [900, 4, 0.3],
  [20, 16, 1],
] as const;

const [FIRST, LAST, MOMENTUM, SCALE] = [3, 5, 0.4, 1.7];

/** Σ |w|³/3, whose slopes are −w |w|. */
function cubic(w: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < w.length; k++) {
    sum += Math.abs(w[k]) ** 3 / 3;
    w[k] *= -Math.abs(w[k]);
  }
  return sum;
}

function labels(rows: number, columns: number, density: number): Observed {
  const pattern = patternOf(rows, columns, density, numbersOf(7 * rows + columns));
  return withValues(
    pattern,
    pattern.value.map((x) => Math.sign(x) || 1),
  );
}

/** Everything that two steps give, the second with momentum. */
function course(steps: EntrySteps, { rows, columns }: Observed) {
  const { take } = numbersOf(rows * 100 + columns);
  const [u, v] = [take(rows * FIRST), take(columns * FIRST)];
  const [p, q] = [take(rows * LAST), take(columns * LAST)];
  const atZero = steps.begin(0);
  steps.propose(u, v, FIRST);
  steps.accept();
  steps.propose(p, q, LAST);
  steps.accept();
  const value = steps.begin(MOMENTUM);
  const [times, transposed] = [new Float64Array(rows * LAST), new Float64Array(columns * LAST)];
  steps.multiplyInto(times, q, LAST, { transpose: false, scale: 0 });
  steps.multiplyInto(transposed, p, LAST, { transpose: true, scale: 0 });
  const move = steps.propose(u, v, FIRST);
  const nothing = steps.propose(new Float64Array(0), new Float64Array(0), 0);
  const rough = [new Float64Array(rows * LAST), new Float64Array(columns * LAST)] as const;
  steps.multiplyInto(rough[0], q, LAST, { transpose: false, scale: 0, precision: "single" });
  steps.multiplyInto(rough[1], p, LAST, { transpose: true, scale: 0, precision: "single" });
  const whole = [new Float64Array(rows * LAST), new Float64Array(columns * LAST)] as const;
  steps.multiplyInto(whole[0], q, LAST, { transpose: false, scale: SCALE });
  steps.multiplyInto(whole[1], p, LAST, { transpose: true, scale: SCALE });
  const given = new Float64Array(rows * LAST);
  const coreOf = (v: Float64Array, k: number) => {
    const core = new Float64Array(k * LAST);
    multiplyInto(core, v, q, { m: k, n: LAST, k: columns, transposeA: true });
    return core;
  };
  const cores = [coreOf(q, LAST), coreOf(v, FIRST)] as const;
  steps.multiplyInto(given, q, LAST, { transpose: false, scale: SCALE, cores });
  const roughWhole = new Float64Array(rows * LAST);
  steps.multiplyInto(roughWhole, q, LAST, { transpose: false, scale: SCALE, precision: "single" });
  const roughMove = steps.propose(u, v, FIRST, "single");
  return { u, v, p, q, atZero, value, times, transposed, move, nothing, rough, roughMove, whole, given, roughWhole };
}

/** −L′(x; y) and L(x; y). */
function pointOf(loss: StepLoss, x: number, y: number): readonly [slope: number, value: number] {
  if (typeof loss === "function") return [-x * Math.abs(x), Math.abs(x) ** 3 / 3];
  return knownPoint(loss, x, y);
}

function knownPoint(loss: EntryLoss, x: number, y: number): readonly [slope: number, value: number] {
  const e = y - x;
  if (loss.kind === "logistic") {
    return [(loss.weight * y) / (1 + Math.exp(y * x)), loss.weight * Math.log1p(Math.exp(-y * x))];
  }
  const delta = loss.kind === "huber" ? loss.delta : Number.POSITIVE_INFINITY;
  if (Math.abs(e) <= delta) return [loss.weight * e, (loss.weight * e * e) / 2];
  return [loss.weight * delta * Math.sign(e), loss.weight * delta * (Math.abs(e) - delta / 2)];
}

describe("entrySteps", () => {
  it.each(LOSSES)("gives the same numbers compiled and plain, bit for bit: $name", ({ loss }) => {
    for (const [rows, columns, density] of SHAPES) {
      const pattern = labels(rows, columns, density);
      const [compiled, plain] = (["compiled", "plain"] as const).map((arithmetic) =>
        course(entrySteps(pattern, loss, arithmetic), pattern),
      );
      expect(compiled).toEqual(plain);
    }
  });

  it.each(LOSSES)("takes the step of the formulas: $name", ({ loss }) => {
    for (const [rows, columns, density] of SHAPES) {
      const pattern = labels(rows, columns, density);
      const found = course(entrySteps(pattern, loss), pattern);
      const { u, v, p, q, atZero, value, times, transposed, move, nothing, rough, roughMove } = found;
      const { whole, given, roughWhole } = found;
      const product = (left: Float64Array, right: Float64Array, k: number) => (i: number, j: number) =>
        Array.from({ length: k }, (_, b) => left[i * k + b] * right[j * k + b]).reduce((sum, x) => sum + x, 0);
      const [first, now] = [product(u, v, FIRST), product(p, q, LAST)];
      const sums = { zero: 0, z: 0, next: 0, seen: 0, slope: 0, uphill: 0 };
      const slopes = new Float64Array(pattern.value.length);
      for (let i = 0; i < rows; i++) {
        for (let k = pattern.rowStart[i]; k < pattern.rowStart[i + 1]; k++) {
          const [j, y] = [pattern.column[k], pattern.value[k]];
          const [x, next] = [now(i, j), first(i, j)];
          const z = x + MOMENTUM * (x - next);
          const [w, at] = pointOf(loss, z, y);
          slopes[k] = w;
          sums.zero += pointOf(loss, 0, y)[1];
          sums.z += at;
          sums.next += pointOf(loss, next, y)[1];
          sums.seen += (next - z) ** 2;
          sums.slope += w * (next - z);
          sums.uphill += (z - next) * (next - x);
        }
      }
      const close = (actual: number, expected: number) =>
        expect(Math.abs(actual - expected)).toBeLessThanOrEqual(1e-11 * (1 + sums.seen + Math.abs(expected)));
      close(atZero, sums.zero);
      close(value, sums.z);
      close(move.loss, sums.next);
      close(move.slope, sums.slope);
      close(move.uphill, sums.uphill);
      close(nothing.loss, sums.zero);
      const near = (actual: number, expected: number) =>
        expect(Math.abs(actual - expected)).toBeLessThanOrEqual(
          1e-5 * (1 + sums.seen + sums.next + Math.abs(expected)),
        );
      near(roughMove.loss, sums.next);
      near(roughMove.slope, sums.slope);
      near(roughMove.uphill, sums.uphill);
      const dense = denseOf(withValues(pattern, slopes));
      const size = Math.hypot(...dense) * Math.hypot(...p, ...q);
      // Beside W there is SCALE·Z, whose product is W Q + SCALE·Z Q.
      const z = Float64Array.from({ length: rows * columns }, (_, at) => {
        const [i, j] = [Math.floor(at / columns), at % columns];
        const [x, last] = [now(i, j), first(i, j)];
        return SCALE * (x + MOMENTUM * (x - last));
      });
      const wholeSize = (Math.hypot(...dense) + Math.hypot(...z)) * Math.hypot(...p, ...q);
      // The cores that are given are those that it takes otherwise.
      expect(given).toEqual(whole[0]);
      for (let b = 0; b < LAST; b++) {
        for (let i = 0; i < rows; i++) {
          let sum = 0;
          for (let j = 0; j < columns; j++) sum += (dense[i * columns + j] + z[i * columns + j]) * q[j * LAST + b];
          expect(Math.abs(whole[0][i * LAST + b] - sum)).toBeLessThanOrEqual(1e-13 * wholeSize);
          expect(Math.abs(roughWhole[i * LAST + b] - sum)).toBeLessThanOrEqual(1e-5 * wholeSize);
        }
        for (let j = 0; j < columns; j++) {
          let sum = 0;
          for (let i = 0; i < rows; i++) sum += (dense[i * columns + j] + z[i * columns + j]) * p[i * LAST + b];
          expect(Math.abs(whole[1][j * LAST + b] - sum)).toBeLessThanOrEqual(1e-13 * wholeSize);
        }
      }
      for (let b = 0; b < LAST; b++) {
        for (let i = 0; i < rows; i++) {
          let sum = 0;
          for (let j = 0; j < columns; j++) sum += dense[i * columns + j] * q[j * LAST + b];
          expect(Math.abs(times[i * LAST + b] - sum)).toBeLessThanOrEqual(1e-13 * size);
          expect(Math.abs(rough[0][i * LAST + b] - sum)).toBeLessThanOrEqual(1e-5 * size);
        }
        for (let j = 0; j < columns; j++) {
          let sum = 0;
          for (let i = 0; i < rows; i++) sum += dense[i * columns + j] * p[i * LAST + b];
          expect(Math.abs(transposed[j * LAST + b] - sum)).toBeLessThanOrEqual(1e-13 * size);
          expect(Math.abs(rough[1][j * LAST + b] - sum)).toBeLessThanOrEqual(1e-5 * size);
        }
      }
    }
  });
});
