/** Reflections and rotations: compiled and plain alike, bit for bit. What they are good for is tested with the eigensolvers. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { householder, turnedRows } from "../../../../engine/src/linalg/kernels/householder.ts";
import type { Arithmetic } from "../../../../engine/src/linalg/kernels/loader.ts";
import { symmetricEigen } from "../../../../engine/src/linalg/symmetric-eigen.ts";
import { draws, expectSame, numbersOf } from "./kernel-data.ts";

const BOTH: readonly Arithmetic[] = ["compiled", "plain"];

describe("householder", () => {
  it("gives the same form, reflections and rotations compiled and plain, bit for bit", () => {
    fc.assert(
      fc.property(fc.integer({ min: 14, max: 45 }), draws, (n, { seed, specialShare }) => {
        const [compiled, plain] = BOTH.map((arithmetic) => {
          const { take } = numbersOf(seed, specialShare);
          const form = householder(n, arithmetic)();
          form.matrix.set(take(n * n));
          form.cosines.set(take(n));
          form.sines.set(take(n));
          form.tridiagonalize();
          form.accumulate();
          const [diagonal, beside] = [form.diagonal.slice(), form.beside.slice(0, n - 1)];
          const q = form.rows.slice();
          form.turn(0, n - 2);
          form.turn(3, 3);
          return [diagonal, beside, q, form.rows.slice()];
        });
        for (const [k, numbers] of compiled.entries()) expectSame(numbers, plain[k]);
      }),
      { seed: 11, numRuns: 60 },
    );
  });

  it("has room for one problem after the other, however many there were", () => {
    const { take } = numbersOf(5);
    const next = householder(20);
    const a = take(400);
    const forms = [a, take(400), a].map((matrix) => {
      const form = next();
      form.matrix.set(matrix);
      form.tridiagonalize();
      return form.diagonal.slice();
    });
    expectSame(forms[2], forms[0]);
    expect(forms[1]).not.toEqual(forms[0]);
  });
});

describe("turnedRows", () => {
  it("begins with zeros, and turns rows of any width alike", () => {
    for (const width of [1, 7, 14, 15, 16, 33]) {
      const [compiled, plain] = BOTH.map((arithmetic) => {
        const { take } = numbersOf(width, 0.1);
        const turned = turnedRows(19, width, arithmetic);
        expect(turned.rows.every((x) => x === 0)).toBe(true);
        turned.rows.set(take(19 * width));
        turned.cosines.set(take(19));
        turned.sines.set(take(19));
        turned.turn(2, 17);
        return turned.rows.slice();
      });
      expectSame(compiled, plain);
    }
  });
});

describe("symmetricEigen", () => {
  it("finds the same pairs compiled and plain, bit for bit", () => {
    for (const n of [1, 2, 13, 14, 15, 30, 61]) {
      const a = numbersOf(n).take(n * n);
      const [compiled, plain] = BOTH.map((arithmetic) => {
        const { solve, largest, values, vectors } = symmetricEigen(n, arithmetic);
        expect(solve(a)).toBe(true);
        return [values, vectors, Float64Array.of(largest(a))];
      });
      for (const [k, numbers] of compiled.entries()) expectSame(numbers, plain[k]);
    }
  });
});
