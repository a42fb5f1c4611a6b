/** D(t) against min over x of ℓ̃(x) + ⟨t w, x⟩, found by a search that knows nothing of conjugates or offsets. */
import { describe, expect, it } from "vitest";
import type { Observed } from "../../../engine/src/linalg/observed.ts";
import { dot } from "../../../engine/src/linalg/vector.ts";
import type { Loss } from "../../../engine/src/problem/loss/loss.ts";
import { dualPoint, LOSS_CASES, predictions, targetFor } from "../../support/loss-cases.ts";

/** Every entry in turn by golden sections on [−60, 60] (entrywise losses need one round, rows of classes many). */
function minimizer(objective: (x: Float64Array) => number, size: number, rounds: number): Float64Array {
  const x = new Float64Array(size);
  const ratio = (Math.sqrt(5) - 1) / 2;
  for (let round = 0; round < rounds; round++) {
    const reach = 60 / 1.5 ** round;
    for (let k = 0; k < size; k++) {
      let [low, high] = [x[k] - reach, x[k] + reach];
      const at = (value: number) => {
        x[k] = value;
        return objective(x);
      };
      for (let step = 0; step < 60; step++) {
        const [a, b] = [high - ratio * (high - low), low + ratio * (high - low)];
        if (at(a) < at(b)) high = b;
        else low = a;
      }
      x[k] = (low + high) / 2;
    }
  }
  return x;
}

/** Sums over the rows of the target are separate: each is searched alone. */
function rowOf(target: Observed, i: number): Observed {
  const [start, end] = [target.rowStart[i], target.rowStart[i + 1]];
  return {
    rows: 1,
    columns: target.columns,
    rowStart: Int32Array.of(0, end - start),
    column: target.column.slice(start, end),
    value: target.value.slice(start, end),
  };
}

function tiltedMinimizer(base: Loss, target: Observed, q: Float64Array): Float64Array {
  const x = new Float64Array(q.length);
  for (let i = 0; i < target.rows; i++) {
    const row = rowOf(target, i);
    const tilt = q.slice(target.rowStart[i], target.rowStart[i + 1]);
    const best = minimizer((at) => base.value(at, row) + dot(tilt, at), tilt.length, base.entrywise ? 1 : 25);
    x.set(best, target.rowStart[i]);
  }
  return x;
}

describe.each(LOSS_CASES)("$name", (given) => {
  const { loss, base } = given;

  it.each([1, 2, 3])("D(t) is the minimum, from below: seed %d", (seed) => {
    const target = targetFor(given, { rows: 4, columns: 3, seed, masked: seed === 2, uniform: false });
    const w = dualPoint(loss, predictions(loss, target, seed), target);
    for (const limit of [0.2, 0.9]) {
      const { scale, value } = loss.dualBound(w, target, limit);
      const q = w.value.map((entry) => scale * entry);
      // Adding an offset to a column changes neither side: the search may do without the intercept.
      const x = tiltedMinimizer(base, target, q);
      const attained = loss.value(x, target) + dot(q, x);
      expect(value).toBeLessThanOrEqual(attained + 1e-13 * (1 + Math.abs(attained)));
      expect(attained - value).toBeLessThanOrEqual(1e-6 * (1 + Math.abs(attained)));
    }
  });
});
