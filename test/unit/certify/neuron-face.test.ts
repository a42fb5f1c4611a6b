/** Faces of a climb: what holding and letting go leaves, against normal equations solved from scratch. */
import { describe, expect, it } from "vitest";
import { faceOf } from "../../../engine/src/certify/polar/neuron-face.ts";
import { normalStream } from "../../../engine/src/linalg/random.ts";
import { dot, euclideanLength } from "../../../engine/src/linalg/vector.ts";

const FEATURES = 6;

function faceOfSamples(seed: number, samples: number) {
  const normal = normalStream(seed);
  const rows = Float64Array.from({ length: samples * FEATURES }, normal);
  const row = (n: number) => rows.subarray(n * FEATURES, (n + 1) * FEATURES);
  const lengths = Float64Array.from({ length: samples }, (_, n) => euclideanLength(row(n)));
  return { face: faceOf(rows, lengths, FEATURES), row, normal };
}

describe("faceOf", () => {
  it("splits a vector into a part on the face and multiples of what is held, whoever left before", () => {
    for (let seed = 1; seed <= 20; seed++) {
      const { face, row, normal } = faceOfSamples(seed, 8);
      for (const n of [0, 1, 2, 3, 4]) expect(face.hold(n)).toBe(true);
      for (const [leaving, entering] of [
        [1, 5],
        [5, 6],
        [0, 7],
        [3, 1],
      ]) {
        face.release(leaving);
        expect(face.held).not.toContain(leaving);
        expect(face.hold(entering)).toBe(true);
        const x = Float64Array.from({ length: FEATURES }, normal);
        const rest = x.slice();
        face.projectInto(rest);
        for (const n of face.held) expect(Math.abs(dot(row(n), rest))).toBeLessThan(1e-13);
        const multipliers = face.multipliers(x);
        const sum = rest.slice();
        face.held.forEach((n, k) => {
          for (let i = 0; i < FEATURES; i++) sum[i] += multipliers[k] * row(n)[i];
        });
        for (let i = 0; i < FEATURES; i++) expect(sum[i]).toBeCloseTo(x[i], 11);
      }
    }
  });

  it("holds no sample that depends on those held, nor more than there are features", () => {
    const { face } = faceOfSamples(3, 8);
    for (const n of [0, 1, 2]) expect(face.hold(n)).toBe(true);
    expect(face.hold(1)).toBe(false);
    for (const n of [3, 4, 5]) expect(face.hold(n)).toBe(true);
    expect(face.hold(6)).toBe(false);
    face.release(2);
    expect(face.hold(6)).toBe(true);
    expect(face.held).toEqual([0, 1, 3, 4, 5, 6]);
  });
});
