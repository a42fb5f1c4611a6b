import { describe, expect, it } from "vitest";
import { tensorPolar } from "../../../engine/src/certify/polar/unfoldings.ts";
import { observedEntries } from "../../../engine/src/linalg/observed.ts";
import { normalStream } from "../../../engine/src/linalg/random.ts";
import type { Norm } from "../../../engine/src/problem/regularizer/norm.ts";
import { normFor } from "../../support/norms.ts";

const options = { above: 0, stopped: () => false };

function tensorOf(lengths: readonly number[], dense: Float64Array) {
  return { lengths, entries: observedEntries(dense, lengths[0], dense.length / lengths[0], () => true) };
}

/** max over a grid of the first two factors of the third one's dual norm; unit vectors are on the grid. */
function gridMaximum(t: Float64Array, norms: readonly Norm[], steps: number): number {
  const circle = Array.from({ length: steps }, (_, k) => {
    const near = (x: number) => (Math.abs(x) < 1e-9 ? 0 : x);
    const angle = (2 * Math.PI * k) / steps;
    return Float64Array.of(near(Math.cos(angle)), near(Math.sin(angle)));
  });
  const unit = (norm: Norm) =>
    circle.flatMap((x) => {
      const size = norm.value(x);
      return Number.isFinite(size) ? [x.map((entry) => entry / size)] : [];
    });
  const [first, second] = [unit(norms[0]), unit(norms[1])];
  let best = 0;
  for (const x of first) {
    const table = [0, 1, 2, 3].map((at) => x[0] * t[at] + x[1] * t[4 + at]);
    for (const y of second) {
      const rest = Float64Array.of(y[0] * table[0] + y[1] * table[2], y[0] * table[1] + y[1] * table[3]);
      best = Math.max(best, norms[2].dualValue(rest));
    }
  }
  return best;
}

it("does not take a guess for the whole tensor as one for its slices", () => {
  const lengths = [2, 7, 3];
  const norms = [normFor("l1", [2]), normFor("l2", [7]), normFor("l2", [3])];
  const tensor = tensorOf(lengths, Float64Array.from({ length: 42 }, normalStream(3)));
  const plain = tensorPolar(tensor, norms, options);
  for (const guess of [plain.branches[0].factors, lengths.map((length) => new Float64Array(length).fill(1))]) {
    expect(tensorPolar(tensor, norms, { ...options, guess: { branches: [guess] } })).toEqual(plain);
  }
});

describe("2×2×2, against a fine grid", () => {
  const l2 = normFor("l2", [2]);
  const l1 = normFor("l1", [2]);
  const positive = normFor("l2", [2], ["nonnegative"]);
  const sum = normFor({ l2: 1, l1: 0.5 }, [2]);
  const linf = normFor("linf", [2]);
  it.each<[string, readonly Norm[], boolean]>([
    ["ℓ2 ℓ2 ℓ2", [l2, l2, l2], false],
    ["ℓ1 ℓ2 ℓ2", [l1, l2, l2], true],
    ["ℓ2 ℓ1 ℓ2", [l2, l1, l2], true],
    ["ℓ2 ℓ2 ℓ1", [l2, l2, l1], true],
    ["ℓ1 ℓ1 ℓ1", [l1, l1, l1], true],
    ["nonnegative", [positive, positive, positive], false],
    ["ℓ1 of nonnegative", [normFor("l1", [2], ["nonnegative"]), positive, positive], false],
    ["ℓ1 between nonnegative ones", [positive, l1, positive], false],
    ["sparse dictionary", [l2, sum, l2], false],
    ["ℓ∞", [linf, l2, linf], false],
  ])("%s", (_, norms, isExact) => {
    for (let seed = 1; seed <= 12; seed++) {
      const t = Float64Array.from({ length: 8 }, normalStream(seed));
      const best = gridMaximum(t, norms, 360);
      const polar = tensorPolar(tensorOf([2, 2, 2], t), norms, options);
      expect(polar.upper).toBeGreaterThanOrEqual(best);
      expect(polar.lower).toBeGreaterThanOrEqual(best * (1 - 1e-10));
      // Half a degree in each of two angles is worth at most about 4e-4.
      expect(polar.lower).toBeLessThanOrEqual(best * (1 + 1e-3));
      if (isExact) expect(polar.kind).toBe("exact");
    }
  });
});

describe("tensors with a known polar", () => {
  it.each([1, 1e-90, 1e90])("rank one: the product of the lengths, exactly, scale %d", (scale) => {
    const normal = normalStream(4);
    const lengths = [3, 4, 2, 3];
    const factors = lengths.map((n) => Float64Array.from({ length: n }, normal));
    const dense = Float64Array.from({ length: 72 }, (_, at) => {
      const index = [Math.floor(at / 24), Math.floor(at / 6) % 4, Math.floor(at / 3) % 2, at % 3];
      return index.reduce((product, i, k) => product * factors[k][i], scale);
    });
    const expected = factors.reduce((product, x) => product * Math.hypot(...x), 1);
    const norms = lengths.map((n) => normFor("l2", [n]));
    const polar = tensorPolar(tensorOf(lengths, dense), norms, options);
    expect(polar.kind).toBe("exact");
    expect(polar.lower / scale).toBeCloseTo(expected, 9);
    expect(polar.upper / scale).toBeCloseTo(expected, 9);
  });

  it("orthogonal components: the largest weight, and a branch for each", () => {
    const weights = [5, 4, 3];
    const dense = new Float64Array(27);
    weights.forEach((weight, k) => {
      dense[k * 13] = weight;
    });
    const norms = [3, 3, 3].map((n) => normFor("l2", [n]));
    const polar = tensorPolar(tensorOf([3, 3, 3], dense), norms, { ...options, above: 2 });
    expect(polar.kind).toBe("exact");
    expect(polar.lower).toBeCloseTo(5, 12);
    for (const weight of weights)
      expect(polar.branches.some(({ value }) => Math.abs(value - weight) < 1e-9)).toBe(true);
  });

  it("zero", () => {
    const norms = [2, 2, 2].map((n) => normFor("l2", [n]));
    expect(tensorPolar(tensorOf([2, 2, 2], new Float64Array(8)), norms, options)).toMatchObject({ lower: 0, upper: 0 });
  });

  it("interrupted: nothing found, and a bound that holds", () => {
    const t = Float64Array.from({ length: 8 }, normalStream(1));
    const norms = [2, 2, 2].map((n) => normFor("l2", [n]));
    const polar = tensorPolar(tensorOf([2, 2, 2], t), norms, { above: 0, stopped: () => true });
    expect(polar.upper).toBeGreaterThanOrEqual(gridMaximum(t, norms, 90));
  });
});
