import { describe, expect, it } from "vitest";
import type { SeriesDelta } from "../../../extension/protocol/panel.ts";
import { decimate, sampleIndices } from "../../../webview/charts/decimate.ts";
import { appendDeltaInto, emptySeries, GAP_FLOOR, relativeGap } from "../../../webview/series.ts";

function delta(
  runId: number,
  from: number,
  objective: readonly number[],
  lowerBound = objective.map(() => Number.NaN),
) {
  return {
    runId,
    from,
    iteration: Float64Array.from(objective, (_, index) => from + index),
    seconds: Float64Array.from(objective, (_, index) => (from + index) / 10),
    objective: Float64Array.from(objective),
    lowerBound: Float64Array.from(lowerBound),
  } satisfies SeriesDelta;
}

describe("series", () => {
  it("grows by deltas and answers how many points it has", () => {
    const series = emptySeries(-1);
    expect(appendDeltaInto(series, delta(1, 0, [5, 4]))).toBe(2);
    expect(appendDeltaInto(series, delta(1, 2, [3]))).toBe(3);
    expect([...series.objective.subarray(0, series.length)]).toEqual([5, 4, 3]);
    expect([...series.iteration.subarray(0, series.length)]).toEqual([0, 1, 2]);
  });

  it("keeps its points through many growths", () => {
    const series = emptySeries(1);
    for (let from = 0; from < 5000; from += 100) {
      appendDeltaInto(
        series,
        delta(
          1,
          from,
          Array.from({ length: 100 }, (_, index) => from + index),
        ),
      );
    }
    expect(series.length).toBe(5000);
    expect(series.objective.subarray(0, 5000).every((value, index) => value === index)).toBe(true);
  });

  it("drops a delta with a hole before it and says where to go on", () => {
    const series = emptySeries(1);
    appendDeltaInto(series, delta(1, 0, [5, 4]));
    expect(appendDeltaInto(series, delta(1, 7, [1]))).toBe(2);
    expect(series.length).toBe(2);
  });

  it("starts again at 0, also shorter, and for another run only from 0", () => {
    const series = emptySeries(1);
    appendDeltaInto(series, delta(1, 0, [5, 4, 3]));
    expect(appendDeltaInto(series, delta(1, 0, [9]))).toBe(1);
    expect(appendDeltaInto(series, delta(2, 1, [8]))).toBe(0);
    expect(series.runId).toBe(1);
    expect(appendDeltaInto(series, delta(2, 0, [8]))).toBe(1);
    expect(series.runId).toBe(2);
  });

  it("has a gap where a bound is proven, never below the floor", () => {
    const series = emptySeries(1);
    appendDeltaInto(series, delta(1, 0, [10, 10, 10], [Number.NaN, 9, 10]));
    expect(series.logGap[0]).toBeNaN();
    expect(series.logGap[1]).toBeCloseTo(-1);
    expect(series.logGap[2]).toBeCloseTo(Math.log10(GAP_FLOOR));
    expect(relativeGap(0, -1)).toBeNaN();
    expect(relativeGap(Number.NaN, 1)).toBeNaN();
  });
});

describe("decimate", () => {
  const length = 20_000;
  const x = Float64Array.from({ length }, (_, index) => index);

  it("keeps everything where there is room", () => {
    expect([...decimate(x, [x], 5, 100)]).toEqual([0, 1, 2, 3, 4]);
  });

  it("keeps the ends, every peak and the order, with few points", () => {
    const y = Float64Array.from({ length }, (_, index) => Math.sin(index / 50));
    y[12_345] = 7;
    y[777] = -9;
    const kept = [...decimate(x, [y], length, 200)];
    expect(kept.length).toBeLessThanOrEqual(800);
    expect(kept).toEqual([...new Set(kept)].sort((a, b) => a - b));
    for (const index of [0, 777, 12_345, length - 1]) expect(kept).toContain(index);
  });

  it("passes over missing values and piles of equal x", () => {
    const y = new Float64Array(length).fill(Number.NaN);
    y[500] = 1;
    expect([...decimate(x, [y], length, 50)]).toContain(500);
    const same = new Float64Array(length).fill(3);
    expect([...decimate(same, [y], length, 50)]).toEqual([0, 500, length - 1]);
  });
});

describe("sampleIndices", () => {
  it("spreads over all points with both ends", () => {
    expect(sampleIndices(3, 10)).toEqual([0, 1, 2]);
    const sample = sampleIndices(1000, 5);
    expect(sample).toEqual([0, 250, 500, 749, 999]);
  });
});
