/** The layers of a network's branch as lines: what it is, the degree after it, what breaks homogeneity there. */
import type { LayerSummary } from "@optimality-lens/engine";

export interface LayerLine {
  readonly name: string;
  readonly degree: string;
  readonly note: string;
  /** Classes: `inside` a residual, `left-out` layers. */
  readonly look: string;
}

export function layerLines(layers: readonly LayerSummary[]): readonly LayerLine[] {
  const lines: LayerLine[] = [];
  let next = 0;
  for (const layer of layers) {
    const leftOut = layer.index - next;
    if (leftOut > 0) lines.push({ name: leftOutWords(leftOut), degree: "", note: "", look: "left-out" });
    next = layer.index + 1;
    lines.push({
      name: layer.name,
      degree: degreeWords(layer),
      note: layer.note === "no degree" ? `${layer.name} has no degree` : layer.note,
      look: layer.depth > 0 ? "inside" : "",
    });
  }
  return lines;
}

function leftOutWords(count: number): string {
  return count === 1 ? "… 1 more layer" : `… ${count.toLocaleString("en-US")} more layers`;
}

function degreeWords({ homogeneity, degrees, approximate }: LayerSummary): string {
  switch (homogeneity) {
    case "degree":
      return `${approximate ? "≈ " : ""}${degrees.join("")}`;
    case "mixed":
      return degrees.length > 3
        ? `${degrees.slice(0, 2).join(", ")}, …, ${degrees.at(-1)}`
        : `${degrees.slice(0, -1).join(", ")} and ${degrees.at(-1)}`;
    case "none":
    case "unknown":
      return homogeneity;
    default:
      return homogeneity satisfies never;
  }
}
