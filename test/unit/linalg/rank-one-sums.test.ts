import "../../support/fixed-seed.ts";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { normalStream } from "../../../engine/src/linalg/random.ts";
import {
  correlateTensorInto,
  inCoordinates,
  rankOneSumInto,
  splitAxes,
} from "../../../engine/src/linalg/rank-one-sums.ts";
import { spanOf } from "../../../engine/src/linalg/span.ts";

const shapes = fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 2, maxLength: 4 });
const cases = fc.record({ lengths: shapes, r: fc.integer({ min: 1, max: 5 }), seed: fc.integer() });

function normals(length: number, normal: () => number): Float64Array {
  return Float64Array.from({ length }, normal);
}

function sizeOf(lengths: readonly number[]): number {
  return lengths.reduce((all, length) => all * length, 1);
}

/** Every place of the tensor in row-major order. */
function placesOf(lengths: readonly number[]): number[][] {
  return lengths.reduce<number[][]>(
    (places, length) => places.flatMap((place) => Array.from({ length }, (_, i) => [...place, i])),
    [[]],
  );
}

function close(actual: ArrayLike<number>, expected: ArrayLike<number>): void {
  expect(actual.length).toBe(expected.length);
  for (let k = 0; k < expected.length; k++) expect(actual[k]).toBeCloseTo(expected[k], 10);
}

describe("sums of rank-one tensors", () => {
  it("are the sums of products, entry by entry", () => {
    fc.assert(
      fc.property(cases, ({ lengths, r, seed }) => {
        const normal = normalStream(seed);
        const factors = lengths.map((length) => normals(length * r, normal));
        const out = new Float64Array(sizeOf(lengths));
        rankOneSumInto(out, splitAxes(lengths), factors, r);
        const expected = placesOf(lengths).map((place) => {
          let sum = 0;
          for (let b = 0; b < r; b++) sum += place.reduce((all, i, k) => all * factors[k][i * r + b], 1);
          return sum;
        });
        close(out, expected);
      }),
    );
  });

  it("have the gradients of the inner product with a tensor", () => {
    fc.assert(
      fc.property(cases, ({ lengths, r, seed }) => {
        const normal = normalStream(seed);
        const factors = lengths.map((length) => normals(length * r, normal));
        const tensor = normals(sizeOf(lengths), normal);
        const out = factors.map((factor) => new Float64Array(factor.length));
        correlateTensorInto(out, tensor, splitAxes(lengths), factors, r);
        const places = placesOf(lengths);
        lengths.forEach((length, k) => {
          const expected = new Float64Array(length * r);
          places.forEach((place, at) => {
            for (let b = 0; b < r; b++) {
              const rest = place.reduce((all, i, j) => (j === k ? all : all * factors[j][i * r + b]), 1);
              expected[place[k] * r + b] += tensor[at] * rest;
            }
          });
          close(out[k], expected);
        });
      }),
    );
  });

  it("a tensor in other coordinates is its product with every basis", () => {
    fc.assert(
      fc.property(cases, ({ lengths, seed }) => {
        const normal = normalStream(seed);
        const tensor = normals(sizeOf(lengths), normal);
        const bases = lengths.map((length, k) => ({
          columns: 1 + (k % 2),
          values: normals(length * (1 + (k % 2)), normal),
        }));
        const places = placesOf(lengths);
        const expected = placesOf(bases.map(({ columns }) => columns)).map((to) =>
          places.reduce(
            (sum, place, at) =>
              sum + place.reduce((all, i, k) => all * bases[k].values[i * bases[k].columns + to[k]], tensor[at]),
            0,
          ),
        );
        close(inCoordinates(tensor, lengths, bases), expected);
      }),
    );
  });
});

describe("a basis of a span", () => {
  it("is orthonormal and keeps every vector, copies and zeros included", () => {
    fc.assert(
      fc.property(fc.integer({ min: 9, max: 20 }), fc.integer(), (length, seed) => {
        const normal = normalStream(seed);
        const r = 3;
        const a = normals(length * r, normal);
        for (let i = 0; i < length; i++) a[i * r + 2] = a[i * r];
        const zero = new Float64Array(length * r);
        const { columns, values } = spanOf([a, zero], length, r);
        expect(columns).toBe(2);
        for (let x = 0; x < columns; x++) {
          for (let y = 0; y < columns; y++) {
            let inner = 0;
            for (let i = 0; i < length; i++) inner += values[i * columns + x] * values[i * columns + y];
            expect(inner).toBeCloseTo(x === y ? 1 : 0, 14);
          }
        }
        for (let b = 0; b < r; b++) {
          const rest = Float64Array.from({ length }, (_, i) => a[i * r + b]);
          for (let x = 0; x < columns; x++) {
            let inner = 0;
            for (let i = 0; i < length; i++) inner += values[i * columns + x] * a[i * r + b];
            for (let i = 0; i < length; i++) rest[i] -= inner * values[i * columns + x];
          }
          expect(Math.hypot(...rest)).toBeLessThan(1e-13 * length);
        }
      }),
    );
  });

  it("is everything where there are as many vectors as numbers in one", () => {
    const { columns, values } = spanOf([Float64Array.of(1, 2, 3, 4)], 2, 2);
    expect(columns).toBe(2);
    expect([...values]).toEqual([1, 0, 0, 1]);
  });
});
