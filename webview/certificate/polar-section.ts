/** Whether any new branch could help: the polar's proven bracket on a gauge around 1. */
import type { PolarBracket } from "@optimality-lens/engine";
import { element, onChange, setProse, setText, svg } from "../dom.ts";
import type { PolarContext } from "./polar-words.ts";
import { GAUGE_TICKS, gaugePosition, polarView } from "./polar-words.ts";
import type { Section } from "./section.ts";
import { titledSection } from "./section.ts";

/** Of the gauge's drawing, in its own units; CSS scales it to the width there is. */
const WIDTH = 400;
const HALF = 180;
const LINE = 22;

export function createPolarSection(): Section {
  const title = element("p", { class: "polar-title" });
  const body = element("p", { class: "polar-body" });
  const proof = element("p", { class: "hint polar-proof" });
  const gauge = element("div", { class: "gauge" });
  const section = titledSection(
    "polar",
    "Room for a better branch",
    title,
    gauge,
    body,
    proof,
    element(
      "p",
      { class: "hint" },
      "The polar Ω°(Z) is the most any new branch could gain per unit of regularizer. At 1 or below, none can lower the objective.",
    ),
  );

  const show = onChange(({ polar, ...context }: PolarContext & { readonly polar: PolarBracket | null }) => {
    const view = polarView(polar, context);
    section.element.dataset["polar"] = view.kind;
    setText(title, view.title);
    setProse(body, view.body);
    setProse(proof, view.proof);
    proof.hidden = view.proof === "";
    gauge.replaceChildren(gaugeDrawing(polar));
  });

  return {
    element: section.element,
    update: (state) => {
      const finished = state.phase === "finished";
      const { polar = null, gap = null } = (finished ? state.result : state.snapshot) ?? {};
      const active = state.phase === "running" || state.phase === "loading";
      section.element.hidden = !active && polar === null;
      const tolerance = state.problem?.gapTolerance ?? 1e-6;
      show({ polar, tolerance, isMet: gap !== null && gap.relative <= tolerance });
    },
  };
}

function gaugeDrawing(polar: PolarBracket | null): SVGSVGElement {
  const center = WIDTH / 2;
  const at = (value: number): number => center + HALF * gaugePosition(value);
  const tick = (value: number, label: string, look = ""): readonly SVGElement[] => [
    svg("line", { x1: at(value), x2: at(value), y1: LINE - 5, y2: LINE + 5, class: "tick" }),
    svg("text", { x: at(value), y: LINE + 20, class: `tick-label ${look}` }, label),
  ];
  const ticks = GAUGE_TICKS.flatMap(({ distance, label, minor }) => [
    ...tick(1 - distance, label === "" ? "0" : `1 − ${label}`, minor ? "minor" : ""),
    ...tick(1 + distance, label === "" ? "2" : `1 + ${label}`, minor ? "minor" : ""),
  ]);
  return svg(
    "svg",
    { viewBox: `0 0 ${WIDTH} 48`, "aria-hidden": "true", focusable: "false" },
    svg("rect", { x: center, y: LINE - 5, width: HALF, height: 10, class: "better-side" }),
    svg("line", { x1: center - HALF, x2: center + HALF, y1: LINE, y2: LINE, class: "scale" }),
    ...ticks,
    svg("line", { x1: center, x2: center, y1: LINE - 12, y2: LINE + 8, class: "one" }),
    svg("text", { x: center, y: LINE + 20, class: "tick-label one-label" }, "1"),
    ...(polar === null ? [] : bracketDrawing(at(polar.lower), polar.upper === null ? null : at(polar.upper))),
  );
}

/** From what a branch in hand attains (dot) to what is proven (bar); without a bound the line runs out of the scale. */
function bracketDrawing(lower: number, upper: number | null): readonly SVGElement[] {
  const end = upper ?? WIDTH;
  return [
    svg("line", { x1: lower, x2: end, y1: LINE, y2: LINE, class: upper === null ? "bracket open" : "bracket" }),
    svg("circle", { cx: lower, cy: LINE, r: 4.5, class: "attained" }),
    ...(upper === null ? [] : [svg("line", { x1: upper, x2: upper, y1: LINE - 8, y2: LINE + 8, class: "proven" })]),
  ];
}
