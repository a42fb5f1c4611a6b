/** Norms, dual norms and proxes against references that share no code with them. */
import { describe, expect, it } from "vitest";
import { normalStream } from "../../../engine/src/linalg/random.ts";
import { proxPowerInto } from "../../../engine/src/problem/regularizer/prox-power.ts";
import { elasticNet, freeNorm } from "../../../engine/src/problem/regularizer/registry.ts";
import { singularValues } from "../../support/jacobi-svd.ts";
import { norm } from "../../support/norm-cases.ts";

const normal = normalStream(99);
const random = (size: number) => Float64Array.from({ length: size }, normal);
const dot = (x: Float64Array, y: Float64Array) => x.reduce((sum, a, i) => sum + a * y[i], 0);
const sum = (x: Iterable<number>) => [...x].reduce((total, a) => total + a, 0);

function proxOf(of: ReturnType<typeof norm>, x: Float64Array, t: number): Float64Array {
  const y = x.slice();
  of.proxInto(y, t);
  return y;
}

/** The exact value of a float64 as numerator · 2^exponent. */
function exact(x: number): { readonly numerator: bigint; readonly exponent: number } {
  let [scaled, exponent] = [x, 0];
  while (!Number.isInteger(scaled)) [scaled, exponent] = [scaled * 2, exponent - 1];
  return { numerator: BigInt(scaled), exponent };
}

/** x² ≥ square, in exact arithmetic. */
function squareIsAtLeast(x: number, square: bigint): boolean {
  const { numerator, exponent } = exact(x);
  return numerator * numerator >= square << BigInt(-2 * exponent);
}

describe("proven bounds hold in exact arithmetic", () => {
  const integers = (size: number, scale: number) =>
    Float64Array.from({ length: size }, () => Math.round(scale * normal()));
  const squares = (x: Float64Array) => x.reduce((total, a) => total + BigInt(a) * BigInt(a), 0n);

  it("‖·‖₂, on integers", () => {
    for (let k = 0; k < 200; k++) {
      const p = integers(1 + (k % 9), 1e7);
      expect(squareIsAtLeast(norm("l2", [p.length]).dualUpper(p), squares(p))).toBe(true);
    }
  });

  it("σ₁ and Σσ_i of u vᵀ are ‖u‖₂‖v‖₂; as a norm and as a dual norm, to 1e-13", () => {
    for (let k = 0; k < 100; k++) {
      const [u, v] = [integers(2 + (k % 4), 1e4), integers(2 + (k % 3), 1e4)];
      const square = squares(u) * squares(v);
      const shape = [u.length, v.length];
      const matrix = Float64Array.from(
        { length: u.length * v.length },
        (_, i) => u[Math.floor(i / v.length)] * v[i % v.length],
      );
      for (const of of [norm("nuclear", shape), norm("spectral", shape)]) {
        for (const bound of [of.value(matrix), of.dualUpper(matrix)]) {
          expect(squareIsAtLeast(bound, square)).toBe(true);
          expect(bound).toBeLessThanOrEqual(Math.sqrt(Number(square)) * (1 + 1e-12));
        }
      }
    }
  });

  it("lq with q = 4 and q = ½, on integers", () => {
    for (let k = 0; k < 100; k++) {
      const x = integers(3, 1e3);
      const fourth = x.reduce((total, a) => total + BigInt(a) ** 4n, 0n);
      const value = norm({ lq: 4 }, [3]).value(x);
      const { numerator, exponent } = exact(value);
      expect(numerator ** 4n >= fourth << BigInt(-4 * exponent)).toBe(true);
      // (Σ √(a_i²))²: the entries are squares.
      const squared = x.map((a) => a * a);
      expect(norm({ lq: 0.5 }, [3]).value(squared)).toBeGreaterThanOrEqual(sum(x.map(Math.abs)) ** 2);
    }
  });
});

describe("matrix norms", () => {
  it("agree with singular values by Jacobi rotations, at every scale", () => {
    for (const [rows, columns] of [
      [2, 5],
      [5, 2],
      [4, 4],
      [7, 6],
    ] as const) {
      for (const scale of [1, 1e90, 1e-90, 1e150]) {
        const x = random(rows * columns).map((a) => a * scale);
        const sigma = singularValues(
          x.map((a) => a / scale),
          rows,
          columns,
        );
        const shape = [rows, columns];
        expect(norm("nuclear", shape).value(x) / scale).toBeCloseTo(sum(sigma), 11);
        expect(norm("spectral", shape).value(x) / scale).toBeCloseTo(Math.max(...sigma), 11);
        expect(norm("nuclear", shape).dualValue(x) / scale).toBeCloseTo(Math.max(...sigma), 11);
        expect(norm("spectral", shape).dualValue(x) / scale).toBeCloseTo(sum(sigma), 11);
      }
    }
  });

  it("their proxes shrink and clip the singular values", () => {
    const x = random(12);
    const sigma = singularValues(x, 4, 3);
    const shrunk = singularValues(proxOf(norm("nuclear", [4, 3]), x, sigma[2] * 1.1), 4, 3);
    expect(shrunk[0]).toBeCloseTo(sigma[0] - sigma[2] * 1.1, 12);
    expect(shrunk[2]).toBeLessThan(1e-14);
    const clipped = singularValues(proxOf(norm("spectral", [4, 3]), x, (sigma[0] - sigma[1]) / 2), 4, 3);
    expect(clipped[0]).toBeCloseTo((sigma[0] + sigma[1]) / 2, 12);
    expect(clipped[1]).toBeCloseTo(sigma[1], 12);
  });

  it("of a vector, one row or one column are norms of vectors", () => {
    const x = random(5);
    for (const shape of [[5], [5, 1], [1, 5]]) {
      expect(norm("nuclear", shape).kind).toBe("l2");
      expect(norm("spectral", shape).value(x)).toBeCloseTo(Math.hypot(...x), 14);
    }
    expect(norm("group", [5]).kind).toBe("l1");
    expect(norm("group", [1, 5]).kind).toBe("l2");
    expect(norm({ l2: 1, nuclear: 2 }, [5]).value(x)).toBeCloseTo(3 * Math.hypot(...x), 13);
  });

  it("a tensor slice: the last axis is the columns", () => {
    const x = random(12);
    expect(norm("nuclear", [2, 2, 3]).value(x)).toBe(norm("nuclear", [4, 3]).value(x));
    const rows = [0, 3, 6, 9].map((i) => Math.hypot(x[i], x[i + 1], x[i + 2]));
    expect(norm("group", [2, 2, 3]).value(x)).toBeCloseTo(sum(rows), 13);
  });

  it("answer to what is no number, and never hang on it", () => {
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY]) {
      const x = Float64Array.of(1, bad, 2, 3);
      expect(norm("nuclear", [2, 2]).value(x)).toBe(Number.POSITIVE_INFINITY);
      expect(Number.isFinite(norm("spectral", [2, 2]).value(x))).toBe(false);
      expect(Number.isFinite(norm("l2", [2, 2], ["psd"]).value(x))).toBe(false);
      expect(Number.isFinite(norm({ nuclear: 1, l1: 1 }, [2, 2]).dualUpper(x))).toBe(false);
    }
  });
});

describe("dual norms with a closed form of their own", () => {
  it("l1 + β l∞: the largest (sum of the k largest |p_i|) / (k + β)", () => {
    for (let k = 0; k < 20; k++) {
      const p = random(7);
      const sorted = Array.from(p, Math.abs).sort((a, b) => b - a);
      const expected = Math.max(...sorted.map((_, i) => sum(sorted.slice(0, i + 1)) / (i + 1 + 0.8)));
      const of = norm({ l1: 1, linf: 0.8 }, [7]);
      expect(of.dualUpper(p)).toBeGreaterThanOrEqual(expected * (1 - 1e-14));
      expect(of.dualUpper(p)).toBeLessThanOrEqual(expected * (1 + 1e-8));
    }
  });

  it("on the kernel of one row a: min over y of ‖p − y a‖ in the dual norm, at one of its kinks", () => {
    for (let k = 0; k < 8; k++) {
      const [p, a] = [random(5), random(5)];
      const kernel = { kernel: { shape: [1, 5], data: a } };
      const rest = (y: number) => p.map((entry, i) => entry - y * a[i]);
      const weighted = Math.min(...Array.from(p, (_, i) => sum(rest(p[i] / a[i]).map(Math.abs))));
      const crossings = [...p.keys()].flatMap((i) =>
        [...p.keys()].flatMap((j) => [(p[i] - p[j]) / (a[i] - a[j]), (p[i] + p[j]) / (a[i] + a[j])]),
      );
      const largest = Math.min(...crossings.filter(Number.isFinite).map((y) => Math.max(...rest(y).map(Math.abs))));
      for (const [of, expected] of [
        [norm("linf", [5], [kernel]), weighted],
        [norm("l1", [5], [kernel]), largest],
      ] as const) {
        expect(of.dualUpper(p)).toBeGreaterThanOrEqual(expected * (1 - 1e-14));
        expect(of.dualUpper(p)).toBeLessThanOrEqual(expected * (1 + 1e-2));
        expect(of.dualValue(p)).toBeGreaterThanOrEqual(expected * (1 - 2e-2));
      }
    }
  });

  it("k-sparse: the best of all supports", () => {
    const supports = [...Array(32).keys()].filter((bits) => bits.toString(2).replaceAll("0", "").length === 2);
    for (let k = 0; k < 20; k++) {
      const p = random(5);
      const on = (bits: number) => p.map((entry, i) => ((bits >> i) & 1 ? entry : 0));
      for (const [spec, dual] of [
        ["l1", (q: Float64Array) => Math.max(...q.map(Math.abs))],
        ["l2", (q: Float64Array) => Math.hypot(...q)],
        ["linf", (q: Float64Array) => sum(q.map(Math.abs))],
      ] as const) {
        const of = norm(spec, [5], [{ sparse: 2 }]);
        expect(of.dualValue(p)).toBeCloseTo(Math.max(...supports.map((bits) => dual(on(bits)))), 12);
        const cost = (y: Float64Array) => 0.5 * sum(y.map((entry, i) => (entry - p[i]) ** 2)) + 0.3 * of.value(y);
        const best = Math.min(...supports.map((bits) => cost(proxOf(norm(spec, [5]), on(bits), 0.3))));
        expect(cost(proxOf(of, p, 0.3))).toBeLessThanOrEqual(best + 1e-14);
      }
    }
  });
});

describe("proxes", () => {
  it("l∞: x less its projection on the ℓ1 ball, found by bisection", () => {
    for (let k = 0; k < 50; k++) {
      const x = random(6);
      const t = 0.1 + 3 * Math.abs(normal());
      let [low, high] = [0, 10];
      for (let step = 0; step < 100; step++) {
        const level = (low + high) / 2;
        if (sum(x.map((a) => Math.max(0, Math.abs(a) - level))) > t) low = level;
        else high = level;
      }
      const expected = x.map((a) => Math.sign(a) * Math.min(Math.abs(a), high));
      proxOf(norm("linf", [6]), x, t).forEach((a, i) => {
        expect(a).toBeCloseTo(expected[i], 13);
      });
    }
  });

  it("lq for q < 1 finds the least cost on a grid of the plane", () => {
    for (let k = 0; k < 30; k++) {
      const x = random(2).map(Math.abs);
      const t = 0.05 + 0.5 * Math.abs(normal());
      const of = norm({ lq: 0.5 }, [2]);
      const cost = (y: Float64Array) => 0.5 * ((y[0] - x[0]) ** 2 + (y[1] - x[1]) ** 2) + t * of.value(y);
      let least = Number.POSITIVE_INFINITY;
      for (let i = 0; i <= 60; i++) {
        for (let j = 0; j <= 60; j++) {
          least = Math.min(least, cost(Float64Array.of((x[0] * i) / 60, (x[1] * j) / 60)));
        }
      }
      expect(cost(proxOf(of, x, t))).toBeLessThanOrEqual(least + 1e-14);
    }
  });

  it("powers: ℓ2 in closed form, ℓ1 of one entry, every norm at t = 0", () => {
    const x = Float64Array.of(3, 0, 4);
    const y = x.slice();
    proxPowerInto(norm("l2", [3]), y, 0.5, 2);
    expect([...y]).toEqual([1.5, 0, 2]);
    const cubed = x.slice();
    proxPowerInto(norm("l2", [3]), cubed, 2, 3);
    // ρ + 6ρ² = 5.
    expect(Math.hypot(...cubed)).toBeCloseTo((Math.sqrt(121) - 1) / 12, 13);
    const one = Float64Array.of(-3);
    proxPowerInto(norm("l1", [1]), one, 2, 1.5);
    // ρ + 3√ρ = 3.
    expect(one[0]).toBeCloseTo(-(((Math.sqrt(21) - 3) / 2) ** 2), 13);
    const kept = x.slice();
    proxPowerInto(norm("l1", [3]), kept, 0, 2);
    expect([...kept]).toEqual([...x]);
    const negative = Float64Array.of(-1, -2);
    proxPowerInto(norm("l2", [2], ["nonnegative"]), negative, 1, 2);
    expect([...negative]).toEqual([0, 0]);
  });

  it("elastic net: entry by entry the least of ½(y − x)² + t(|y| + ½y²)", () => {
    const made = elasticNet({ shape: [3], constraints: ["nonnegative"] });
    if (!made.ok) throw new Error(made.message);
    const x = Float64Array.of(2, 0.1, -3);
    const y = proxOf(made.norm, x, 0.5);
    expect([...y]).toEqual([1, 0, 0]);
    expect(made.norm.value(y)).toBe(1.5);
    expect(made.norm.value(x)).toBe(Number.POSITIVE_INFINITY);
    expect(made.norm.kind).toBe("elastic-net");
    expect(
      made.norm.subgradientDistance(
        x.map((a, i) => (a - y[i]) / 0.5),
        y,
      ),
    ).toBeLessThan(1e-14);
    expect(elasticNet({ shape: [3], constraints: ["psd"] }).ok).toBe(false);
  });

  it("no norm at all: the distance from stationarity is the gradient's length", () => {
    const x = Float64Array.of(3, 4);
    expect(freeNorm.value(x)).toBe(0);
    expect(freeNorm.subgradientDistance(x, x)).toBe(5);
    expect(freeNorm.dualUpper(x)).toBe(Number.POSITIVE_INFINITY);
    expect([...proxOf(freeNorm, x, 1)]).toEqual([3, 4]);
  });
});

describe("subgradients", () => {
  it("slopes of the norms are at distance 0, by central differences", () => {
    for (const spec of [
      "l1",
      "l2",
      { lq: 1.5 },
      { lq: 0.5 },
      "group",
      "nuclear",
      { l2: 1, l1: 2 },
      { nuclear: 1, l2: 3 },
    ] as const) {
      const of = norm(spec, [3, 2]);
      const x = random(6);
      const slope = x.map((_, i) => {
        const moved = (h: number) => of.value(x.map((a, j) => (i === j ? a + h : a)));
        return (moved(1e-5) - moved(-1e-5)) / 2e-5;
      });
      expect(of.subgradientDistance(slope, x)).toBeLessThan(1e-7);
      expect(dot(slope, x)).toBeCloseTo(of.value(x), 7);
    }
  });

  it("l∞ with ties: weights of the largest entries", () => {
    const of = norm("linf", [3]);
    const x = Float64Array.of(2, -2, 1);
    expect(of.subgradientDistance(Float64Array.of(0.25, -0.75, 0), x)).toBe(0);
    expect(of.subgradientDistance(Float64Array.of(0.25, -0.75, 3), x)).toBe(3);
    expect(of.subgradientDistance(Float64Array.of(2, 0, 0), x)).toBeCloseTo(1, 14);
  });

  it("sparse: entries that may not join the support are free", () => {
    const of = norm("l2", [3], [{ sparse: 1 }]);
    expect(of.subgradientDistance(Float64Array.of(1, 9, 9), Float64Array.of(5, 0, 0))).toBe(0);
    expect(of.subgradientDistance(Float64Array.of(1, 3, 4), new Float64Array(3))).toBe(3);
  });
});
