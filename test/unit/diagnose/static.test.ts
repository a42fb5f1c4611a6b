import { describe, expect, it } from "vitest";
import { editConfigText } from "../../../engine/src/config/edit.ts";
import { parseConfig } from "../../../engine/src/config/parse.ts";
import type { Finding } from "../../../engine/src/diagnose/finding.ts";
import { staticFindings } from "../../../engine/src/diagnose/static.ts";
import type { StaticFacts } from "../../../engine/src/diagnose/static-rule.ts";
import { configGraph } from "../../../engine/src/homogeneity/config-layers.ts";

function findingsOf(text: string, facts: StaticFacts = {}): readonly Finding[] {
  const { config, findings } = parseConfig(text, { fileName: "a.yaml" });
  if (config === undefined) throw new Error(`${findings[0]?.message}\n${text}`);
  return staticFindings(config, facts);
}

const factorization = (more: string, mapping = "matrix"): string =>
  `data: {target: y.csv}\nmapping: ${mapping}\nlambda: 1\n${more}`;
const network = (layers: readonly string[], more = ""): string =>
  `data: {target: y.csv, input: x.csv}\nmapping:\n  kind: network\n  layers:\n${layers.map((layer) => `    - ${layer}\n`).join("")}lambda: 1\n${more}`;

const codes = (findings: readonly Finding[]): string[] => findings.map(({ code }) => code);

/** Each suggested edit gives a config that is read and no longer has the finding. */
function expectMended(text: string, code: string, facts: StaticFacts = {}): string[] {
  const found = findingsOf(text, facts).filter((finding) => finding.code === code);
  return found.flatMap(({ suggestions }) =>
    suggestions.map((suggestion) => {
      if (suggestion.kind !== "edit") throw new Error("an action");
      const after = editConfigText(text, "a.yaml", suggestion.edits).text;
      expect(codes(findingsOf(after, facts))).not.toContain(code);
      return after;
    }),
  );
}

describe("degree-mismatch", () => {
  it("warns at regularizer.kind, with the statement and two repairs", () => {
    const [finding, ...others] = findingsOf(factorization("regularizer: {kind: l1}\n"));
    expect(others).toEqual([]);
    expect(finding).toMatchObject({ code: "degree-mismatch", severity: "warning", path: "regularizer.kind" });
    expect(finding?.message).toMatch(/l1 has degree 1, but the mapping matrix has degree 2; .*Proposition 19/);
    expect(finding?.explanation).toMatch(/Proposition 19.*\(58\)/);
    expect(finding?.suggestions.map((suggestion) => suggestion.title)).toEqual([
      "use kind: product with norm l1 (degree matched)",
      "use kind: power with norm l1 (degree matched)",
    ]);
  });

  it.each([
    ["l1", factorization("regularizer: l1\n"), {}, 2],
    ["norms per factor", factorization("regularizer: {kind: l1, norms: [l1, l1]}\n"), {}, 2],
    [
      "a constraint of one factor",
      factorization("regularizer: {kind: l1, factors: [{constraint: nonnegative}, {}]}\n"),
      {},
      2,
    ],
    ["symmetric", factorization("regularizer: {kind: l1}\n", "symmetric"), {}, 2],
    ["cp of order 3 with weight decay", factorization("regularizer: weight-decay\n", "cp"), { shape: [4, 3, 2] }, 2],
    [
      "three layers with weight decay",
      network(["dense: 3", "relu", "dense: 3", "relu", "dense"], "regularizer: weight-decay\n"),
      {},
      2,
    ],
    ["squares inside, product", network(["dense: 3", "power: 2", "dense"], "regularizer: product\n"), {}, 2],
    [
      "an expression",
      factorization("regularizer: {kind: custom, expression: {sum: [{norm: l1, factor: 1}, {norm: l2, factor: 2}]}}\n"),
      {},
      2,
    ],
  ] as const)("each fix of %s matches the degrees", (_, text, facts, fixes) => {
    expect(codes(findingsOf(text, facts))).toContain("degree-mismatch");
    const mended = expectMended(text, "degree-mismatch", facts);
    expect(mended).toHaveLength(fixes);
    for (const after of mended) expect(codes(findingsOf(after, facts))).toEqual([]);
    expect(mended.join().includes("nonnegative")).toBe(text.includes("nonnegative"));
  });

  it("says for p' > p that branches are not limited", () => {
    const text = factorization(
      "regularizer: {kind: custom, expression: {product: [{power: {of: {norm: l1, factor: 1}, exponent: 2}}, {power: {of: {norm: l2, factor: 2}, exponent: 2}}]}}\n",
    );
    const [finding] = findingsOf(text);
    expect(finding).toMatchObject({ code: "degree-mismatch", path: "regularizer.expression" });
    expect(finding?.message).toMatch(/custom has degree 4.*\(58\)/);
    expect(expectMended(text, "degree-mismatch")[0]).toContain("norms: [l1, l2]");
  });

  it.each([
    factorization("regularizer: {kind: product}\n"),
    factorization("regularizer: {kind: power, norm: l1}\n"),
    factorization("regularizer: {kind: weight-decay}\n"),
    factorization("", "symmetric"),
    // Without the target's axes there is no degree to compare with.
    factorization("regularizer: weight-decay\n", "cp"),
    network(["dense: 3", "relu", "dense"]),
    network(["dense: {units: 3, bias: true}", "abs", "dense: 2", "maxout: 2"]),
    network(["dense: 3", "relu", "dense: 3", "relu", "dense"], "regularizer: power\n"),
    "data: {target: y.csv, input: x.csv}\nmapping: {kind: network, model: m.json}\nlambda: 1\nregularizer: weight-decay\n",
  ])("is silent for %s", (text) => {
    expect(findingsOf(text)).toEqual([]);
  });

  it("shows Proposition 19 on the problem at hand", () => {
    const text = factorization("regularizer: l1\n");
    const proposition19 = { objectiveAtZero: 12.5, crossing: { scale: 0.75, objective: 12 }, searchedTo: 1e6 };
    expect(findingsOf(text, { escape: proposition19 })[0]?.explanation).toMatch(
      /0 is a local minimum with the objective 12\.5000\. .*only where the slices of the branch have norm 0\.7500/,
    );
    expect(findingsOf(text, { escape: { ...proposition19, crossing: null } })[0]?.explanation).toMatch(
      /nowhere lower, up to .* norm 1\.0e\+6: 0 may be global/,
    );
    expect(findingsOf(text)[0]?.explanation).not.toContain("Here 0 is");
  });
});

describe("mixed-degrees", () => {
  it("of the elastic net has fixes that mix the norms instead", () => {
    const text = factorization("regularizer: elastic-net\n");
    const [finding, ...others] = findingsOf(text);
    expect(others).toEqual([]);
    expect(finding).toMatchObject({ code: "mixed-degrees", path: "regularizer.kind" });
    expect(finding?.message).toMatch(/elastic-net adds terms of degrees 1 and 2/);
    const mended = expectMended(text, "mixed-degrees");
    expect(mended).toHaveLength(2);
    for (const after of mended) expect(codes(findingsOf(after))).toEqual([]);
  });

  it("of a residual points at it", () => {
    const [finding, ...others] = findingsOf(network(["dense: 3", "relu", "residual: [dense: 3, relu]", "dense"]));
    expect(others).toEqual([]);
    expect(finding).toMatchObject({ code: "mixed-degrees", path: "mapping.layers[2]", severity: "warning" });
    expect(finding?.message).toMatch(/^mapping\.layers\[2\]: residual joins terms of degrees 1 and 2/);
  });
});

describe("layers of a config", () => {
  it("not-homogeneous: relu in the place of each", () => {
    const text = network(["dense: 3", "tanh", "residual: [tanh]", "dense: 3", "sigmoid", "dense"]);
    const found = findingsOf(text);
    expect(found.map(({ code, path }) => [code, path])).toEqual([
      ["not-homogeneous", "mapping.layers[1]"],
      ["not-homogeneous", "mapping.layers[4]"],
    ]);
    const all = found.flatMap(({ suggestions }) => suggestions.flatMap((s) => (s.kind === "edit" ? s.edits : [])));
    const { text: after } = editConfigText(text, "a.yaml", all);
    expect(after).toContain("    - relu\n    - residual: [relu]\n    - dense: 3\n    - relu\n");
    expect(findingsOf(after)).toEqual([]);
  });

  it("bias-breaks-homogeneity: inner biases are dropped together, nested ones too", () => {
    const text = network([
      "dense: {units: 3, bias: true}",
      "relu",
      "dense: {units: 3, bias: true}",
      "relu",
      "conv2d: {filters: 2, kernel: 1, bias: true}",
      "dense",
    ]);
    const [finding] = findingsOf(text);
    expect(finding?.path).toBe("mapping.layers[2].dense.bias");
    expect(finding?.message).toMatch(/^mapping\.layers\[2\] and mapping\.layers\[4\]: a bias has degree 1/);
    const [after = "", ...others] = expectMended(text, "bias-breaks-homogeneity");
    expect(others).toEqual([]);
    expect(after.match(/bias: true/g)).toHaveLength(1);
    expect(findingsOf(after)).toEqual([]);
  });

  it("bias-breaks-homogeneity: the bias of the output becomes an intercept, or goes", () => {
    const text = network(["dense: 3", "relu", "dense: {units: 1, bias: true}"]);
    const mended = expectMended(text, "bias-breaks-homogeneity");
    expect(mended).toHaveLength(2);
    for (const after of mended) expect(findingsOf(after)).toEqual([]);
    expect(parseConfig(mended[0] ?? "", { fileName: "a.yaml" }).config?.extra).toEqual({ intercept: true });
    expect(parseConfig(mended[1] ?? "", { fileName: "a.yaml" }).config?.extra).toBeUndefined();
  });

  it.each([
    ["softmax", "cross-entropy"],
    ["sigmoid", "logistic"],
  ])("activation-belongs-in-loss: %s", (head, loss) => {
    const text = network(["dense: 3", "relu", "dense", head]);
    expect(codes(findingsOf(text))).toEqual(["activation-belongs-in-loss"]);
    const [after = ""] = expectMended(text, "activation-belongs-in-loss");
    const { config } = parseConfig(after, { fileName: "a.yaml" });
    expect(config?.loss.kind).toBe(loss);
    expect(config?.mapping).toMatchObject({ layers: [{ kind: "dense" }, { kind: "relu" }, { kind: "dense" }] });
    expect(findingsOf(after)).toEqual([]);
  });

  it("scale-invariant-weights: all normalizations are left out at once", () => {
    const text = network(["dense: 3", "batchNorm", "relu", "dense: 3", "batchNorm", "dense"]);
    const [finding] = findingsOf(text).filter(({ code }) => code === "scale-invariant-weights");
    expect(finding).toMatchObject({ severity: "warning", path: "mapping.layers[1]" });
    const [after = ""] = expectMended(text, "scale-invariant-weights");
    expect(after).not.toContain("batchNorm");
    expect(findingsOf(after)).toEqual([]);
  });

  it("of a model file are said at mapping.model, without edits of the config", () => {
    const text = "data: {target: y.csv, input: x.csv}\nmapping: {kind: network, model: m.json}\nlambda: 1\n";
    const graph = configGraph([
      { kind: "dense", units: 3, bias: false },
      { kind: "tanh" },
      { kind: "dense", units: 1, bias: true },
    ]);
    const found = findingsOf(text, { graph });
    expect(codes(found)).toEqual(["not-homogeneous", "bias-breaks-homogeneity"]);
    for (const finding of found) expect(finding).toMatchObject({ path: "mapping.model", suggestions: [] });
    expect(found[0]?.message).toMatch(/^mapping\.model: m\.json: /);
  });
});

describe("degenerate-pair", () => {
  it("a factor without a norm (footnote 3)", () => {
    const text = factorization(
      "regularizer: {kind: custom, expression: {power: {of: {norm: l1, factor: 2}, exponent: 2}}}\n",
    );
    const [finding, ...others] = findingsOf(text);
    expect(others).toEqual([]);
    expect(finding).toMatchObject({ code: "degenerate-pair", severity: "warning", path: "regularizer.expression" });
    expect(finding?.message).toMatch(/no norm of factor 1; scaling that up and the others down drives g to 0/);
    const mended = expectMended(text, "degenerate-pair");
    expect(mended).toHaveLength(2);
    for (const after of mended) expect(findingsOf(after)).toEqual([]);
  });

  it("powers that are not those of the mapping", () => {
    const text = network(["dense: 3", "power: 2", "dense"]);
    const finding = findingsOf(text).find(({ code }) => code === "degenerate-pair");
    expect(finding?.message).toMatch(/product has the powers 1 and 1 of the norms, but .* degrees 2 and 1/);
    for (const after of expectMended(text, "degenerate-pair")) expect(findingsOf(after)).toEqual([]);
  });

  it("is silent for sums of powers and for matched products", () => {
    for (const more of ["weight-decay", "power", "{kind: product, norms: [l1, {l2: 1, l1: 0.5}]}"])
      expect(findingsOf(factorization(`regularizer: ${more}\n`))).toEqual([]);
  });
});

describe("widths", () => {
  const shape = [5, 3];

  it("more-branches-than-needed speaks only beyond what is enough, and only when the shape is known", () => {
    const wide = factorization("branches: 4\n");
    expect(findingsOf(wide)).toEqual([]);
    expect(findingsOf(wide, { shape: [5, 4] })).toEqual([]);
    expect(findingsOf(wide, { shape })).toMatchObject([
      {
        code: "more-branches-than-needed",
        severity: "info",
        path: "branches",
        suggestions: [{ edits: [{ op: "set", path: "branches", value: 3 }] }],
      },
    ]);
  });

  it("knows other mappings, and waits for what data have to tell", () => {
    const wide = (text: string, facts: StaticFacts) => codes(findingsOf(text, facts));
    expect(wide(factorization("branches: 5\n", "symmetric"), { shape: [4, 4] })).toEqual(["more-branches-than-needed"]);
    const neuron = network(["dense: 1", "relu", "dense"], "branches: 21\n");
    expect(wide(neuron, { shape: [10, 2] })).toEqual(["more-branches-than-needed"]);
    expect(wide(neuron, { shape: [10, 3] })).toEqual([]);
    const classes = network(["dense: 1", "relu", "dense: 3"], "branches: 31\nloss: cross-entropy\n");
    expect(wide(classes, { shape: [10] })).toEqual([]);
    expect(wide(classes, { shape: [10], outputs: 3 })).toEqual(["more-branches-than-needed"]);
    expect(wide(classes, { shape: [10], outputs: 4 })).toEqual([]);
    const sensing = "data: {target: y.csv, sensing: a.npy}\nmapping: matrix\nlambda: 1\nbranches: 5\n";
    expect(wide(sensing, { shape: [100] })).toEqual([]);
    expect(wide(sensing, { shape: [100], modelShape: [6, 4] })).toEqual(["more-branches-than-needed"]);
  });

  it("too-few-branches: a width that may not be left", () => {
    for (const [more, path] of [
      ["branches: 2\nsearch: {grow: false}\n", "search.grow"],
      ["search: {maxBranches: 2}\n", "search.maxBranches"],
    ] as const) {
      const text = factorization(more);
      expect(findingsOf(text, { shape })).toMatchObject([{ code: "too-few-branches", severity: "info", path }]);
      const [after = ""] = expectMended(text, "too-few-branches", { shape });
      expect(findingsOf(after, { shape })).toEqual([]);
    }
  });

  it.each([
    "branches: 3\nsearch: {grow: false}\n",
    "search: {maxBranches: 3}\n",
    "start: {checkpoint: w.npz}\nsearch: {grow: false, maxIterations: 0}\n",
  ])("too-few-branches is silent for %s", (more) => {
    expect(findingsOf(factorization(more), { shape })).toEqual([]);
  });
});
