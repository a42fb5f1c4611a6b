import { describe, expect, it } from "vitest";
import type { Observed } from "../../../engine/src/linalg/observed.ts";
import { denseOf, observedEntries } from "../../../engine/src/linalg/observed.ts";
import { slicesAlong, unfold } from "../../../engine/src/linalg/tensor.ts";

const lengths = [3, 2, 4, 2];
/** The value of an entry tells its place: 1000 i + 100 j + 10 k + l + 1. */
const place = (index: readonly number[]) => index.reduce((number, i) => number * 10 + i, 0) + 1;
const indices = Array.from({ length: 48 }, (_, at) => [
  Math.floor(at / 16),
  Math.floor(at / 8) % 2,
  Math.floor(at / 2) % 4,
  at % 2,
]);
const keep = (index: readonly number[]) => place(index) % 3 !== 0;
const tensor = {
  lengths,
  entries: observedEntries(Float64Array.from(indices, place), 3, 16, (at) => keep(indices[at])),
};

function offset(index: readonly number[], axes: readonly number[]): number {
  return axes.reduce((at, axis) => at * lengths[axis] + index[axis], 0);
}

function expectAscending({ rows, rowStart, column }: Observed): void {
  for (let i = 0; i < rows; i++) {
    const line = column.subarray(rowStart[i], rowStart[i + 1]);
    expect([...line]).toEqual([...new Set(line)].sort((x, y) => x - y));
  }
}

describe("unfold", () => {
  it.each([[[0]], [[1]], [[3]], [[0, 2]], [[1, 2]], [[0, 1, 3]]])("axes %j on the rows", (rowAxes) => {
    const table = unfold(tensor, rowAxes);
    const columnAxes = [0, 1, 2, 3].filter((axis) => !rowAxes.includes(axis));
    const dense = denseOf(table);
    expect(table.rows * table.columns).toBe(48);
    for (const index of indices) {
      const at = offset(index, rowAxes) * table.columns + offset(index, columnAxes);
      expect(dense[at]).toBe(keep(index) ? place(index) : 0);
    }
    expectAscending(table);
  });
});

describe("slicesAlong", () => {
  it.each([0, 1, 2, 3])("axis %i", (axis) => {
    const slices = slicesAlong(tensor, axis);
    const rest = [0, 1, 2, 3].filter((other) => other !== axis);
    expect(slices.length).toBe(lengths[axis]);
    const dense = slices.map(({ entries }) => denseOf(entries));
    for (const index of indices) {
      expect(dense[index[axis]][offset(index, rest)]).toBe(keep(index) ? place(index) : 0);
    }
    for (const slice of slices) {
      expect(slice.lengths).toEqual(rest.map((other) => lengths[other]));
      expect(slice.entries.rows).toBe(lengths[rest[0]]);
      expectAscending(slice.entries);
    }
  });
});
