import { describe, expect, it } from "vitest";
import { keyAt } from "../../../extension/language/service.ts";

const TEXT = `data: {target: y.csv, input: v.npy}
mapping:
  kind: network
  layers:
    - {dense: {units: 3, bias: true}}
    - relu
    - residual: [{dense: 3}, abs]
    - batchNorm
    - {dense: {units: 3, bias: true}}
    - tanh
    - relu
    - dense
    - softmax
lambda: 1
`;

/** What is said at the nth place of a word. */
function at(word: string, nth = 1, text = TEXT) {
  let offset = -1;
  for (let count = 0; count < nth; count++) offset = text.indexOf(word, offset + 1);
  if (offset < 0) throw new Error(`no ${word}`);
  const before = text.slice(0, offset).split("\n");
  return keyAt("/a.optimality.yaml", text, { line: before.length - 1, character: (before.at(-1) ?? "").length + 1 });
}

describe("the hover on a layer", () => {
  it("tells the degree beside what the key means", () => {
    const dense = at("dense");
    expect(dense?.path).toBe("mapping.layers[0].dense");
    expect(dense?.info?.description).toMatch(/^A weight matrix/);
    expect(dense?.layer).toBe("degree 1 after this layer");
    expect(at("units")).toMatchObject({ path: "mapping.layers[0].dense.units", layer: "degree 1 after this layer" });
  });

  it("tells the degree of layers that are a word, which have no text of their own", () => {
    expect(at("relu")).toEqual({
      path: "mapping.layers[1]",
      info: undefined,
      layer: "degree 1 after this layer",
    });
  });

  it("goes into residuals, whose own key is about their sum", () => {
    expect(at("dense", 2)?.layer).toBe("degree 2 after this layer");
    expect(at("abs")).toMatchObject({ path: "mapping.layers[2].residual[1]", layer: "degree 2 after this layer" });
    const sum = at("residual");
    expect(sum?.layer).toBe("mixed degrees 1 and 2 after this layer: joins different degrees");
    expect(sum?.info?.description).toMatch(/skip around layers/);
    const broken = TEXT.replace("[{dense: 3}, abs]", "[tanh]");
    expect(at("residual", 1, broken)?.layer).toBe(
      "no degree after this layer: inherited from tanh in layer mapping.layers[2].residual[0]",
    );
  });

  it("names what breaks homogeneity, where it does and after it", () => {
    const text = TEXT.replace("    - residual: [{dense: 3}, abs]\n", "");
    expect(at("batchNorm", 1, text)?.layer).toBe(
      "degree ≈ 1 after this layer; weights before it become scale-invariant (approximately: ε = 0.001)",
    );
    expect(at("bias", 2, text)?.layer).toBe("mixed degrees 1 and 2 after this layer: its bias has degree 1");
    expect(at("tanh", 1, text)?.layer).toBe("no degree after this layer: for no p is tanh(αx) = αᵖ tanh(x)");
    const without = text.replace("    - tanh\n", "");
    expect(at("relu", 2, without)?.layer).toBe(
      "mixed degrees 1 and 2 after this layer, because of the bias of layer mapping.layers[3]",
    );
    expect(at("relu", 2, text)?.layer).toBe("no degree after this layer, because of tanh in layer mapping.layers[4]");
    expect(at("softmax", 1, text)?.layer).toBe("no degree after this layer: belongs in the loss");
  });

  it("says nothing of layers elsewhere, nor while the layers have errors themselves", () => {
    expect(at("lambda")).toMatchObject({ path: "lambda", layer: undefined });
    expect(at("layers")?.layer).toBeUndefined();
    expect(at("kind")).toMatchObject({ path: "mapping.kind", layer: undefined });
    for (const wrong of [TEXT.replace("- relu", "- rleu"), TEXT.replace("units: 3, bias", "units: 0, bias")]) {
      expect(at("dense", 1, wrong)).toMatchObject({ layer: undefined });
      expect(at("abs", 1, wrong)).toBeUndefined();
    }
    expect(at("dense", 1, `${TEXT}lambda: [1\n`)?.layer).toBeUndefined();
  });

  it("stays while something is wrong elsewhere in the config", () => {
    for (const wrong of ["lamda: 1", "", "lambda: -1", "lambda: 1\nconstraint: cube", "lambda: 1\nlambda: 2"]) {
      const text = TEXT.replace("lambda: 1", wrong);
      expect(at("dense", 1, text)?.layer).toBe("degree 1 after this layer");
      expect(at("abs", 1, text)).toMatchObject({ layer: "degree 2 after this layer" });
    }
  });
});
