import { describe, expect, it } from "vitest";
import { productOf, searchBranches } from "../../../engine/src/certify/polar/search.ts";
import { searchTensor } from "../../../engine/src/certify/polar/tensor-search.ts";
import { observedEntries } from "../../../engine/src/linalg/observed.ts";
import { normalStream } from "../../../engine/src/linalg/random.ts";
import { euclideanLength } from "../../../engine/src/linalg/vector.ts";
import type { Branch } from "../../../engine/src/problem/factors.ts";
import { cpMapping } from "../../../engine/src/problem/mapping/cp.ts";
import { l2 } from "../../../engine/src/problem/regularizer/l2.ts";

const all = { above: Number.NEGATIVE_INFINITY, stopped: () => false };

function reachedBy(tensor: Float64Array, lengths: readonly number[], branch: Branch): number {
  return tensor.reduce((sum, x, at) => {
    let rest = at;
    let product = x;
    for (let k = lengths.length - 1; k >= 0; k--) {
      product *= branch[k][rest % lengths[k]];
      rest = Math.floor(rest / lengths[k]);
    }
    return sum + product;
  }, 0);
}

function gaussian(lengths: readonly number[], seed: number): Float64Array {
  const normal = normalStream(seed);
  return Float64Array.from({ length: lengths.reduce((product, n) => product * n, 1) }, normal);
}

describe("the search in a full tensor", () => {
  it.each([[[5, 4, 3]], [[12, 11, 10]], [[4, 3, 5, 2]], [[30, 2, 3]]])(
    "reaches with unit vectors the values it says, in %j",
    (lengths) => {
      for (const seed of [1, 2, 3]) {
        const tensor = gaussian(lengths, seed);
        const found = searchTensor(tensor, lengths, [], all);
        expect(found.length).toBeGreaterThan(0);
        for (const { value, factors } of found) {
          for (const factor of factors) expect(euclideanLength(factor)).toBeCloseTo(1, 12);
          expect(value).toBeCloseTo(reachedBy(tensor, lengths, factors), 9);
        }
        expect(Math.max(...found.map(({ value }) => value))).toBe(found[0].value);
      }
    },
  );

  it("finds what a climb from every start alone finds", () => {
    const lengths = [7, 6, 5];
    for (const seed of [1, 2, 3, 4, 5, 6]) {
      const tensor = gaussian(lengths, seed);
      const mapping = cpMapping(
        observedEntries(tensor, 7, 30, () => true),
        lengths,
      );
      const [slow] = searchBranches(mapping, productOf([l2, l2, l2]), tensor, [], { ...all, randomStarts: 12 });
      const [fast] = searchTensor(tensor, lengths, [], all);
      expect(fast.value).toBeGreaterThan(slow.value * (1 - 1e-7));
    }
  });

  it("has several directions to grow along, apart from one another and above the threshold", () => {
    const lengths = [20, 15, 12];
    const normal = normalStream(3);
    const tensor = new Float64Array(20 * 15 * 12);
    for (let b = 0; b < 4; b++) {
      const [u, v, w] = lengths.map((n) => Float64Array.from({ length: n }, () => 1 + normal()));
      for (let i = 0, at = 0; i < 20; i++)
        for (let j = 0; j < 15; j++) for (let k = 0; k < 12; k++) tensor[at++] += u[i] * v[j] * w[k];
    }
    const found = searchTensor(tensor, lengths, [], { ...all, above: 1 });
    expect(found.length).toBeGreaterThan(3);
    found.forEach(({ value, factors }, i) => {
      expect(value).toBeGreaterThan(1);
      for (const other of found.slice(0, i)) {
        const cosine = factors.reduce(
          (product, x, k) => product * x.reduce((sum, entry, at) => sum + entry * other.factors[k][at], 0),
          1,
        );
        expect(cosine).toBeLessThan(0.9995);
      }
    });
  });

  it("ends early when it is told to", () => {
    expect(searchTensor(gaussian([5, 5, 5], 1), [5, 5, 5], [], { ...all, stopped: () => true })).toEqual([]);
  });
});
