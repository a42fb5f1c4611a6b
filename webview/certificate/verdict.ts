/** The one statement people came for, and above it the warning that it is about an older state of the files. */
import { button, element, onChange, replaceChildren, setProse, setText } from "../dom.ts";
import { verdictIcon } from "./icons.ts";
import type { PanelContext, Section } from "./section.ts";
import type { Tone, VerdictAction } from "./words.ts";
import { verdictView } from "./words.ts";

export function createVerdict(context: PanelContext): Section {
  const icon = element("div", { class: "emblem" });
  const title = element("h2", { id: "verdict-title" });
  const body = element("p", { class: "verdict-body" });
  const note = element("p", { class: "verdict-note" });
  const actions = element("div", { class: "verdict-actions" });
  const card = element(
    "section",
    { class: "verdict", "aria-labelledby": "verdict-title" },
    icon,
    element("div", { class: "verdict-text" }, title, body, note),
    actions,
  );
  // Announces the verdict when it changes, never the numbers that run past.
  const announcement = element("p", { class: "visually-hidden", role: "status" });
  const banner = element("div", { class: "banner-slot" });
  const root = element("div", { class: "verdict-root" }, banner, card, announcement);

  const showTone = onChange((tone: Tone) => {
    card.dataset["tone"] = tone;
    icon.replaceChildren(verdictIcon(tone));
  });
  const showAction = onChange((action: VerdictAction | null) => {
    replaceChildren(
      actions,
      action === null
        ? []
        : [
            button({
              label: action.label,
              key: "verdict",
              look: "primary",
              onClick: () => context.post(action.message),
            }),
          ],
    );
  });
  const announce = onChange((words: { readonly title: string; readonly body: string }) => {
    setText(announcement, words.body === "" ? words.title : `${words.title}. ${words.body}`);
  });
  const showBanner = onChange((shown: "finished" | "running" | null) => {
    replaceChildren(banner, shown === null ? [] : [outOfDate(context, shown)]);
  });

  return {
    element: root,
    update: (state) => {
      const view = verdictView(state);
      const active = state.phase === "running" || state.phase === "loading";
      showTone(view.tone);
      setText(title, view.title);
      setProse(body, view.body);
      setText(note, view.note);
      showAction(view.action);
      announce({ title: view.title, body: active ? "" : view.body });
      showBanner(!state.outOfDate || state.phase === "empty" ? null : active ? "running" : "finished");
      card.classList.toggle("stale", state.outOfDate && !active);
    },
  };
}

function outOfDate(context: PanelContext, phase: "finished" | "running"): HTMLElement {
  const text =
    phase === "finished"
      ? "The config or its data has changed since this run. What follows is about the earlier version."
      : "The config or its data has changed since this run started.";
  return element(
    "div",
    { class: "banner", role: "status" },
    element("p", {}, text),
    phase === "finished"
      ? button({
          label: "Run again",
          name: "Run again with the changed config",
          key: "banner-run",
          look: "primary",
          onClick: () => context.post({ kind: "run" }),
        })
      : null,
  );
}
