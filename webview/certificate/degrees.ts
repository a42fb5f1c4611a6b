/** Whether the theory applies: the degrees of homogeneity of mapping and regularizer have to agree. */
import type { Degree } from "@optimality-lens/engine";
import { element, setText } from "../dom.ts";
import type { Section } from "./section.ts";
import { titledSection } from "./section.ts";

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
  const section = titledSection("degrees", "Degrees of homogeneity", title, body);
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
    },
  };
}
