/** Edits that findings about a Keras model offer: of its own JSON text, and only where one value mends it. */
import { describe, expect, it } from "vitest";
import { editConfigText } from "../../../engine/src/config/edit.ts";
import { checkModelText } from "../../../engine/src/diagnose/model-findings.ts";
import {
  type Config,
  functional,
  input,
  type Layer,
  lstm,
  sequential,
  tensorflowJs,
} from "../../support/keras-models.ts";

const dense = (name: string, config: Config = {}): Layer => ["Dense", name, { units: 2, use_bias: false, ...config }];
const shapes: readonly [string, (...layers: Layer[]) => Config][] = [
  ["functional", (...layers) => functional([input([4]), ...layers])],
  ["sequential", (...layers) => sequential(layers)],
  ["TensorFlow.js", (...layers) => tensorflowJs(functional([input([4]), ...layers]))],
];

/** The text after all edits offered for a code, and how many findings had some. */
function mended(
  model: Config,
  code: string,
  indent: number | undefined,
): { readonly text: string; readonly fixes: number } {
  let text = JSON.stringify(model, null, indent);
  const found = checkModelText(text).findings.filter((finding) => finding.code === code);
  let fixes = 0;
  for (const { suggestions } of found) {
    expect(suggestions.length).toBeLessThanOrEqual(1);
    for (const suggestion of suggestions) {
      if (suggestion.kind !== "edit") throw new Error("an action");
      const after = editConfigText(text, "model.json", suggestion.edits);
      expect(after.edits.length).toBeGreaterThan(0);
      text = after.text;
      fixes++;
    }
  }
  return { text, fixes };
}

const codes = (text: string): string[] => checkModelText(text).findings.map(({ code }) => code);

describe.each(shapes)("fixes in a %s model", (_, build) => {
  it("make a final softmax linear", () => {
    const { text, fixes } = mended(
      build(dense("a"), dense("b", { activation: "softmax" })),
      "activation-belongs-in-loss",
      2,
    );
    expect(fixes).toBe(1);
    expect(text).toContain('"activation": "linear"');
    expect(codes(text)).not.toContain("activation-belongs-in-loss");
  });

  it("drop biases, inner and outer", () => {
    const model = build(dense("a", { use_bias: true }), dense("b", { use_bias: true }), dense("c", { use_bias: true }));
    const { text, fixes } = mended(model, "bias-breaks-homogeneity", undefined);
    expect(fixes).toBe(2);
    expect(codes(text)).not.toContain("bias-breaks-homogeneity");
    expect(text.match(/"use_bias":true/g)).toHaveLength(1);
  });

  it("use relu for tanh", () => {
    const model = build(dense("a", { activation: "tanh" }), ["Activation", "act", { activation: "elu" }], dense("b"));
    const { text, fixes } = mended(model, "not-homogeneous", 1);
    expect(fixes).toBe(2);
    expect(codes(text)).not.toContain("not-homogeneous");
    expect(text.match(/"activation": "relu"/g)).toHaveLength(2);
  });
});

describe("no fix is offered", () => {
  it.each<readonly [string, Config, string]>([
    [
      "for layers that are functions",
      functional([input([4]), dense("a"), ["ELU", "e"], dense("b")]),
      "not-homogeneous",
    ],
    ["for gates", lstm(), "not-homogeneous"],
    ["for a softmax layer", functional([input([4]), dense("a"), ["Softmax", "s"]]), "activation-belongs-in-loss"],
    [
      "for biases that are told by their axes",
      functional([input([4]), dense("a"), ["EinsumDense", "b", { equation: "ab,bc->ac", bias_axes: "c" }]]),
      "bias-breaks-homogeneity",
    ],
  ])("%s", (_, model, code) => {
    const found = checkModelText(JSON.stringify(model)).findings.filter((finding) => finding.code === code);
    expect(found.length).toBeGreaterThan(0);
    expect(found.flatMap(({ suggestions }) => suggestions)).toEqual([]);
  });

  it("that would mend a part of a finding only", () => {
    const model = functional([input([4]), dense("a", { activation: "elu" }), ["ELU", "e"], dense("b")]);
    const found = checkModelText(JSON.stringify(model)).findings.filter(({ code }) => code === "not-homogeneous");
    expect(found).toMatchObject([{ suggestions: [] }]);
    expect(found[0]?.message).toMatch(/^layers a and e: elu/);
  });

  it("of so many edits that asking for it would take seconds", () => {
    const fixesOf = (count: number) => {
      const layers = Array.from({ length: count + 1 }, (_, k) => dense(`d${k}`, { use_bias: true }));
      const { findings } = checkModelText(JSON.stringify(sequential([...layers, dense("last")])));
      return findings
        .filter(({ code }) => code === "bias-breaks-homogeneity")
        .flatMap(({ suggestions }) => suggestions);
    };
    expect(fixesOf(30)).toHaveLength(1);
    expect(fixesOf(31)).toEqual([]);
  });
});
