/** Losses, mappings, starts and files: what may be written, what it becomes, and what is said when it is wrong. */
import { parseConfig } from "@optimality-lens/engine";
import { describe, expect, it } from "vitest";
import { complaint, configOf, parseLines } from "./config-lines.ts";

describe("losses and extra variables", () => {
  it.each([
    ["loss: logistic", { kind: "logistic" }],
    ["loss: cross-entropy", { kind: "cross-entropy" }],
    ["loss: {huber: 1.5}", { kind: "huber", delta: 1.5 }],
    ["loss: {squared: 2}", { kind: "squared", weight: 2 }],
  ])("%s", (written, loss) => {
    expect(configOf(written)?.loss).toEqual(loss);
  });

  it.each([
    ["extra: {intercept: true}", { intercept: true }],
    ["extra: {outliers: {l1: 0.5}}", { outliers: { l1: 0.5 } }],
    ["extra: {intercept: true, outliers: {l1: 0.5}}", { intercept: true, outliers: { l1: 0.5 } }],
    ["extra: {intercept: false, outliers: {l1: 0.5}}", { outliers: { l1: 0.5 } }],
    ["extra: {intercept: false}", undefined],
    ["loss: cross-entropy\nextra: {intercept: true}", { intercept: true }],
  ])("%s", (written, extra) => {
    expect(configOf(written)?.extra).toEqual(extra);
  });

  it.each([
    ["loss: {squared: 1, huber: 1}", /\} \| loss: squared and huber are two losses; keep one of them/],
    ["loss: {}", /names no loss; write squared/],
    ["loss: huber", "invalid-value huber | loss: huber needs a value; write {huber: 1.5}"],
    ["loss: hubr", /did you mean \{huber: …\}\?$/],
    ["loss: l1", /^loss-not-differentiable .* use \{huber: δ\}, or squared with extra\.outliers/],
    ["loss: hinge", /^loss-not-differentiable .* use squared-hinge or logistic/],
    ["loss: poisson\nextra: {outliers: {l1: 1}}", /outliers go with a squared loss, not with poisson/],
    ["extra: {}", /extra: \{\} names no variable/],
    ["extra: {outliers: {l1: 0}}", /extra\.outliers\.l1: 0 is not > 0/],
  ])("%s is answered in words", (lines, message) => {
    expect(complaint(lines)).toEqual(typeof message === "string" ? message : expect.stringMatching(message));
  });

  it("an edit that removes the outliers leaves the intercept", () => {
    const [finding] = parseLines("loss: poisson\nextra: {intercept: true, outliers: {l1: 1}}").findings;
    expect(finding?.suggestions[0]).toMatchObject({ edits: [{ op: "remove", path: "extra.outliers" }] });
  });
});

describe("mappings and their data", () => {
  it.each(["matrix", "symmetric", "cp"])("%s, short and long", (kind) => {
    const head = "data: {target: y.csv}\nlambda: 1\n";
    for (const mapping of [kind, `{kind: ${kind}}`]) {
      const { config } = parseConfig(`${head}mapping: ${mapping}\n`, { fileName: "a.yaml" });
      expect(config?.mapping).toEqual({ kind });
    }
  });

  it("a network with its input, by layers or by a model file", () => {
    const text = "data: {target: y.csv, input: v.npz#x, bias: true}\nlambda: 1\nmapping: {kind: network, ";
    const layers = parseConfig(`${text}layers: [relu]}\n`, { fileName: "a.yaml" });
    expect(layers.config?.data).toEqual({ target: "y.csv", input: "v.npz#x", bias: true });
    expect(layers.config?.mapping).toEqual({ kind: "network", layers: [{ kind: "relu" }] });
    const model = parseConfig(`${text}model: m/model.json}\n`, { fileName: "a.yaml" });
    expect(model.config?.mapping).toEqual({ kind: "network", model: "m/model.json" });
  });

  it.each([
    ["mapping: network", /^missing-key mapping \| mapping\.layers is missing; a network needs layers or a model file/],
    ["mapping: {kind: network, model: m.h5}", /^invalid-value m\.h5 \| .* is not a \.json or \.onnx file/],
    ["mapping: {kind: network, model: 'http://a.b/m.json'}", /is an address/],
    ["mapping: {kind: network, model: m.json, layers: [relu]}", /layers and model say the same thing/],
    ["mapping: {kind: network, layers: []}", /\[\] is not a list of layers/],
    ["mapping: {kind: network, layers: relu}", /"relu" is not a list of layers/],
    ["mapping: {kind: nework, layers: [relu]}", /did you mean network\?$/],
  ])("%s", (lines, message) => {
    expect(complaint(lines, "network")).toMatch(message);
  });

  it.each([
    [
      "{target: y.csv}",
      "{kind: network, layers: [dense]}",
      ["data.input"],
      /data\.input is missing, which mapping net/,
    ],
    ["{target: y.csv, bias: true}", "{kind: network, model: m.onnx}", ["data.input"], /input: v\.csv/],
    ["{target: y.csv, input: v.csv}", "cp", ["data.input"], /an input goes with mapping network, not with cp/],
    ["{target: y.csv, bias: true}", "matrix", ["data.bias"], /a column of ones goes with the input/],
    ["{target: y.csv, sensing: a.npy}", "cp", ["data.sensing"], /measurements go with mapping matrix or symmetric/],
    ["{target: y.csv}", "{kind: cp, layers: [relu]}", ["mapping.layers"], /layers go with kind: network, not with cp/],
    ["{target: y.csv}", "{kind: matrix, model: a.onnx}", ["mapping.model"], /a model file goes with kind: network/],
    ["{target: y.csv, sensing: a.xls}", "matrix", ["data.sensing"], /is not a \.csv/],
  ])("data: %s with mapping: %s", (data, mapping, paths, message) => {
    const { findings } = parseConfig(`data: ${data}\nmapping: ${mapping}\nlambda: 1\n`, { fileName: "a.yaml" });
    expect(findings.map(({ path }) => path)).toEqual(paths);
    expect(findings[0]?.message).toMatch(message);
  });

  it.each(["matrix", "symmetric"])("measurements go with %s", (kind) => {
    const { config } = parseConfig(
      `data: {target: y.csv, sensing: a.npy, bias: false}\nmapping: ${kind}\nlambda: 1\n`,
      {
        fileName: "a.yaml",
      },
    );
    expect(config?.data).toEqual({ target: "y.csv", sensing: "a.npy", bias: false });
  });
});

describe("start, search and files", () => {
  it("read a checkpoint and every method", () => {
    expect(configOf("start: {checkpoint: w.npz}\nsearch: {maxIterations: 0, grow: false}")).toMatchObject({
      start: { kind: "checkpoint", file: "w.npz" },
      search: { maxIterations: 0, grow: false },
    });
    for (const method of ["newton", "bfgs", "prox-gradient"])
      expect(configOf(`search: {method: ${method}}`)?.search.method).toBe(method);
  });

  it.each([
    ["start: {}", /start: \{\} names no start/],
    ["start: {random: {seed: 1}, checkpoint: a.npz}", /random and checkpoint are two starts; keep one of them/],
    ["start: {checkpoint: a.npy}", /is not an \.npz file; save factor1 … factorK/],
  ])("%s", (lines, message) => {
    expect(complaint(lines)).toMatch(message);
  });

  const ALL = `data: {target: y.csv, mask: m.npz#a, input: v.npy}
mapping: {kind: network, model: model.json}
constraint: [{kernel: k.csv}, nonnegative]
regularizer: {factors: [{constraint: {inequality: i.csv}}]}
lambda: 1
start: {checkpoint: w.npz}
`;
  const NAMED = [
    ["data.target", "y.csv", "array"],
    ["data.mask", "m.npz#a", "array"],
    ["data.input", "v.npy", "array"],
    ["mapping.model", "model.json", "model"],
    ["constraint[0].kernel", "k.csv", "array"],
    ["regularizer.factors[0].constraint.inequality", "i.csv", "array"],
    ["start.checkpoint", "w.npz", "factors"],
  ];
  const namedOf = (text: string) =>
    parseConfig(text, { fileName: "a.yaml" }).named.map(({ path, file, hold }) => [path, file, hold]);

  it("names every file, also when something else is wrong", () => {
    expect(namedOf(ALL)).toEqual(NAMED);
    expect(namedOf(`${ALL}branches: 0\n`)).toEqual(NAMED);
    expect(namedOf(ALL.replace("i.csv", "i.xlsx"))).toEqual(NAMED.filter(([, file]) => file !== "i.csv"));
    expect(namedOf(ALL.replace("y.csv", "[y.csv]"))).toEqual(NAMED.slice(1));
    expect(namedOf("- data\n")).toEqual([]);
  });
});
