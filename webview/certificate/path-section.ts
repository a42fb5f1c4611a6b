/** The λ-path: its chart with points to choose from, what the chosen one has to offer, and the table of all. */
import type { PathPoint } from "@optimality-lens/engine";
import type { PathState } from "../../extension/protocol/panel.ts";
import type { PathChart } from "../charts/path-chart.ts";
import { createPathChart } from "../charts/path-chart.ts";
import { chartPicture, levelLegend } from "../charts/picture.ts";
import { VERDICT_MARKS, verdictColor } from "../charts/verdict-mark.ts";
import { button, element, onChange, replaceChildren, setAttribute, setProse, setText, svg } from "../dom.ts";
import { readPalette } from "../theme.ts";
import type { PathValue } from "../view-state.ts";
import { pathTable } from "./path-table.ts";
import type { PathWords } from "./path-words.ts";
import { lambdaWords, pathWords, pointFigures, pointWords, shareWords, verdictsOf } from "./path-words.ts";
import type { PanelContext, Section } from "./section.ts";
import { disclosure, exactNumber, titledSection } from "./section.ts";
import { createSwitch } from "./switch.ts";
import { LEVEL_WORDS, levelWords, sentence } from "./words.ts";

export interface PathSection extends Section {
  restyle(): void;
  /** A base64 data URL; `undefined` as long as there is nothing to see. */
  picture(): string | undefined;
}

export function createPathSection(context: PanelContext): PathSection {
  const canvas = element("canvas", { role: "img" });
  const waiting = element("p", { class: "chart-empty" });
  const plot = element("div", { class: "chart path-chart", "data-key": "path:points" }, canvas, waiting);
  const words = element("p", { class: "section-words path-words" });
  const note = element("p", { class: "path-note" });
  const actions = element("div", { class: "path-actions" });
  const legend = element("ul", { class: "legend" });
  const level = element("span", { class: "legend-value" });
  const target = element(
    "li",
    {},
    element("span", { class: "swatch target", "aria-hidden": "true" }),
    element("span", {}, LEVEL_WORDS),
    level,
  );
  const bar = element("div", { class: "path-point" });
  // Read out when it ends; the numbers that run past are not.
  const announcement = element("p", { class: "visually-hidden", role: "status" });
  const values = createSwitch<PathValue>(
    "What to show below the rank",
    [
      { value: "objective", label: "Objective" },
      { value: "regularizer", label: "Regularizer" },
      { value: "gap", label: "Gap" },
    ],
    (pathValue) => {
      context.setView({ pathValue });
      draw();
    },
  );
  let path: PathState | null = null;
  let configName = "";
  let chosen = -1;
  let chart: PathChart | undefined;
  const scroll = element("div", {
    class: "table-scroll",
    tabindex: 0,
    role: "region",
    "aria-label": "Points of the λ-path",
  });
  const table = disclosure(context, "table:path", "Show as table", {
    onOpen: (body) => {
      body.replaceChildren(scroll);
      fillTable();
    },
  });
  const section = titledSection("path", "λ-path", words, note, plot, legend, bar, table, announcement);
  section.heading.append(element("div", { class: "switches" }, values.element, actions));

  function points(): readonly PathPoint[] {
    return path?.points ?? [];
  }

  /** Only where gaps are drawn is there a level to compare them with. */
  function shownTolerance(): number | null {
    return context.view().pathValue === "gap" ? (path?.problem?.gapTolerance ?? null) : null;
  }

  function choose(index: number): void {
    if (points()[index] === undefined) return;
    chosen = index;
    draw();
    showPoint();
    fillTable();
  }

  /** From the table: what the point has to offer is above it. */
  function offer(index: number): void {
    choose(index);
    const use = bar.querySelector("button");
    bar.scrollIntoView({ block: "nearest" });
    use?.focus({ preventScroll: true });
  }

  function draw(): void {
    const { pathValue } = context.view();
    values.select(pathValue);
    const known = points();
    const tolerance = shownTolerance();
    target.hidden = tolerance === null;
    setText(level, tolerance === null ? "" : levelWords(tolerance));
    waiting.hidden = known.length > 0;
    canvas.classList.toggle("blank", known.length === 0);
    showSlider(plot, known, chosen);
    setAttribute(canvas, "aria-label", `Chart of the λ-path: rank and ${pathValue}. The table below has the points.`);
    if (plot.hidden || path === null || path.lambdas.length === 0) return;
    chart ??= createPathChart(canvas, readPalette(), choose);
    const { lambdas, problem } = path;
    const lambdaMax = problem?.lambdaMax ?? 0;
    const most = lambdaMax > 0 && Number.isFinite(lambdaMax) ? lambdaMax : (lambdas[0] ?? 1);
    const shares = lambdas.map((lambda) => lambda / most);
    chart.draw({ points: known, shares, value: pathValue, chosen, tolerance });
  }

  function showPoint(): void {
    const point = points()[chosen];
    bar.hidden = points().length === 0;
    if (point === undefined || path === null) {
      replaceChildren(bar, [
        element("p", { class: "hint" }, "Choose a point, with the pointer or the arrow keys, to use its λ."),
      ]);
      return;
    }
    const { pathId } = path;
    const post = (to: "config" | "clipboard") => () => context.post({ kind: "lambda", to, pathId, point: chosen });
    const lambda = lambdaWords(point);
    const share = element("p", { class: "path-share" });
    setProse(share, shareWords(point));
    const figures = pointFigures(point).map(({ label, value, full }) =>
      element("div", {}, element("dt", {}, label), element("dd", {}, exactNumber(value, full))),
    );
    replaceChildren(bar, [
      share,
      element("dl", { "aria-label": "The chosen point" }, ...figures),
      element(
        "div",
        { class: "path-uses" },
        button({
          label: "Use this λ",
          name: `Use λ = ${lambda} in the config`,
          key: "path:use",
          onClick: post("config"),
        }),
        button({ label: "Copy λ", name: `Copy λ = ${lambda}`, key: "path:copy", onClick: post("clipboard") }),
      ),
      point.verdict === "global" ? null : element("p", { class: "hint" }, sentence(point.reason)),
    ]);
  }

  function fillTable(): void {
    if (scroll.isConnected) replaceChildren(scroll, [pathTable(points(), chosen, offer)]);
  }

  plot.addEventListener("keydown", (event) => {
    const last = points().length - 1;
    const target = {
      ArrowRight: Math.min(chosen + 1, last),
      ArrowDown: Math.min(chosen + 1, last),
      ArrowLeft: Math.max(chosen - 1, 0),
      ArrowUp: Math.max(chosen - 1, 0),
      Home: 0,
      End: last,
    }[event.key];
    if (target !== undefined) choose(target);
    else if ((event.key === "Enter" || event.key === " ") && points().length > 0) offer(Math.max(chosen, 0));
    else return;
    event.preventDefault();
  });
  const showWords = onChange((said: PathWords) => {
    setProse(words, said.summary);
    words.hidden = said.summary === "";
    setProse(note, said.note);
    note.hidden = said.note === "";
    setText(waiting, said.waiting);
    replaceChildren(actions, [
      button({ label: said.action.label, key: "path:action", onClick: () => context.post(said.action.message) }),
    ]);
  });
  const announce = onChange((text: string) => setText(announcement, text));
  /** Once for every point, and when another path takes its place. */
  const showPoints = onChange((_: readonly unknown[]) => {
    const known = points();
    replaceChildren(legend, [...verdictsOf(known).map(legendItem), target]);
    legend.hidden = known.length === 0;
    table.hidden = known.length === 0;
    draw();
    showPoint();
    fillTable();
  });

  return {
    element: section.element,
    restyle: () => chart?.restyle(readPalette()),
    picture: () => {
      if (points().length === 0) return undefined;
      const palette = readPalette();
      const { summary, note } = pathWords(path);
      const marks = verdictsOf(points()).map((verdict) => ({
        label: VERDICT_MARKS[verdict].words,
        color: verdictColor(verdict, palette),
        mark: VERDICT_MARKS[verdict],
      }));
      return chartPicture(canvas, palette, {
        title: `${configName}: λ-path`,
        subtitle: `${summary} ${note}`.trim().replaceAll("λ_max", "λmax"),
        legend: [...marks, ...levelLegend(shownTolerance(), palette)],
      });
    },
    update: (state) => {
      if (state.path?.pathId !== path?.pathId) chosen = -1;
      path = state.path;
      configName = state.configName;
      const said = pathWords(path);
      const over = path === null || path.status !== null;
      section.element.hidden = path === null && state.phase !== "finished";
      plot.hidden = points().length === 0 && said.waiting === "";
      values.element.hidden = plot.hidden;
      showWords(said);
      announce(over && path !== null ? `λ-path: ${said.summary} ${said.note}`.trim() : "");
      showPoints([path?.pathId, path?.points.length, path?.lambdas.length, plot.hidden]);
    },
  };
}

/** A slider over the points, for keyboards and screen readers; nothing to reach as long as there is none. */
function showSlider(plot: HTMLElement, points: readonly PathPoint[], chosen: number): void {
  const point = points[chosen];
  const any = points.length > 0;
  const attributes = {
    role: any ? "slider" : undefined,
    tabindex: any ? 0 : undefined,
    "aria-label": any ? "Points of the λ-path, from λ_max down" : undefined,
    "aria-valuemin": any ? 1 : undefined,
    "aria-valuemax": any ? points.length : undefined,
    "aria-valuenow": any ? Math.max(chosen, 0) + 1 : undefined,
    "aria-valuetext": any ? (point === undefined ? "none chosen" : pointWords(point)) : undefined,
  };
  for (const [name, value] of Object.entries(attributes)) setAttribute(plot, name, value);
}

function legendItem(verdict: PathPoint["verdict"]): HTMLElement {
  const { outline, words } = VERDICT_MARKS[verdict];
  const mark = svg("path", { d: outline });
  return element(
    "li",
    {},
    svg("svg", { viewBox: "0 0 12 12", class: `path-mark ${verdict}`, "aria-hidden": "true" }, mark),
    element("span", {}, words),
  );
}
