/** Which config this is about, the problem in words, and the buttons that act on the whole run. */
import type { ExportFormat } from "../../extension/protocol/panel.ts";
import { button, element, onChange, replaceChildren, setProse, setText } from "../dom.ts";
import { createExportMenu } from "./export-menu.ts";
import { formatNumber, trimZeros } from "./format.ts";
import type { PanelContext, Section } from "./section.ts";
import { lambdaShare, problemWords } from "./words.ts";

export interface HeaderOptions {
  readonly exportAs: (format: ExportFormat) => void;
  readonly points: () => number;
}

export function createHeader(context: PanelContext, options: HeaderOptions): Section {
  const title = element("h1", { tabindex: -1 });
  const lambda = element("p", { class: "lambda" });
  const problem = element("p", { class: "problem" });
  const actions = element("div", { class: "actions" });
  const menu = createExportMenu(options.exportAs);
  const toolbar = element("div", { class: "toolbar", role: "group", "aria-label": "Run" }, actions, menu.element);
  const root = element(
    "header",
    { class: "header" },
    element("div", { class: "identity" }, title, problem, lambda),
    toolbar,
  );

  const showAction = onChange((action: "run" | "again" | "cancel" | "none") => {
    const run = (label: string) =>
      button({ label, key: "run", look: "secondary", onClick: () => context.post({ kind: "run" }) });
    const cancel = () => button({ label: "Cancel", key: "run", onClick: () => context.post({ kind: "cancel" }) });
    replaceChildren(
      actions,
      action === "none" ? [] : [action === "cancel" ? cancel() : run(action === "run" ? "Run" : "Run again")],
    );
  });

  return {
    element: root,
    update: (state) => {
      setText(title, state.configName);
      const source = state.result ?? state.problem;
      const share = source === null ? "" : lambdaShare(source.lambda, source.lambdaMax);
      setProse(
        lambda,
        source === null
          ? ""
          : `λ = ${trimZeros(formatNumber(source.lambda, 4))}${share === "" ? "" : `, ${share} of λ_max`}`,
      );
      const known = state.problem ?? state.path?.problem ?? null;
      setText(problem, known === null ? "" : problemWords(known));
      const active = state.phase === "running" || state.phase === "loading";
      const traced = (state.path?.points.length ?? 0) > 0;
      // An empty panel has one button, next to what it says.
      toolbar.hidden = state.phase === "empty" && !traced;
      showAction(state.phase === "empty" ? "none" : active ? "cancel" : "again");
      const formats = new Set<ExportFormat>();
      if (state.phase === "finished" && state.result !== null) {
        for (const format of ["certificate", "json", "csv", "markdown"] as const) formats.add(format);
      }
      if (options.points() > 0) formats.add("png");
      if (traced) for (const format of ["path-csv", "path-json", "path-png"] as const) formats.add(format);
      menu.enable(formats);
    },
  };
}
