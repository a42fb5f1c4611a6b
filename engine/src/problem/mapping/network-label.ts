/** A branch in symbols, for people. */
import type { LayerConfig } from "../../config/config.ts";
import type { NetworkParameter } from "./mapping.ts";
import type { NetworkPlan } from "./network-plan.ts";

/** Longer branches are told in words. */
const MOST_LAYERS = 6;

/** W₁, W₂, b₂, … in the order of the parameters; γ₁, β₁ of the first batchNorm. */
export function parameterSymbols(parameters: readonly NetworkParameter[]): readonly string[] {
  let kernels = 0;
  let scales = 0;
  return parameters.map(({ role }) => {
    switch (role) {
      case "kernel":
        kernels++;
        return `W${subscript(kernels)}`;
      case "bias":
        return `b${subscript(kernels)}`;
      case "scale":
        scales++;
        return `γ${subscript(scales)}`;
      case "shift":
        return `β${subscript(scales)}`;
      default:
        return role satisfies never;
    }
  });
}

/** relu(V W₁) W₂; of long branches their length and what they are made of. */
export function networkLabel(layers: readonly LayerConfig[], { parameters, layers: planned }: NetworkPlan): string {
  const told = layers.filter(({ kind }) => kind !== "flatten" && kind !== "dropout");
  if (told.length > MOST_LAYERS || told.some(({ kind }) => kind === "residual")) {
    const kinds = [...new Set(told.map(({ kind }) => kind))];
    return `a branch of ${layers.length} layers: ${kinds.join(", ")}`;
  }
  const symbols = parameterSymbols(parameters);
  return planned.reduce((text, { layer, parameters: own }) => {
    const [kernel, bias] = own.map((k) => symbols[k]);
    const offset = bias === undefined ? "" : ` + ${bias}`;
    const operand = text.includes(" + ") ? `(${text})` : text;
    switch (layer.kind) {
      case "dense":
        return `${operand} ${kernel}${offset}`;
      case "conv2d":
        return `${operand} ∗ ${kernel}${offset}`;
      case "flatten":
      case "dropout":
        return text;
      case "abs":
        return `|${text}|`;
      case "power":
        return text === "V" ? `V^${layer.exponent}` : `(${text})^${layer.exponent}`;
      default:
        return `${layer.kind}(${text})`;
    }
  }, "V");
}

function subscript(number: number): string {
  return [...String(number)].map((digit) => "₀₁₂₃₄₅₆₇₈₉"[Number(digit)]).join("");
}
