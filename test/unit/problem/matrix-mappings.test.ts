/** Matrix, symmetric and CP mappings under every observation, against brute force over all entries and exact arithmetic. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Observed } from "../../../engine/src/linalg/observed.ts";
import { denseOf, observedEntries } from "../../../engine/src/linalg/observed.ts";
import { normalStream, uniformStream } from "../../../engine/src/linalg/random.ts";
import { dot } from "../../../engine/src/linalg/vector.ts";
import type { Factors } from "../../../engine/src/problem/factors.ts";
import { cpMapping } from "../../../engine/src/problem/mapping/cp.ts";
import type { Mapping } from "../../../engine/src/problem/mapping/mapping.ts";
import { isZero, sizesOf } from "../../../engine/src/problem/mapping/mapping.ts";
import { matrixMapping } from "../../../engine/src/problem/mapping/matrix.ts";
import type { Observation } from "../../../engine/src/problem/mapping/observation.ts";
import { entryObservation, matrixSensing, rankOneSensing } from "../../../engine/src/problem/mapping/observations.ts";
import { symmetricMapping } from "../../../engine/src/problem/mapping/symmetric.ts";
import { isWithin } from "../../support/rational.ts";

/** One term of an observed number: a coefficient times one entry of every factor (its place in the flat array). */
type Term = { readonly coefficient: readonly number[]; readonly at: readonly number[] };
/** x_k as a list of terms over all branches, written down from the definition. */
type Definition = (k: number, r: number) => Term[];

interface Case {
  readonly name: string;
  readonly mapping: Mapping;
  readonly count: number;
  readonly definition: Definition;
}

const range = (n: number) => Array.from({ length: n }, (_, i) => i);

function draw(count: number, normal: () => number): Float64Array {
  return Float64Array.from({ length: count }, normal);
}

function placesOf(table: Observed): (readonly [number, number])[] {
  return range(table.rows).flatMap((i) =>
    Array.from(table.column.subarray(table.rowStart[i], table.rowStart[i + 1]), (j) => [i, j] as const),
  );
}

function masked(rows: number, columns: number, seed: number): Observed {
  const uniform = uniformStream(seed);
  const keep = range(rows * columns).map((k) => k === 0 || uniform() < 0.6);
  return observedEntries(new Float64Array(rows * columns), rows, columns, (k) => keep[k] === true);
}

function casesOf(seed: number): Case[] {
  const normal = normalStream(seed);
  const cases: Case[] = [];
  const add = (
    name: string,
    observation: Observation,
    weight: (k: number, i: number, j: number) => readonly number[],
  ) => {
    const { rows, columns } = observation;
    const definition: Definition = (k, r) =>
      range(rows).flatMap((i) =>
        range(columns).flatMap((j) => {
          const coefficient = weight(k, i, j);
          return coefficient.includes(0) ? [] : range(r).map((b) => ({ coefficient, at: [i * r + b, j * r + b] }));
        }),
      );
    const { count } = observation;
    cases.push({ name: `matrix, ${name}`, mapping: matrixMapping(observation), count, definition });
    if (rows === columns) {
      cases.push({ name: `symmetric, ${name}`, mapping: symmetricMapping(observation), count, definition });
    }
  };
  for (const [rows, columns] of [
    [4, 3],
    [3, 3],
  ] as const) {
    const pattern = masked(rows, columns, seed + rows);
    const places = placesOf(pattern);
    add(`entries ${rows}×${columns}`, entryObservation(pattern), (k, i, j) =>
      places[k]?.[0] === i && places[k]?.[1] === j ? [1] : [0],
    );
    const data = draw(5 * rows * columns, normal);
    add(`sensing ${rows}×${columns}`, matrixSensing({ shape: [5, rows, columns], data }), (k, i, j) => [
      data[(k * rows + i) * columns + j],
    ]);
  }
  const vectors = draw(6 * 4, normal);
  add("rank-one", rankOneSensing({ shape: [6, 4], data: vectors }), (k, i, j) => [
    vectors[k * 4 + i],
    vectors[k * 4 + j],
  ]);
  for (const lengths of [
    [3, 4],
    [3, 2, 4],
    [2, 3, 2, 3],
    [1, 2, 1],
  ]) {
    const columns = lengths.slice(1).reduce((all, n) => all * n, 1);
    const entries = masked(lengths[0], columns, seed + columns);
    const places = placesOf(entries);
    cases.push({
      name: `cp ${lengths.join("×")}`,
      mapping: cpMapping(entries, lengths),
      count: places.length,
      definition: (k, r) => {
        const indices: number[] = [];
        let rest = places[k][1];
        for (let axis = lengths.length - 1; axis > 0; axis--) {
          indices.unshift(rest % lengths[axis]);
          rest = Math.floor(rest / lengths[axis]);
        }
        indices.unshift(places[k][0]);
        return range(r).map((b) => ({ coefficient: [], at: indices.map((index) => index * r + b) }));
      },
    });
  }
  return cases;
}

/** The factors of a term; a symmetric mapping has its one factor twice. */
function numbersOf({ coefficient, at }: Term, values: readonly Float64Array[]): number[] {
  return [...coefficient, ...at.map((place, k) => (values[k] ?? values[0])[place])];
}

function factorsFor(mapping: Mapping, r: number, normal: () => number, scale = 1): Factors {
  return { branches: r, values: sizesOf(mapping).map((size) => draw(size * r, normal).map((x) => x * scale)) };
}

function predictionOf(mapping: Mapping, count: number, factors: Factors): Float64Array {
  const x = new Float64Array(count).fill(Number.NaN);
  mapping.predictInto(x, factors);
  return x;
}

function gradientOf(mapping: Mapping, w: Float64Array, factors: Factors): Float64Array[] {
  const out = factors.values.map((value) => new Float64Array(value.length).fill(7));
  mapping.correlateInto(out, w, factors);
  return out;
}

describe.each(casesOf(11).map((given) => [given.name, given] as const))("%s", (_, { mapping, count, definition }) => {
  it.each([1, 2, 5])("predicts what the definition says, %i branches", (r) => {
    const factors = factorsFor(mapping, r, normalStream(5 + r));
    const x = predictionOf(mapping, count, factors);
    for (let k = 0; k < count; k++) {
      const expected = definition(k, r).reduce(
        (sum, term) => sum + numbersOf(term, factors.values).reduce((all, y) => all * y, 1),
        0,
      );
      expect(x[k]).toBeCloseTo(expected, 11);
    }
  });

  it("has the gradient that differences have", () => {
    const normal = normalStream(21);
    const factors = factorsFor(mapping, 3, normal);
    const w = draw(count, normal);
    const gradient = gradientOf(mapping, w, factors);
    const size = Math.hypot(...gradient.map((g) => Math.hypot(...g)));
    factors.values.forEach((value, k) => {
      for (let at = 0; at < value.length; at++) {
        const moved = (step: number) => {
          const copy = value.slice();
          copy[at] += step;
          return dot(w, predictionOf(mapping, count, { branches: 3, values: factors.values.with(k, copy) }));
        };
        const h = 1e-4;
        // Fourth order: exact up to rounding for polynomials of degree 4 in one variable.
        const difference = (8 * (moved(h) - moved(-h)) - (moved(2 * h) - moved(-2 * h))) / (12 * h);
        expect(Math.abs(gradient[k][at] - difference)).toBeLessThanOrEqual(1e-9 * size);
      }
    });
  });

  it("is homogeneous of its degree, in every factor alone and in all jointly", () => {
    const factors = factorsFor(mapping, 2, normalStream(8));
    const x = predictionOf(mapping, count, factors);
    const scaled = (value: Float64Array) => value.map((y) => y * 2);
    mapping.factors.forEach(({ degree }, k) => {
      const one = { branches: 2, values: factors.values.with(k, scaled(factors.values[k])) };
      // A power of two: nothing is rounded.
      expect(predictionOf(mapping, count, one)).toEqual(x.map((y) => y * 2 ** (degree ?? 0)));
    });
    const all = { branches: 2, values: factors.values.map(scaled) };
    expect(predictionOf(mapping, count, all)).toEqual(x.map((y) => y * 2 ** (mapping.degree ?? 0)));
  });

  it("bounds the rounding of its predictions, decided in exact arithmetic", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 4 }),
        fc.integer(),
        fc.constantFrom(1, 1e-60, 1e40, 1e-110),
        (r, seed, scale) => {
          const factors = factorsFor(mapping, r, normalStream(seed), scale);
          const x = predictionOf(mapping, count, factors);
          const exact = range(count).map((k) => definition(k, r).map((term) => numbersOf(term, factors.values)));
          expect(isWithin([...x], exact, mapping.predictionError(factors))).toBe(true);
        },
      ),
      { numRuns: 12 },
    );
  });

  it("has a rounding bound of the size of rounding, and 0 for zero factors", () => {
    const factors = factorsFor(mapping, 2, normalStream(4));
    const x = predictionOf(mapping, count, factors);
    expect(mapping.predictionError(factors)).toBeLessThanOrEqual(1e-12 * (1 + Math.hypot(...x)));
    expect(mapping.predictionError({ branches: 2, values: factors.values.map((value) => value.slice().fill(0)) })).toBe(
      0,
    );
  });

  it("knows a zero branch", () => {
    const { values } = factorsFor(mapping, 1, normalStream(4));
    expect(isZero(mapping, values)).toBe(false);
    values.forEach((value, k) => {
      expect(isZero(mapping, values.with(k, new Float64Array(value.length)))).toBe(true);
    });
  });
});

describe.each(
  casesOf(12).flatMap(({ name, mapping, count, definition }) =>
    mapping.kind === "matrix" ? [[name, mapping, count, definition] as const] : [],
  ),
)("adjoint of %s", (_, { observation }, count, definition) => {
  it("⟨A(U Vᵀ), w⟩ = ⟨U Vᵀ, A*(w)⟩", () => {
    const normal = normalStream(31);
    const [u, v] = [draw(observation.rows * 3, normal), draw(observation.columns * 3, normal)];
    const w = draw(count, normal);
    const x = new Float64Array(count);
    observation.applyInto(x, u, v, 3);
    const table = denseOf(observation.adjoint(w));
    let right = 0;
    for (let i = 0; i < observation.rows; i++) {
      for (let j = 0; j < observation.columns; j++) {
        for (let b = 0; b < 3; b++) right += u[i * 3 + b] * v[j * 3 + b] * table[i * observation.columns + j];
      }
    }
    expect(dot(x, w)).toBeCloseTo(right, 11);
  });

  it("bounds the rounding of A*(w), decided in exact arithmetic", () => {
    fc.assert(
      fc.property(fc.integer(), fc.constantFrom(1, 1e-90, 1e90), (seed, scale) => {
        const w = draw(count, normalStream(seed)).map((x) => x * scale);
        const { rows, columns } = observation;
        const exact = Array.from({ length: rows * columns }, (): number[][] => []);
        for (let k = 0; k < count; k++) {
          for (const { coefficient, at } of definition(k, 1))
            exact[at[0] * columns + at[1]].push([w[k], ...coefficient]);
        }
        expect(isWithin([...denseOf(observation.adjoint(w))], exact, observation.adjointError(w))).toBe(true);
      }),
      { numRuns: 20 },
    );
  });
});

describe("cp of order 2", () => {
  it("is the matrix mapping, to the last bit", () => {
    const pattern = masked(5, 4, 3);
    const [cp, matrix] = [cpMapping(pattern, [5, 4]), matrixMapping(entryObservation(pattern))];
    const factors = factorsFor(cp, 3, normalStream(2));
    const count = pattern.value.length;
    expect(predictionOf(cp, count, factors)).toEqual(predictionOf(matrix, count, factors));
    const w = draw(count, normalStream(9));
    expect(gradientOf(cp, w, factors)).toEqual(gradientOf(matrix, w, factors));
  });
});
