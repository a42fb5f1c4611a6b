/** The kink-exact climb on Σ w_n (v_n · u)₊, against grids and random directions. */
import { describe, expect, it } from "vitest";
import { neuronClimb } from "../../../engine/src/certify/polar/neuron-climb.ts";
import { normalStream } from "../../../engine/src/linalg/random.ts";

function value(rows: readonly Float64Array[], w: Float64Array, u: Float64Array): number {
  return rows.reduce(
    (sum, row, n) =>
      sum +
      w[n] *
        Math.max(
          0,
          row.reduce((all, x, i) => all + x * u[i], 0),
        ),
    0,
  );
}

function problem(seed: number, samples: number, features: number) {
  const normal = normalStream(seed);
  const rows = Array.from({ length: samples }, () => Float64Array.from({ length: features }, normal));
  return { rows, w: Float64Array.from({ length: samples }, normal), normal };
}

function climbNeuron(rows: readonly Float64Array[], w: Float64Array, start: Float64Array): Float64Array | undefined {
  const flat = Float64Array.from(rows.flatMap((row) => [...row]));
  return neuronClimb({ rows: flat, features: start.length })(w, start);
}

describe("neuronClimb", () => {
  it("reaches a unit vector that no small move improves, kinks included", () => {
    for (let seed = 1; seed <= 20; seed++) {
      const { rows, w, normal } = problem(seed, 15, 3);
      const u = climbNeuron(rows, w, Float64Array.from({ length: 3 }, normal));
      if (u === undefined) continue;
      expect(Math.hypot(...u)).toBeCloseTo(1, 12);
      const best = value(rows, w, u);
      for (let k = 0; k < 300; k++) {
        const moved = u.map((x) => x + 10 ** -(2 + (k % 5)) * normal());
        const length = Math.hypot(...moved);
        expect(value(rows, w, moved) / length).toBeLessThanOrEqual(best * (1 + 1e-9));
      }
    }
  });

  it("in the plane, the best of all climbs is the maximum over a fine grid of angles", () => {
    for (let seed = 1; seed <= 20; seed++) {
      const { rows, w } = problem(seed, 12, 2);
      const at = (angle: number) => Float64Array.of(Math.cos(angle), Math.sin(angle));
      let grid = 0;
      for (let k = 0; k < 20000; k++) grid = Math.max(grid, value(rows, w, at((2 * Math.PI * k) / 20000)));
      let best = 0;
      for (let k = 0; k < 24; k++) {
        const u = climbNeuron(rows, w, at((2 * Math.PI * k) / 24));
        if (u !== undefined) best = Math.max(best, value(rows, w, u));
      }
      expect(best).toBeGreaterThanOrEqual(grid * (1 - 1e-12));
      expect(best).toBeLessThanOrEqual(grid * (1 + 1e-3) + 1e-12);
    }
  });

  it("finds nothing where f is not positive, and copes with rows of zeros", () => {
    const rows = [Float64Array.of(1, 0), Float64Array.of(0, 1), Float64Array.of(0, 0)];
    expect(climbNeuron(rows, Float64Array.of(-1, -1, 1), Float64Array.of(1, 1))).toBeUndefined();
    const u = climbNeuron(rows, Float64Array.of(3, 4, 5), Float64Array.of(1, 1));
    expect(u?.[0]).toBeCloseTo(0.6, 12);
    expect(u?.[1]).toBeCloseTo(0.8, 12);
  });

  it("ends on many kinks at once in twenty dimensions, where no small move improves; fewer steps get part of the way", () => {
    for (let seed = 1; seed <= 5; seed++) {
      const { rows, w, normal } = problem(seed, 300, 20);
      const flat = Float64Array.from(rows.flatMap((row) => [...row]));
      const climb = neuronClimb({ rows: flat, features: 20 });
      const start = Float64Array.from({ length: 20 }, normal);
      const u = climb(w, start);
      const part = climb(w, start, { steps: 5 });
      expect(u).toBeDefined();
      if (u === undefined || part === undefined) continue;
      const best = value(rows, w, u);
      expect(value(rows, w, part)).toBeLessThanOrEqual(best);
      const kinks = rows.filter((row) => Math.abs(row.reduce((sum, x, i) => sum + x * u[i], 0)) < 1e-9);
      expect(kinks.length).toBeGreaterThan(3);
      for (let k = 0; k < 400; k++) {
        const moved = u.map((x) => x + 10 ** -(3 + (k % 4)) * normal());
        expect(value(rows, w, moved) / Math.hypot(...moved)).toBeLessThanOrEqual(best * (1 + 1e-9));
      }
    }
  });

  it("copes with samples that coincide, are opposite, or are zero", () => {
    const { rows, w, normal } = problem(11, 30, 4);
    const doubled = [
      ...rows,
      ...rows,
      ...rows.map((row) => row.map((x) => -x)),
      ...rows.map((row) => row.map(() => 0)),
    ];
    const weights = Float64Array.from([...w, ...w, ...w.map((x) => x / 2), ...w]);
    for (let k = 0; k < 10; k++) {
      const u = climbNeuron(doubled, weights, Float64Array.from({ length: 4 }, normal));
      if (u === undefined) continue;
      const best = value(doubled, weights, u);
      for (let j = 0; j < 200; j++) {
        const moved = u.map((x) => x + 10 ** -(3 + (j % 4)) * normal());
        expect(value(doubled, weights, moved) / Math.hypot(...moved)).toBeLessThanOrEqual(best * (1 + 1e-9));
      }
    }
  });
});
