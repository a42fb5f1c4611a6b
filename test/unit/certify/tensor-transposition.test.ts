/** The bound on a tensor's spectral norm by partial transposition: it holds for every witness, and mostly is exact for the best. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import "../../support/fixed-seed.ts";
import { coveredBy } from "../../../engine/src/certify/polar/cover/eliminated.ts";
import { coverSphere } from "../../../engine/src/certify/polar/cover/sphere-cover.ts";
import { tensorTransposition } from "../../../engine/src/certify/polar/tensor-transposition.ts";
import { tensorPolar } from "../../../engine/src/certify/polar/unfoldings.ts";
import { observedEntries } from "../../../engine/src/linalg/observed.ts";
import { normalStream, uniformStream } from "../../../engine/src/linalg/random.ts";
import { singularValues } from "../../support/jacobi-svd.ts";
import { normFor } from "../../support/norms.ts";

const stopped = () => false;
const options = { tolerance: 1e-7, cells: 1e5, hint: undefined, stopped };

function gaussian(lengths: readonly number[], seed: number, scale = 1) {
  const size = lengths.reduce((all, n) => all * n, 1);
  const normal = normalStream(seed);
  const dense = Float64Array.from({ length: size }, () => scale * normal());
  return { lengths, entries: observedEntries(dense, lengths[0], size / lengths[0], () => true), dense };
}

const plain = (lengths: readonly number[]) => lengths.map((n) => normFor("l2", [n]));

function closerOf(tensor: ReturnType<typeof gaussian>) {
  const closer = tensorTransposition(tensor, plain(tensor.lengths));
  if (closer === undefined) throw new Error("does not apply");
  return closer;
}

/** The largest ⟨T, u ⊗ v ⊗ w⟩ for unit vectors met by alternating from random starts. */
function reached({ lengths: [a, b, c], dense }: ReturnType<typeof gaussian>, seed: number, starts: number): number {
  const normal = normalStream(seed);
  const unit = (x: Float64Array): Float64Array => {
    const length = Math.hypot(...x);
    return length > 0 ? x.map((entry) => entry / length) : x;
  };
  let best = 0;
  for (let start = 0; start < starts; start++) {
    let v: Float64Array = unit(Float64Array.from({ length: b }, normal));
    let w: Float64Array = unit(Float64Array.from({ length: c }, normal));
    let u: Float64Array = new Float64Array(a);
    for (let turn = 0; turn < 200; turn++) {
      const [nu, nv, nw] = [new Float64Array(a), new Float64Array(b), new Float64Array(c)];
      dense.forEach((t, at) => {
        nu[Math.floor(at / (b * c))] += t * v[Math.floor(at / c) % b] * w[at % c];
      });
      u = unit(nu);
      dense.forEach((t, at) => {
        nv[Math.floor(at / c) % b] += t * u[Math.floor(at / (b * c))] * w[at % c];
      });
      v = unit(nv);
      dense.forEach((t, at) => {
        nw[at % c] += t * u[Math.floor(at / (b * c))] * v[Math.floor(at / c) % b];
      });
      best = Math.max(best, Math.hypot(...nw));
      w = unit(nw);
    }
  }
  return best;
}

describe("the bound by partial transposition", () => {
  it("holds for every witness whatever", () => {
    const shape = fc.tuple(
      fc.integer({ min: 2, max: 4 }),
      fc.integer({ min: 2, max: 4 }),
      fc.integer({ min: 1, max: 5 }),
    );
    fc.assert(
      fc.property(shape, fc.integer({ min: 1, max: 1e6 }), fc.constantFrom(1, 1e-90, 1e90), (lengths, seed, scale) => {
        const tensor = gaussian(lengths, seed, scale);
        const closer = tensorTransposition(tensor, plain(lengths));
        if (closer === undefined) return;
        const value = reached(tensor, seed + 1, 4);
        const found = closer.close({ ...options, lower: value });
        expect(found.upper).toBeGreaterThanOrEqual(value * (1 - 1e-13));
        expect(closer.check(found.arrays, options).upper).toBe(found.upper);
        const uniform = uniformStream(seed);
        const { shift } = found.arrays;
        for (const size of [1e-3, 1, 1e3, 1e200, Number.NaN]) {
          const data = shift.data.map((x) => x + size * (uniform() - 0.5));
          expect(closer.check({ shift: { ...shift, data } }, options).upper).toBeGreaterThanOrEqual(
            value * (1 - 1e-13),
          );
        }
        expect(closer.check({}, options).upper).toBe(Number.POSITIVE_INFINITY);
        expect(
          closer.check({ shift: { shape: [1], data: new Float64Array(1) } }, options).upper,
        ).toBeGreaterThanOrEqual(value * (1 - 1e-13));
      }),
      { numRuns: 60 },
    );
  });

  it.each([1, 2, 3, 4, 5, 6])("is within 1e-5 for a Gaussian 5 × 6 × 7 tensor (%i)", (seed) => {
    const tensor = gaussian([5, 6, 7], seed);
    const value = reached(tensor, seed, 60);
    const found = closerOf(tensor).close({ ...options, lower: value });
    expect(found.upper / value - 1).toBeLessThanOrEqual(1e-5);
  });

  it.each([1, 2, 3])("agrees with a cover of the sphere of the first axis (%i)", (seed) => {
    const tensor = gaussian([3, 4, 5], seed);
    const { dense } = tensor;
    const sigma = (u: Float64Array) => {
      const slice = Float64Array.from({ length: 20 }, (_, at) =>
        u.reduce((sum, x, i) => sum + x * dense[i * 20 + at], 0),
      );
      return singularValues(slice, 4, 5)[0];
    };
    const value = reached(tensor, seed, 40);
    const covered = coverSphere(
      coveredBy({
        dimension: 3,
        domain: "half-sphere",
        alpha: 1,
        beta: 0,
        above: (u) => sigma(u) * (1 + 1e-13),
        below: sigma,
        scale: value,
      }),
      { reached: value, tolerance: 1e-7, cells: 1e5, stopped },
    );
    const found = closerOf(tensor).close({ ...options, lower: value });
    expect(covered.upper).toBeLessThanOrEqual(value * (1 + 2e-7));
    expect(found.upper).toBeGreaterThanOrEqual(value * (1 - 1e-13));
    expect(found.upper).toBeLessThanOrEqual(covered.upper * (1 + 1e-6));
  });

  it("points to the best branch, which a search from a bad start had missed", () => {
    const tensor = gaussian([6, 6, 8], 3);
    const value = reached(tensor, 1, 80);
    const { better } = closerOf(tensor).close({ ...options, lower: value / 2 });
    const [u, v, w] = better ?? [];
    let sum = 0;
    tensor.dense.forEach((t, at) => {
      sum += t * u[Math.floor(at / 48)] * v[Math.floor(at / 8) % 6] * w[at % 8];
    });
    expect(sum).toBeGreaterThanOrEqual(0.95 * value);
    expect(sum).toBeLessThanOrEqual(value * (1 + 1e-9));
  });

  it("closes the polar of a tensor whose axes are too long for a cover", () => {
    const { lengths, entries } = gaussian([10, 9, 11], 5);
    const close = { above: Number.POSITIVE_INFINITY, effort: "close" as const, stopped };
    const polar = tensorPolar({ lengths, entries }, plain(lengths), close);
    expect(polar.witness.kind).toBe("transposition");
    expect(polar.kind).toBe("exact");
    const proof = { branch: polar.branches[0]?.factors, witness: polar.witness };
    expect(tensorPolar({ lengths, entries }, plain(lengths), { ...close, proof }).upper).toBe(polar.upper);
  });

  it("can be stopped at any turn, and then is that of the unfolding or better", () => {
    const tensor = gaussian([6, 7, 8], 2);
    const value = reached(tensor, 1, 20);
    const unfolded = singularValues(tensor.dense, 42, 8)[0];
    for (const turns of [0, 1, 25]) {
      let polls = 0;
      const found = closerOf(tensor).close({ ...options, lower: value, stopped: () => polls++ >= turns });
      expect(found.upper).toBeGreaterThanOrEqual(value);
      expect(found.upper).toBeLessThanOrEqual(unfolded * (1 + 1e-10));
    }
  });
});
