/** The minimum of a quadratic over z ≥ 0 against all supports tried one by one, and the conditions that only the minimum meets. */
import { describe, expect, it } from "vitest";
import { nonnegativeMinimum } from "../../../engine/src/descent/nonnegative-minimum.ts";
import { normalStream } from "../../../engine/src/linalg/random.ts";

/** A x = b by elimination with row exchanges. */
function solved(a: readonly (readonly number[])[], b: readonly number[]): number[] {
  const rows = a.map((row, i) => [...row, b[i]]);
  const n = rows.length;
  for (let i = 0; i < n; i++) {
    let pivot = i;
    for (let r = i + 1; r < n; r++) if (Math.abs(rows[r][i]) > Math.abs(rows[pivot][i])) pivot = r;
    [rows[i], rows[pivot]] = [rows[pivot], rows[i]];
    for (let r = i + 1; r < n; r++) {
      const factor = rows[r][i] / rows[i][i];
      for (let c = i; c <= n; c++) rows[r][c] -= factor * rows[i][c];
    }
  }
  const x = new Array<number>(n).fill(0);
  for (let i = n - 1; i >= 0; i--) {
    let sum = rows[i][n];
    for (let c = i + 1; c < n; c++) sum -= rows[i][c] * x[c];
    x[i] = sum / rows[i][i];
  }
  return x;
}

function gram(seed: number, rows: number, k: number, copies = 0) {
  const normal = normalStream(seed);
  const a = Array.from({ length: rows }, () => Array.from({ length: k }, () => 0.3 + normal()));
  for (const row of a) for (let c = 0; c < copies; c++) row[k - 1 - c] = row[c];
  const h = new Float64Array(k * k);
  for (let i = 0; i < k; i++) {
    for (let j = 0; j < k; j++)
      h[i * k + j] = a.reduce((sum, row) => sum + row[i] * row[j], 0) * (i === j ? 1 + 1e-12 : 1);
  }
  const g = Float64Array.from({ length: k }, () => normal() * rows * 0.3);
  return { h, g, start: new Float64Array(k) };
}

describe("nonnegativeMinimum", () => {
  it("is the best of the minima over all supports", () => {
    for (let seed = 1; seed <= 20; seed++) {
      const k = 6;
      const { h, g, start } = gram(seed, 9, k);
      const quadraticAt = (z: ArrayLike<number>) => {
        let sum = 0;
        for (let i = 0; i < k; i++) {
          sum += g[i] * z[i];
          for (let j = 0; j < k; j++) sum += (z[i] * h[i * k + j] * z[j]) / 2;
        }
        return sum;
      };
      let best = 0;
      for (let support = 1; support < 2 ** k; support++) {
        const own = [...Array(k).keys()].filter((i) => (support >> i) & 1);
        const z = solved(
          own.map((i) => own.map((j) => h[i * k + j])),
          own.map((i) => -g[i]),
        );
        if (z.some((x) => x < 0)) continue;
        const whole = new Float64Array(k);
        own.forEach((i, a) => {
          whole[i] = z[a];
        });
        best = Math.min(best, quadraticAt(whole));
      }
      expect(quadraticAt(nonnegativeMinimum(h, g, start))).toBeCloseTo(best, 9);
    }
  });

  it("has slope 0 where it is positive and no negative slope elsewhere, with copies among many entries", () => {
    for (const [seed, k] of [
      [1, 40],
      [2, 120],
      [3, 200],
    ]) {
      const { h, g, start } = gram(seed, 100, k, 8);
      const z = nonnegativeMinimum(h, g, start);
      const size = Math.max(...g.map(Math.abs));
      for (let i = 0; i < k; i++) {
        let slope = g[i];
        for (let j = 0; j < k; j++) slope += h[i * k + j] * z[j];
        if (z[i] > 0) expect(Math.abs(slope)).toBeLessThan(1e-8 * size);
        else expect(slope).toBeGreaterThan(-1e-8 * size);
      }
      expect(z.some((x) => x > 0)).toBe(true);
    }
  });
});
