/** The bound on a tensor's spectral norm by skew parts: it holds for every witness, and is close where the best branches are met. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import "../../support/fixed-seed.ts";
import { tensorSkew } from "../../../engine/src/certify/polar/tensor-skew.ts";
import { tensorPolar } from "../../../engine/src/certify/polar/unfoldings.ts";
import { observedEntries } from "../../../engine/src/linalg/observed.ts";
import { normalStream, uniformStream } from "../../../engine/src/linalg/random.ts";
import { singularValues } from "../../support/jacobi-svd.ts";
import { normFor } from "../../support/norms.ts";

const stopped = () => false;
const options = { lower: 0, tolerance: 1e-6, cells: 1e5, hint: undefined, stopped };

type Entry = (i: number, j: number, k: number) => number;

function tensorOf(lengths: readonly number[], entry: Entry) {
  const [a, b, c] = lengths;
  const dense = Float64Array.from({ length: a * b * c }, (_, at) =>
    entry(Math.floor(at / (b * c)), Math.floor(at / c) % b, at % c),
  );
  return { lengths, entries: observedEntries(dense, a, b * c, () => true), dense };
}

function gaussian(lengths: readonly number[], seed: number, scale = 1) {
  const normal = normalStream(seed);
  return tensorOf(lengths, () => scale * normal());
}

const plain = (lengths: readonly number[]) => lengths.map((n) => normFor("l2", [n]));

function closerOf(tensor: ReturnType<typeof gaussian>) {
  const closer = tensorSkew(tensor, plain(tensor.lengths), 4);
  if (closer === undefined) throw new Error("does not apply");
  return closer;
}

/** The largest σ₁(Σ u_i T_i) for unit u on a fine grid of the circle: the maximum but for the grid, from below. */
function onCircle({ lengths: [, b, c], dense }: ReturnType<typeof gaussian>, points: number): number {
  let best = 0;
  for (let p = 0; p < points; p++) {
    const [x, y] = [Math.cos((Math.PI * p) / points), Math.sin((Math.PI * p) / points)];
    const slice = Float64Array.from({ length: b * c }, (_, at) => x * dense[at] + y * dense[b * c + at]);
    best = Math.max(best, singularValues(slice, b, c)[0]);
  }
  return best;
}

/** The largest ⟨T, u ⊗ v ⊗ w⟩ met by alternating from random starts: from below. */
function reached({ lengths: [a, b, c], dense }: ReturnType<typeof gaussian>, starts: number): number {
  const normal = normalStream(7);
  const unit = (x: Float64Array): Float64Array => {
    const length = Math.hypot(...x);
    return length > 0 ? x.map((entry) => entry / length) : x;
  };
  let best = 0;
  for (let start = 0; start < starts; start++) {
    const factors = [a, b, c].map((length) => unit(Float64Array.from({ length }, normal)));
    for (let turn = 0; turn < 100; turn++) {
      for (let axis = 0; axis < 3; axis++) {
        const next = new Float64Array(factors[axis].length);
        dense.forEach((t, at) => {
          const place = [Math.floor(at / (b * c)), Math.floor(at / c) % b, at % c];
          const rest = place.reduce((all, index, k) => (k === axis ? all : all * factors[k][index]), t);
          next[place[axis]] += rest;
        });
        best = Math.max(best, Math.hypot(...next));
        factors[axis] = unit(next);
      }
    }
  }
  return best;
}

const SPECIAL: readonly (readonly [string, Entry])[] = [
  ["constant", () => 1],
  ["symmetric", (i, j, k) => Math.cos(i + j + k)],
  ["of rank one", (i, j, k) => (i + 1) * (j - 2) * (k + 0.5)],
  ["of two equal orthogonal components", (i, j, k) => (i === j && j === k && i < 2 ? 1 : 0)],
  ["of one entry", (i, j, k) => (i === 1 && j === 1 && k === 2 ? -3 : 0)],
];

describe("the bound by skew parts", () => {
  it("holds for every witness whatever, and a check finds the bound again bit by bit", () => {
    const shape = fc.tuple(fc.constant(2), fc.integer({ min: 2, max: 4 }), fc.integer({ min: 4, max: 6 }));
    fc.assert(
      fc.property(shape, fc.integer({ min: 1, max: 1e6 }), fc.constantFrom(1, 1e-90, 1e90), (lengths, seed, scale) => {
        const tensor = gaussian(lengths, seed, scale);
        const value = onCircle(tensor, 60);
        const closer = closerOf(tensor);
        const found = closer.close(options);
        expect(found.upper).toBeGreaterThanOrEqual(value * (1 - 1e-12));
        expect(closer.check(found.arrays, options).upper).toBe(found.upper);
        // What is known of one array says nothing of another.
        const copy = { ...tensor, entries: { ...tensor.entries, value: tensor.entries.value.slice() } };
        expect(closerOf(copy).check(found.arrays, options).upper).toBe(found.upper);
        const n = lengths[0] * lengths[1];
        const uniform = uniformStream(seed);
        for (const size of [1e-3, 1, 1e3, 1e90, 1e200, Number.NaN]) {
          const rows = () => ({
            shape: [2, n],
            data: Float64Array.from({ length: 2 * n }, () => size * (uniform() - 0.5)),
          });
          const { upper } = closer.check({ left: rows(), right: rows() }, options);
          expect(upper).toBeGreaterThanOrEqual(value * (1 - 1e-12));
        }
        const odd = { shape: [n + 1], data: new Float64Array(n + 1) };
        expect(closer.check({ left: odd, right: odd }, options).upper).toBe(Number.POSITIVE_INFINITY);
        expect(closer.check({}, options).upper).toBe(Number.POSITIVE_INFINITY);
      }),
      { numRuns: 40 },
    );
  });

  it.each(SPECIAL)("holds for a tensor %s, at every scale", (_, entry) => {
    for (const scale of [1, 1e-90, 1e90]) {
      const tensor = tensorOf([4, 4, 5], (i, j, k) => scale * entry(i, j, k));
      const value = reached(tensor, 10);
      const { upper } = closerOf(tensor).close(options);
      expect(upper).toBeGreaterThanOrEqual(value * (1 - 1e-12));
      expect(upper).toBeLessThanOrEqual(
        singularValues(
          tensor.dense.map((x) => x / scale),
          4,
          20,
        )[0] *
          scale *
          (1 + 1e-6),
      );
    }
  });

  it("is within 1e-5 of the best branch where that stands out of noise, and the unfoldings are not", () => {
    const lengths = [13, 14, 15];
    const normal = normalStream(3);
    const [u, v, w] = lengths.map((length) => Float64Array.from({ length }, () => normal() / Math.sqrt(length)));
    const tensor = tensorOf(lengths, (i, j, k) => 12 * u[i] * v[j] * w[k] + 0.5 * normal());
    const polar = tensorPolar(tensor, plain(lengths), { above: Number.POSITIVE_INFINITY, stopped });
    const closed = tensorPolar(tensor, plain(lengths), { above: Number.POSITIVE_INFINITY, effort: "close", stopped });
    expect(closed.witness.kind).toBe("skew");
    expect(polar.upper).toBeGreaterThan(closed.lower * 1.05);
    expect(closed.upper).toBeLessThanOrEqual(closed.lower * (1 + 1e-5));
    const proof = { branch: closed.branches[0]?.factors, witness: closed.witness };
    const again = tensorPolar(tensor, plain(lengths), { above: Number.POSITIVE_INFINITY, proof, stopped });
    expect(again.upper).toBe(closed.upper);
  });

  it("can be stopped at any turn, and holds then as well", () => {
    const tensor = gaussian([4, 5, 6], 2);
    const value = reached(tensor, 20);
    for (const turns of [0, 1, 5, 25, 100]) {
      let polls = 0;
      const found = closerOf(tensor).close({ ...options, stopped: () => polls++ >= turns });
      expect(found.upper).toBeGreaterThanOrEqual(value * (1 - 1e-12));
    }
  });
});
