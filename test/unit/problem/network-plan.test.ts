/** Shapes and parameters of a branch, and what does not fit said in words. */
import { describe, expect, it } from "vitest";
import type { LayerConfig } from "../../../engine/src/config/config.ts";
import { networkLabel, parameterSymbols } from "../../../engine/src/problem/mapping/network-label.ts";
import { planNetwork } from "../../../engine/src/problem/mapping/network-plan.ts";
import { dense, planOf, RELU } from "../../support/networks.ts";

function conv(filters: number, more: Partial<Extract<LayerConfig, { kind: "conv2d" }>> = {}): LayerConfig {
  return { kind: "conv2d", filters, kernel: [3, 3], stride: [1, 1], padding: "valid", bias: false, ...more };
}

const FLATTEN: LayerConfig = { kind: "flatten" };

function refused(layers: readonly LayerConfig[], inputShape: readonly number[], outputs = 2, samples = 1) {
  const planned = planNetwork(layers, { inputShape, outputs, samples });
  if (planned.ok) throw new Error("the plan was accepted");
  return { at: planned.layer, message: planned.message };
}

describe("planNetwork", () => {
  it("fills in shapes, units and parameters in order", () => {
    const plan = planOf([conv(4, { bias: true }), RELU, { kind: "maxPool2d", size: 2 }, FLATTEN, dense(null, true)], {
      inputShape: [8, 7, 3],
      outputs: 5,
    });
    expect(plan.layers.map(({ outputShape }) => outputShape)).toEqual([[6, 5, 4], [6, 5, 4], [3, 2, 4], [24], [5]]);
    expect(plan.parameters).toEqual([
      { name: "conv2d_1/kernel", role: "kernel", shape: [28, 4], biasRow: true, layer: [0] },
      { name: "dense_2/kernel", role: "kernel", shape: [24, 5], layer: [4] },
      { name: "dense_2/bias", role: "bias", shape: [5], layer: [4] },
    ]);
    expect(plan.layers[4].layer).toEqual(dense(5, true));
    expect(plan.layers.map(({ parameters }) => parameters)).toEqual([[0], [], [], [], [1, 2]]);
    expect(plan.depth).toBe(2);
    expect(plan.outputShape).toEqual([5]);
  });

  it("follows stride and padding", () => {
    const behind = (layer: LayerConfig) =>
      planOf([layer, FLATTEN, dense(null)], { inputShape: [9, 10, 1], outputs: 1 });
    expect(behind(conv(2, { stride: [2, 3] })).layers[0].outputShape).toEqual([4, 3, 2]);
    expect(behind(conv(2, { stride: [2, 3], padding: "same" })).layers[0].outputShape).toEqual([5, 4, 2]);
    expect(behind(conv(2, { kernel: [2, 5] })).parameters[0].shape).toEqual([2, 5, 1, 2]);
  });

  it("puts a bias into the kernel only where no parameter comes before", () => {
    const norm: LayerConfig = { kind: "batchNorm", epsilon: 1e-3 };
    const plan = planOf([norm, dense(3, true), RELU, dense(null)], { inputShape: [4], outputs: 1 });
    expect(plan.parameters.map(({ name, shape }) => [name, shape])).toEqual([
      ["batchNorm_1/scale", [4]],
      ["batchNorm_1/shift", [4]],
      ["dense_1/kernel", [4, 3]],
      ["dense_1/bias", [3]],
      ["dense_2/kernel", [3, 1]],
    ]);
    expect(parameterSymbols(plan.parameters)).toEqual(["γ₁", "β₁", "W₁", "b₁", "W₂"]);
  });

  it("walks into residual blocks in place", () => {
    const block: LayerConfig = { kind: "residual", layers: [dense(4), RELU, dense(4)] };
    const plan = planOf([dense(4), block, { kind: "maxout", pieces: 2 }], { inputShape: [3], outputs: 2 });
    expect(plan.parameters.map(({ layer }) => layer)).toEqual([[0], [1, "residual", 0], [1, "residual", 2]]);
    expect(plan.layers[1].parameters).toEqual([]);
    expect(plan.layers[1].inner.map(({ parameters }) => parameters)).toEqual([[1], [], [2]]);
    expect(plan.outputShape).toEqual([2]);
    expect(plan.depth).toBe(3);
  });

  it("says what does not fit, where, and what to do", () => {
    expect(refused([RELU], [3])).toEqual({ at: [], message: "no layer has weights; add dense or conv2d" });
    expect(refused([dense(2)], [0]).message).toContain("no numbers a sample");
    expect(refused([dense(3), RELU], [4])).toEqual({
      at: [1],
      message: "the branch ends with 3 numbers a sample, the target has 2 columns; end it with dense",
    });
    expect(refused([conv(2)], [5, 5, 1]).message).toContain("3 × 3 × 2 = 18 numbers a sample");
    expect(refused([conv(2), dense(null)], [5, 5, 1])).toMatchObject({ at: [1] });
    expect(refused([conv(2), dense(null)], [5, 5, 1]).message).toContain("gets 3 × 3 × 2; add flatten");
    expect(refused([conv(2)], [9]).message).toContain("height × width × channels, but gets 9");
    expect(refused([conv(2)], [2, 5, 1]).message).toContain("3 × 3 is larger than the image, 2 × 5");
    expect(refused([{ kind: "averagePool2d", size: 4 }, FLATTEN, dense(null)], [3, 9, 1]).message).toContain("4 × 4");
    expect(refused([dense(null), RELU, dense(null)], [3])).toMatchObject({ at: [0] });
    expect(refused([dense(5), { kind: "maxout", pieces: 2 }, dense(null)], [3])).toMatchObject({ at: [1] });
    expect(refused([dense(5), { kind: "maxout", pieces: 2 }, dense(null)], [3]).message).toContain("before 6");
    const wide: LayerConfig = { kind: "residual", layers: [dense(5)] };
    expect(refused([dense(4), wide, dense(null)], [3])).toMatchObject({ at: [1] });
    const deep: LayerConfig = { kind: "residual", layers: [RELU, conv(1)] };
    expect(refused([dense(4), deep, dense(null)], [3]).at).toEqual([1, "residual", 1]);
  });

  it("stops before memory does", () => {
    expect(refused([dense(100000), RELU, dense(100000), RELU, dense(null)], [3]).message).toContain(
      "at most 50,000,000",
    );
    expect(refused([dense(1000), RELU, dense(null)], [3], 2, 100000)).toMatchObject({ at: [0] });
  });
});

describe("networkLabel", () => {
  const labelOf = (layers: readonly LayerConfig[], inputShape: readonly number[]) =>
    networkLabel(layers, planOf(layers, { inputShape, outputs: 2 }));

  it("writes short branches as formulas, long ones in words", () => {
    expect(labelOf([dense(1), RELU, dense(null)], [3])).toBe("relu(V W₁) W₂");
    expect(labelOf([dense(4, true), { kind: "abs" }, dense(null, true)], [3])).toBe("|V W₁| W₂ + b₂");
    expect(labelOf([conv(3), RELU, FLATTEN, { kind: "power", exponent: 2 }, dense(null)], [5, 5, 1])).toBe(
      "(relu(V ∗ W₁))^2 W₂",
    );
    const deep = Array.from({ length: 4 }, () => [dense(3), RELU]).flat();
    expect(labelOf([...deep, dense(null)], [3])).toBe("a branch of 9 layers: dense, relu");
  });
});
