/** Layers without a degree of homogeneity: tanh, softmax inside the network, LRN, gates, attention. */
import type { Break } from "../../homogeneity/model-degrees.ts";
import {
  activationChange,
  breaksOfKind,
  fix,
  layerOf,
  layersText,
  type ModelFinding,
  type ModelRule,
  placeOf,
} from "../model-rule.ts";

const ADVICE: Readonly<Record<string, string>> = {
  LRN: "leave it out",
  attention: "softmax attention has no counterpart in the theory",
  gates: "gated recurrence has no counterpart in the theory",
};

export const notHomogeneous: ModelRule = {
  code: "not-homogeneous",
  check(model) {
    const heads = new Set(model.heads);
    const byWord = new Map<string, Break[]>();
    for (const entry of breaksOfKind(model, "nonlinear")) {
      if (heads.has(entry.node)) continue;
      const word = wordOf(model.graph.nodes[entry.node]);
      byWord.set(word, [...(byWord.get(word) ?? []), entry]);
    }
    return [...byWord].map(([word, breaks]): ModelFinding => {
      const layers = layersText(breaks.map(({ node }) => layerOf(model, node)));
      const key = Object.keys(ADVICE).find((known) => word.includes(known)) ?? "";
      const advice = ADVICE[key] ?? "use relu, leaky relu, abs or maxout instead";
      const message = `${layers}: ${word} has no degree of homogeneity, so the theory does not hold for the model; ${advice}`;
      const edits = breaks.map(({ node }) => activationChange(model, node, "relu"));
      return {
        code: "not-homogeneous",
        severity: "warning",
        message,
        place: placeOf(model, breaks[0]?.node),
        suggestions: key === "" ? fix(`use relu instead of ${word}`, edits) : [],
      };
    });
  },
};

function wordOf(
  node:
    | {
        readonly type: string;
        readonly operation: { readonly kind: string; readonly word?: string; readonly gate?: string };
      }
    | undefined,
): string {
  if (node === undefined) return "";
  const { operation, type } = node;
  if (operation.kind === "attention") return "softmax attention";
  return operation.word ?? (operation.gate === undefined ? type : `${type} (${operation.gate})`);
}
