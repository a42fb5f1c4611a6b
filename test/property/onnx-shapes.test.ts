/** Shapes of ONNX graphs against counting by hand: windows that fit, entries that a slice takes, numbers that a reshape holds. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readOnnx } from "../../engine/src/homogeneity/onnx.ts";
import { encoderBlock, type OnnxBuilder, onnxModel, shapeChain, viewed } from "../support/onnx-models.ts";

type Lengths = readonly (number | string)[];
type Shape = readonly (number | null)[] | undefined;

function shapesOf(bytes: Uint8Array): ReadonlyMap<string, Shape> {
  const read = readOnnx(bytes);
  if (!read.ok) throw new Error("not read");
  return new Map(read.graph.nodes.map(({ layer, shape }) => [layer, shape]));
}
const lastShape = (input: Lengths, build: (m: OnnxBuilder, x: string) => string): Shape =>
  [...shapesOf(onnxModel(input, build)).values()].at(-1);

/** Where windows may begin so that all of each lies on the padded axis. */
function windows(
  length: number,
  size: number,
  stride: number,
  dilation: number,
  before: number,
  after: number,
): number {
  let count = 0;
  for (let start = -before; start + dilation * (size - 1) < length + after; start += stride) count++;
  return count;
}

/** The indices that a slice takes, one by one: as Python's, but that a start before the axis is its first entry backwards too. */
function taken(length: number, start: number, end: number, step: number): number {
  const at = (index: number): number => (index < 0 ? index + length : index);
  let count = 0;
  const first = step > 0 ? Math.max(at(start), 0) : Math.min(Math.max(at(start), 0), length - 1);
  for (let index = first; index >= 0 && index < length; index += step) {
    if (step > 0 ? index >= at(end) : index <= at(end)) break;
    count++;
  }
  return count;
}

/** A shape that is known claims nothing that is not so. */
function claimsOnly(found: Shape, actual: readonly number[]): boolean {
  if (found === undefined) return true;
  return found.length === actual.length && found.every((length, axis) => length === null || length === actual[axis]);
}

const small = (max: number) => fc.integer({ min: 1, max });

describe("shapes that follow from others", () => {
  it("as many windows as fit", () => {
    const axis = fc.record({
      length: small(30),
      size: small(5),
      stride: small(4),
      dilation: small(3),
      before: fc.nat(3),
      after: fc.nat(3),
    });
    fc.assert(
      fc.property(fc.array(axis, { minLength: 1, maxLength: 3 }), fc.boolean(), (axes, isPool) => {
        const attributes = {
          kernel_shape: axes.map(({ size }) => size),
          strides: axes.map(({ stride }) => stride),
          dilations: axes.map(({ dilation }) => dilation),
          pads: [...axes.map(({ before }) => before), ...axes.map(({ after }) => after)],
        };
        const found = lastShape([2, 3, ...axes.map(({ length }) => length)], (m, x) =>
          isPool
            ? m.op("MaxPool", [x], attributes)
            : m.op("Conv", [x, m.weight("w", [3, 3, ...attributes.kernel_shape])], attributes),
        );
        const counts = axes.map((a) => windows(a.length, a.size, a.stride, a.dilation, a.before, a.after));
        // Where not one fits there is no array.
        expect(found).toEqual([2, 3, ...counts.map((count) => (count === 0 ? null : count))]);
      }),
      { numRuns: 500 },
    );
  });

  it("as many entries as a slice takes", () => {
    const bound = fc.integer({ min: -12, max: 12 });
    const step = bound.filter((value) => value !== 0);
    fc.assert(
      fc.property(small(9), bound, bound, step, (length, start, end, by) => {
        const found = lastShape([2, length], (m, x) => {
          const numbers = [start, end, -1, by].map((value, k) => m.shape(`n${k}`, [value]));
          return m.op("Slice", [x, ...numbers]);
        });
        expect(found).toEqual([2, taken(length, start, end, by)]);
      }),
      { numRuns: 2000 },
    );
  });

  it("a reshape holds the same numbers, with any axes unknown", () => {
    const primes = fc.array(fc.constantFrom(1, 2, 2, 3, 5), { minLength: 1, maxLength: 6 });
    const hidden = fc.array(fc.boolean(), { minLength: 6, maxLength: 6 });
    /** Neighbors are multiplied where there is no cut between them. */
    const grouped = (factors: readonly number[], cuts: readonly boolean[]): number[] => {
      const groups: number[] = [];
      for (const [at, factor] of factors.entries()) {
        if (at === 0 || cuts[at]) groups.push(factor);
        else groups.push((groups.pop() ?? 1) * factor);
      }
      return groups;
    };
    let solved = 0;
    fc.assert(
      fc.property(primes, hidden, hidden, hidden, hidden, fc.nat(5), (factors, from, to, unknown, asked, left) => {
        const before = grouped(factors, from);
        const after = grouped(factors, to);
        const input = before.map((length, axis) => (unknown[axis] ? `length${axis}` : length));
        const found = lastShape(input, (m, x) => {
          const parts = after.map((length, axis) => {
            if (axis === left) return m.shape(`p${axis}`, [-1]);
            // Lengths that stand in the input are asked for at run time, others are written down.
            const source = before.indexOf(length);
            if (!asked[axis] || source < 0) return m.shape(`p${axis}`, [length]);
            const size = m.op("Gather", [m.op("Shape", [x]), m.index(source)]);
            return m.op("Unsqueeze", [size, m.shape(`z${axis}`, [0])]);
          });
          return m.op("Reshape", [x, m.op("Concat", parts, { axis: 0 })]);
        });
        expect(found, `${before} to ${after}`).toBeDefined();
        expect(claimsOnly(found, after), `${before} to ${after}: ${found}`).toBe(true);
        if (left < after.length && found?.[left] !== null) solved++;
        if (!unknown.slice(0, before.length).includes(true)) expect(found).toEqual(after);
      }),
      { numRuns: 1500 },
    );
    expect(solved).toBeGreaterThan(100);
  });

  it.each<[string, readonly number[], (lengths: Lengths) => Uint8Array]>([
    ["of a chain of operators", [2, 8, 12, 12], shapeChain],
    ["of a view", [7, 3, 16, 16], viewed],
    ["of an encoder block", [3, 5, 64], (lengths) => encoderBlock({ dynamic: true, input: lengths })],
  ])("%s: axes that are not known make no length wrong", (_, input, model) => {
    const whole = shapesOf(model(input));
    const words = fc.constantFrom(undefined, undefined, "same", "other", "?");
    fc.assert(
      fc.property(fc.array(words, { minLength: input.length, maxLength: input.length }), (names) => {
        // One word is one length: it stands for those alike only.
        const lengths = input.map((length, axis) => {
          const word = names[axis];
          return word === undefined || word === "?" ? (word ?? length) : `${word}${length}`;
        });
        for (const [layer, found] of shapesOf(model(lengths))) {
          const actual = (whole.get(layer) ?? []).map((length) => length ?? Number.NaN);
          expect(claimsOnly(found, actual), `${lengths}, ${layer}: ${found}`).toBe(true);
        }
      }),
      { numRuns: 200 },
    );
  });
});
