/** The certificate panel: puts the sections together and hands them what the host sends. */
import type { ExportFormat, HostToPanel, PanelState } from "../../extension/protocol/panel.ts";
import type { Bridge } from "../bridge.ts";
import { chartPicture, levelLegend } from "../charts/picture.ts";
import { element } from "../dom.ts";
import { appendDeltaInto, emptySeries } from "../series.ts";
import { readPalette, watchTheme } from "../theme.ts";
import type { SavedState } from "../view-state.ts";
import { withOpen } from "../view-state.ts";
import { createBranchSection } from "./branch-section.ts";
import { createDegrees } from "./degrees.ts";
import { copyExactNumbers } from "./exact-copy.ts";
import { createFindingCards } from "./finding-cards.ts";
import { createHeader } from "./header.ts";
import { createHistoryTable } from "./history-table.ts";
import { createKeyFigures } from "./key-figures.ts";
import { createNotices } from "./notices.ts";
import { createPathSection } from "./path-section.ts";
import { createPolarSection } from "./polar-section.ts";
import { createRunSection } from "./run-section.ts";
import type { PanelContext, Section } from "./section.ts";
import { createVerdict } from "./verdict.ts";
import { verdictView } from "./words.ts";

const SCROLL_SAVED_AFTER_MS = 150;

export function startPanel(root: HTMLElement, bridge: Bridge): void {
  let saved: SavedState = bridge.saved();
  let state: PanelState | undefined;
  let frameScheduled = false;
  const series = emptySeries(-1);

  const save = (change: Partial<SavedState>): void => {
    saved = { ...saved, ...change };
    bridge.save(saved);
  };
  const context: PanelContext = {
    post: bridge.post,
    view: () => saved.view,
    setView: (change) => save({ view: { ...saved.view, ...change } }),
    isOpen: (key) => saved.view.open.includes(key),
    setOpen: (key, open) => {
      const view = withOpen(saved.view, key, open);
      if (view !== saved.view) save({ view });
    },
  };

  const run = createRunSection(context, series);
  const branches = createBranchSection(context);
  const path = createPathSection(context);
  const pictures: { readonly [F in ExportFormat]?: () => string | undefined } = {
    png: runPicture,
    "path-png": path.picture,
  };
  const notices = createNotices();
  const sections: readonly Section[] = [
    createHeader(context, { exportAs, points: () => (series.runId === state?.runId ? series.length : 0) }),
    createVerdict(context),
    createKeyFigures(),
    run,
    createPolarSection(),
    branches,
    createFindingCards(context),
    path,
    createHistoryTable(() => new Date()),
    createDegrees(),
  ];
  const page = element("main", { class: "page", hidden: true }, ...sections.map((section) => section.element));
  root.replaceChildren(page, notices.element);

  function receive(message: HostToPanel): void {
    switch (message.kind) {
      case "state":
        showState(message.state);
        break;
      case "series": {
        const points = appendDeltaInto(series, message.delta);
        bridge.post({ kind: "ack", runId: message.delta.runId, points });
        scheduleFrame();
        break;
      }
      case "notice":
        notices.show(message.text, message.severity);
        break;
      default:
        message satisfies never;
    }
  }

  function showState(next: PanelState): void {
    const first = state === undefined;
    state = next;
    if (saved.configUri !== next.configUri) save({ configUri: next.configUri });
    page.dataset["phase"] = next.phase;
    page.hidden = false;
    for (const section of sections) section.update(next);
    if (first) window.scrollTo({ top: saved.view.scroll });
    showNewPath(next);
    scheduleFrame();
  }

  /** A path that begins is brought into sight, once: what it was asked for may be far above. */
  function showNewPath({ path: newest }: PanelState): void {
    if (newest === null || newest.pathId === saved.view.pathSeen) return;
    context.setView({ pathSeen: newest.pathId });
    if (newest.status === null) path.element.scrollIntoView({ block: "start" });
  }

  /** At most one drawing per frame; `drawn` follows once the frame is on screen. */
  function scheduleFrame(): void {
    if (frameScheduled) return;
    frameScheduled = true;
    requestAnimationFrame(() => {
      frameScheduled = false;
      if (state !== undefined) for (const section of [sections[0], run]) section?.update(state);
      run.draw();
      const { runId, length } = series;
      if (runId >= 0) requestAnimationFrame(() => bridge.post({ kind: "drawn", runId, points: length }));
    });
  }

  /** What is written in words the host has; pictures are drawn here. */
  function exportAs(format: ExportFormat): void {
    const draw = pictures[format];
    const png = draw?.();
    if (draw === undefined) bridge.post({ kind: "export", format });
    else if (png === undefined) notices.show("The chart has no picture yet; try again when it shows.", "error");
    else bridge.post({ kind: "export", format, png });
  }

  function runPicture(): string | undefined {
    if (state === undefined) return undefined;
    const palette = readPalette();
    const verdict = verdictView(state);
    const tolerance = state.problem?.gapTolerance ?? null;
    return chartPicture(run.canvas, palette, {
      title: `${state.configName}: ${verdict.title}`,
      subtitle: verdict.body,
      legend:
        saved.view.chart === "objective"
          ? [
              { label: "Objective", color: palette.objective },
              { label: "Proven lower bound", color: palette.bound },
            ]
          : [{ label: "Relative gap", color: palette.objective }, ...levelLegend(tolerance, palette)],
    });
  }

  let scrollTimer: ReturnType<typeof setTimeout> | undefined;
  window.addEventListener("scroll", () => {
    clearTimeout(scrollTimer);
    scrollTimer = setTimeout(() => context.setView({ scroll: window.scrollY }), SCROLL_SAVED_AFTER_MS);
  });
  watchTheme(() => {
    run.restyle();
    branches.restyle();
    path.restyle();
  });
  copyExactNumbers();
  bridge.listen(receive);
  bridge.post({ kind: "ready" });
}
