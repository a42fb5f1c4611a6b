/** Numbers and patterns for the kernels' tests. */
import fc from "fast-check";
import { expect } from "vitest";
import { type Observed, observedEntries } from "../../../../engine/src/linalg/observed.ts";
import { normalStream } from "../../../../engine/src/linalg/random.ts";

/** What arithmetic is hard on: signed zeros, subnormals, infinities, what is not a number. */
const SPECIAL = [0, -0, Number.NaN, Number.POSITIVE_INFINITY, -1e308, 5e-324, -1e-310, 2 ** 600, 2 ** -600];

export interface Numbers {
  /** So many numbers, of which a share is special. */
  take(count: number): Float64Array;
}

export function numbersOf(seed: number, specialShare = 0): Numbers {
  const normal = normalStream(seed);
  const period = specialShare > 0 ? Math.round(1 / specialShare) : Number.POSITIVE_INFINITY;
  let drawn = 0;
  return {
    take: (count) =>
      Float64Array.from({ length: count }, () => {
        drawn++;
        return drawn % period === 0 ? SPECIAL[(drawn / period) % SPECIAL.length] : normal();
      }),
  };
}

/** A seed and how many of the numbers are special. */
export const draws = fc.record({ seed: fc.nat(1e6), specialShare: fc.constantFrom(0, 0, 0.01, 0.2) });

/** A pattern of about density · rows · columns entries. */
export function patternOf(rows: number, columns: number, density: number, { take }: Numbers): Observed {
  const places = take(rows * columns);
  const cut = density >= 1 ? Number.POSITIVE_INFINITY : Math.log(density / (1 - density)) / 1.7;
  return observedEntries(take(rows * columns), rows, columns, (k) => !(places[k] > cut));
}

/** Equal bit for bit, but for which NaN it is. */
export function expectSame(actual: Float64Array, expected: Float64Array): void {
  expect(actual.length).toBe(expected.length);
  for (let k = 0; k < actual.length; k++) {
    if (!Object.is(actual[k], expected[k])) expect(`${k}: ${actual[k]}`).toBe(`${k}: ${expected[k]}`);
  }
}

export function runToEnd<Result>(steps: Generator<void, Result>): Result {
  let step = steps.next();
  while (!step.done) step = steps.next();
  return step.value;
}
