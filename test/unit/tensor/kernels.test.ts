/** The kernels that replace those of TensorFlow.js, and the bundle that they come in. */
import { readFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";
import { loadTensor } from "../../../engine/src/node/tensor.ts";
import { erf } from "../../../engine/src/tensor/error-function.ts";
import { addProductInto } from "../../../engine/src/tensor/matmul.ts";
import { exp, fixed, float, times } from "../../support/exact.ts";
import { numbers } from "../../support/tensor-cases.ts";

const bundle = path.resolve(import.meta.dirname, "../../../.build/tensorflow.mjs");

it("the sources refuse to be loaded as they are: they would compute in float32", async () => {
  await expect(import("../../../engine/src/tensor/realm.ts")).rejects.toThrow(
    "load the bundle that `npm run build` makes",
  );
});

describe("matrix products", () => {
  const sizes = [1, 2, 3, 4, 5, 7, 8, 13];

  it("are sums of products, for all sizes around the blocks and both orders of the operands", () => {
    let worst = 0;
    for (const m of sizes) {
      for (const n of sizes) {
        for (const depth of [1, 3, 255, 256, 257]) {
          const [a, b] = [numbers(m * depth, m + depth), numbers(depth * n, n)];
          const transposed = { values: a, offset: 0, row: 1, column: m };
          const plain = { values: b, offset: 0, row: n, column: 1 };
          const out = new Float64Array(m * n + 3).fill(1);
          addProductInto(out, 2, transposed, plain, [m, depth, n]);
          expect([out[0], out[1], out[m * n + 2]]).toEqual([1, 1, 1]);
          for (let i = 0; i < m; i++) {
            for (let j = 0; j < n; j++) {
              let sum = 1;
              for (let k = 0; k < depth; k++) sum += a[k * m + i] * b[k * n + j];
              worst = Math.max(worst, Math.abs(out[2 + i * n + j] - sum));
            }
          }
        }
      }
    }
    expect(worst).toBeLessThan(1e-12);
  });

  it("of nothing are 0", () => {
    const none = { values: new Float64Array(0), offset: 0, row: 0, column: 1 };
    const out = new Float64Array(4);
    addProductInto(out, 0, none, none, [2, 0, 2]);
    expect([...out]).toEqual([0, 0, 0, 0]);
  });
});

describe("erf", () => {
  /** 2/√π Σ (−1)ⁿ x^{2n+1}/(n! (2n+1)) in 400 bits, enough for the cancellation up to |x| = 6. */
  function exactly(x: number): number {
    const square = times(fixed(x), fixed(x));
    let term = fixed(x);
    let sum = term;
    for (let n = 1n; n < 400n; n++) {
      term = -times(term, square) / n;
      sum += term / (2n * n + 1n);
    }
    return float(times(sum, twoOverRootPi()));
  }

  function twoOverRootPi(): bigint {
    // √π to 40 digits, which is more than float64 asks for.
    return (fixed(2) * 10n ** 39n) / 1772453850905516027298167483341145182798n;
  }

  it("is right to a few units in the last place", () => {
    for (let x = -6.2; x <= 6.2; x += 0.0371) {
      const expected = exactly(x);
      expect(Math.abs(erf(x) - expected), `erf(${x})`).toBeLessThanOrEqual(4 * 2 ** -52 * Math.abs(expected));
    }
  });

  it("at the ends and near 0", () => {
    expect([erf(0), erf(Number.POSITIVE_INFINITY), erf(-40), erf(Number.NaN)]).toEqual([0, 1, -1, Number.NaN]);
    expect(erf(1e-200) / 1e-200).toBeCloseTo(2 / Math.sqrt(Math.PI), 14);
  });
});

describe("softplus", () => {
  it("is log(1 + eˣ) where the kernel of TensorFlow.js answers x or eˣ", async () => {
    const tensor = await loadTensor();
    const input = Float64Array.of(-30, -13, 0, 13, 14, 20, 800);
    const data = { input, inputShape: [1], samples: input.length, outputs: 1 };
    const program = tensor.network([{ kind: "dense", units: 1, bias: false }, { kind: "softplus" }], data);
    const values = program.forward([Float64Array.of(1)]);
    for (const [i, x] of input.entries()) {
      const power = x > 700 ? 0 : float(exp(fixed(-Math.abs(x))));
      const expected = Math.max(x, 0) + Math.log1p(power);
      expect(Math.abs(values[i] - expected), `softplus(${x})`).toBeLessThanOrEqual(4e-16 * expected);
    }
    expect(values[4]).toBeGreaterThan(14);
  });
});

describe("the bundle", () => {
  const text = readFileSync(bundle, "utf8");

  it("has no float32, no code made of text, and imports nothing", () => {
    expect(text).not.toMatch(/Float32Array/);
    expect(text).not.toMatch(/\beval\(|new Function\(/);
    const modules = [...text.matchAll(/\b(?:from|import|require)\s*\(?\s*"([^"]+)"/g)].map(([, name]) => name);
    expect(modules.filter((name) => isBuiltin(name) || !name.startsWith("."))).toEqual([]);
  });

  it("invariant 7: reaches for no network", () => {
    expect(text).not.toMatch(/node-fetch|XMLHttpRequest|WebSocket|globalThis\.fetch|global\.fetch/);
    // What is left asks the platform, and ours refuses.
    expect(text).toContain("the engine has no network");
  });

  it("refuses to share a thread with another TensorFlow.js", async () => {
    await loadTensor();
    await expect(import(/* @vite-ignore */ `${pathToFileURL(bundle).href}?again`)).rejects.toThrow(
      "another TensorFlow.js is loaded in this thread",
    );
  });
});
