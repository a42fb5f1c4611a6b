/** Momentum that is learned: it finds the best β of a quadratic, and gets on as fast as that does. */
import { describe, expect, it } from "vitest";
import { bestShare, learnedMomentum } from "../../../engine/src/descent/methods/momentum.ts";

/** The factor by which x⁺ = a((1 + β)x − βx⁻) falls in the end. */
function rateOf(a: number, beta: number): number {
  const half = (a * (1 + beta)) / 2;
  const under = half * half - a * beta;
  return under >= 0 ? half + Math.sqrt(under) : Math.sqrt(a * beta);
}

describe("the best momentum", () => {
  it("is the one whose rate is least, from the rate that any other has", () => {
    for (const a of [0.95, 0.97, 0.985, 0.99]) {
      const rates = Array.from({ length: 251 }, (_, i) => 0.6 + i / 1000).map((beta) => rateOf(a, beta));
      const least = Math.min(...rates);
      for (const beta of [0.6, 0.65, 0.7, 0.75, 0.8, 0.85]) {
        const best = bestShare(rateOf(a, beta), beta);
        expect(best).toBeGreaterThanOrEqual(0.6);
        expect(best).toBeLessThanOrEqual(0.85);
        // At the best β the rate has a kink: a little less is a little worse.
        expect(rateOf(a, best)).toBeLessThan(least + 2e-3);
      }
    }
  });

  it("stays what it is where steps do not get on, and within its limits", () => {
    expect(bestShare(1, 0.7)).toBe(0.7);
    expect(bestShare(1.2, 0.7)).toBe(0.7);
    expect(bestShare(Number.NaN, 0.7)).toBe(0.7);
    expect(bestShare(0.2, 0.7)).toBe(0.6);
    expect(bestShare(0.99999, 0.7)).toBe(0.85);
  });
});

describe("momentum that is learned", () => {
  /** Steps until what is left of a quadratic's way is 1e-6 of it. */
  function steps(a: number, { learns = true, beta = 0.6 } = {}): number {
    const momentum = learnedMomentum();
    let [x, before] = [1, 1];
    for (let count = 1; count < 2000; count++) {
      const share = learns ? momentum.share : beta;
      const z = x + share * (x - before);
      const next = a * z;
      momentum.follow(Math.abs(next - z), (z - next) * (next - x) > 0);
      [before, x] = [x, next];
      if (Math.abs(x) < 1e-6 && Math.abs(before) < 1e-6) return count;
    }
    return Number.POSITIVE_INFINITY;
  }

  it("begins at 0, rises, and begins anew after momentum that overshot, or with another problem", () => {
    const momentum = learnedMomentum();
    const shares: number[] = [];
    for (let step = 0; step < 12; step++) {
      shares.push(momentum.share);
      momentum.follow(0.5 ** step, false);
    }
    expect(shares[0]).toBe(0);
    for (let step = 1; step < shares.length; step++) expect(shares[step]).toBeGreaterThanOrEqual(shares[step - 1]);
    expect(shares.at(-1)).toBe(0.6);
    momentum.follow(1, true);
    expect(momentum.share).toBe(0);
    momentum.follow(1, false);
    expect(momentum.share).toBeGreaterThan(0);
    momentum.restart();
    expect(momentum.share).toBe(0);
  });

  it("gets on faster than the momentum it begins with, where the objective is flat", () => {
    for (const a of [0.98, 0.985, 0.99]) expect(steps(a)).toBeLessThan(0.8 * steps(a, { learns: false }));
  });

  it("costs nothing where the objective is curved", () => {
    for (const a of [0.5, 0.8, 0.9]) expect(steps(a)).toBeLessThanOrEqual(1.2 * steps(a, { learns: false }) + 4);
  });
});
