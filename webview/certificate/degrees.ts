/** Whether the theory applies: the degrees of homogeneity of mapping and regularizer have to agree. */
import type { Degree, LayerSummary } from "@optimality-lens/engine";
import { element, onChange, setText } from "../dom.ts";
import { type LayerLine, layerLines } from "./layer-words.ts";
import type { Section } from "./section.ts";
import { dataTable, titledSection } from "./section.ts";

export interface DegreeView {
  readonly match: boolean;
  readonly title: string;
  readonly body: string;
}

export function degreeView(mapping: Degree, regularizer: Degree): DegreeView {
  const match = mapping !== null && mapping === regularizer;
  const title = `Degree of the mapping ${mapping ?? "none"} · of the regularizer ${regularizer ?? "none"} — ${
    match ? "match" : "no match"
  }`;
  if (match) {
    return {
      match,
      title,
      body: "Both scale alike, so descent can reach a global minimum once the model is wide enough.",
    };
  }
  if (mapping === null || regularizer === null) {
    const which = mapping === null ? "mapping" : "regularizer";
    return { match, title, body: `The ${which} is not positively homogeneous, so the theory does not apply.` };
  }
  const body =
    regularizer < mapping
      ? "Near zero the regularizer outweighs the mapping, so zero is a local minimum whatever the data say."
      : "Splitting a branch in two always lowers the regularizer, so it does not limit the number of branches.";
  return { match, title, body };
}

export function createDegrees(): Section {
  const title = element("p", { class: "degree-title" });
  const body = element("p", { class: "hint" });
  const layers = element("div", { class: "layers" });
  const section = titledSection("degrees", "Degrees of homogeneity", title, body, layers);
  const showLayers = onChange((known: readonly LayerSummary[]) => {
    layers.hidden = known.length === 0;
    layers.replaceChildren(...(known.length === 0 ? [] : [layerTable(layerLines(known))]));
  });
  return {
    element: section.element,
    update: (state) => {
      const degrees = (state.phase === "finished" ? state.result : null)?.homogeneity ?? state.problem?.homogeneity;
      section.element.hidden = degrees === undefined;
      if (degrees === undefined) return;
      const view = degreeView(degrees.mapping, degrees.regularizer);
      section.element.dataset["match"] = String(view.match);
      setText(title, view.title);
      setText(body, view.body);
      showLayers(state.problem?.layers ?? []);
    },
  };
}

function layerTable(lines: readonly LayerLine[]): HTMLElement {
  return dataTable(
    "Degree after each layer of a branch",
    [{ title: "Layer" }, { title: "Degree after it" }],
    lines.map(({ name, degree, note }) => [name, degreeCell(degree, note)]),
    (row) => ({ class: lines[row]?.look ?? "" }),
  );
}

/** The note stands beside the degree, or below it where that is too narrow. */
function degreeCell(degree: string, note: string): HTMLElement {
  const words = note === "" ? null : element("span", { class: "layer-note" }, note);
  return element("div", { class: "layer-degree" }, element("span", { class: "degree" }, degree), words);
}
