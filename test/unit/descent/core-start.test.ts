import { describe, expect, it } from "vitest";
import { coreStart } from "../../../engine/src/descent/methods/core-start.ts";
import type { Core } from "../../../engine/src/descent/methods/core-sweeps.ts";
import { normalStream } from "../../../engine/src/linalg/random.ts";

/** Σ of `rank` rank-one tensors, whose factors are given back, and noise. */
function planted(lengths: readonly number[], { rank = 3, noise = 0, lambda = 1, seed = 1 } = {}) {
  const normal = normalStream(seed);
  const values = lengths.map((length) => Float64Array.from({ length: length * rank }, normal));
  const tensor = sumOf(lengths, values, rank).map((x) => x + noise * normal());
  const core: Core = { tensor, lengths, weight: 1, lambda };
  return { core, values };
}

function sumOf(lengths: readonly number[], values: readonly Float64Array[], r: number): Float64Array {
  const out = new Float64Array(lengths.reduce((all, length) => all * length, 1));
  for (let at = 0; at < out.length; at++) {
    for (let b = 0; b < r; b++) {
      let rest = at;
      let product = 1;
      for (let k = lengths.length - 1; k >= 0; k--) {
        product *= values[k][(rest % lengths[k]) * r + b];
        rest = Math.floor(rest / lengths[k]);
      }
      out[at] += product;
    }
  }
  return out;
}

function started(core: Core, most = 100, signal = { aborted: false }) {
  const steps = coreStart(core, most, signal);
  let next = steps.next();
  while (!next.done) next = steps.next();
  return next.value;
}

/** ½‖Y − Φ‖² + λ Σ Π‖x_b^k‖, entry by entry. */
function objectiveOf({ tensor, lengths, lambda }: Core, values: readonly Float64Array[], r: number): number {
  const fit = sumOf(lengths, values, r);
  let sum = 0;
  for (let at = 0; at < fit.length; at++) sum += (tensor[at] - fit[at]) ** 2 / 2;
  for (let b = 0; b < r; b++) {
    sum += values.reduce((all, value) => {
      let square = 0;
      for (let at = b; at < value.length; at += r) square += value[at] ** 2;
      return all * Math.sqrt(square);
    }, lambda);
  }
  return sum;
}

const shapes = [
  { lengths: [30, 28, 26] },
  { lengths: [400, 6, 5] },
  { lengths: [3, 200, 150] },
  { lengths: [12, 11, 10, 9] },
  { lengths: [14, 12, 130] },
];

describe("the start in a core", () => {
  it.each(shapes)(
    "has no more branches than were planted in $lengths, and a lower objective than those",
    ({ lengths }) => {
      const { core, values } = planted(lengths);
      const found = started(core);
      expect(found.branches).toBe(3);
      expect(objectiveOf(core, found.values, 3)).toBeLessThan(objectiveOf(core, values, 3) * (1 + 1e-9));
    },
  );

  it("is not misled by noise", () => {
    const { core, values } = planted([40, 30, 25], { noise: 0.3, lambda: 6, seed: 4 });
    const found = started(core);
    expect(found.branches).toBe(3);
    expect(objectiveOf(core, found.values, 3)).toBeLessThan(objectiveOf(core, values, 3));
  });

  it("has at most so many branches as are asked for", () => {
    const { core } = planted([20, 19, 18], { rank: 5 });
    for (const most of [0, 1, 2, 4]) expect(started(core, most).branches).toBeLessThanOrEqual(most);
  });

  it("has none where every direction is worth less than λ", () => {
    const { core } = planted([20, 19, 18], { rank: 1 });
    const size = Math.sqrt(core.tensor.reduce((sum, x) => sum + x * x, 0));
    expect(started({ ...core, lambda: size * 1.01 }).branches).toBe(0);
    expect(started({ ...core, tensor: new Float64Array(core.tensor.length) }).branches).toBe(0);
  });

  it("ends when it is cancelled, with a point all the same", () => {
    const { core } = planted([20, 19, 18]);
    const { branches, values } = started(core, 100, { aborted: true });
    expect(branches).toBe(0);
    expect(values.map(({ length }) => length)).toEqual([0, 0, 0]);
  });

  it("gives the same numbers again", () => {
    const { core } = planted([20, 19, 18], { noise: 0.2 });
    expect(started(core)).toEqual(started(core));
  });
});
