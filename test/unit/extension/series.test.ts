import { describe, expect, it } from "vitest";
import { decimate, Series } from "../../../extension/runs/series.ts";
import { columnsOf } from "./samples.ts";

describe("the series of a run", () => {
  it("keeps every point below its limit, in order", () => {
    const series = new Series();
    for (let from = 0; from < 5000; from += 7)
      series.append(
        columnsOf(
          Array.from({ length: 7 }, (_, i) => from + i),
          from,
        ),
      );
    expect(series.length).toBe(5005);
    expect(series.generation).toBe(0);
    expect([...series.slice(5000).objective]).toEqual([5000, 5001, 5002, 5003, 5004]);
  });

  it("hands out copies", () => {
    const series = new Series();
    series.append(columnsOf([1, 2]));
    series.slice().objective[0] = 99;
    expect(series.slice().objective[0]).toBe(1);
  });

  it("stays within its limit over a long run and never loses a peak or the last point", () => {
    const series = new Series(300);
    for (let i = 0; i < 10_000; i++) series.append(columnsOf([i === 4321 ? 1e6 : i === 777 ? -1e6 : Math.sin(i)], i));
    const { objective, iteration } = series.slice();
    expect(series.length).toBeLessThanOrEqual(300);
    expect(Math.max(...objective)).toBe(1e6);
    expect(Math.min(...objective)).toBe(-1e6);
    expect(iteration[0]).toBe(0);
    expect(iteration.at(-1)).toBe(9999);
    expect([...iteration]).toEqual([...iteration].sort((a, b) => a - b));
    expect(series.generation).toBeGreaterThan(0);
  });

  it("thins one huge batch at once", () => {
    const series = new Series(100);
    series.append(columnsOf(Array.from({ length: 5000 }, (_, i) => -i)));
    expect(series.length).toBeLessThanOrEqual(100);
    expect(series.slice().objective.at(-1)).toBe(-4999);
  });

  it("finds the extremes of a bucket that starts with NaN", () => {
    const values = Array.from({ length: 100 }, (_, i) => (i % 10 === 1 ? Number.NaN : i === 55 ? -7 : i));
    const thinned = decimate(columnsOf(values), 20);
    expect(Math.min(...[...thinned.objective].filter((value) => !Number.isNaN(value)))).toBe(-7);
    expect(thinned.objective.length).toBeLessThanOrEqual(20);
  });
});
