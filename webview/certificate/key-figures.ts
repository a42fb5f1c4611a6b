/** The numbers at a glance: labels and tabular numerals in a fixed grid that does not move while a run streams. */
import { element, setAttribute, setProse, setText } from "../dom.ts";
import type { Figure } from "./figures.ts";
import { figures } from "./figures.ts";
import type { Section } from "./section.ts";

interface Slot {
  readonly root: HTMLElement;
  readonly value: HTMLDataElement;
  readonly note: HTMLElement;
}

export function createKeyFigures(): Section {
  const slots = new Map<Figure["key"], Slot>();
  const list = element("dl", { class: "figures", "aria-label": "Key figures" });

  const slotOf = (figure: Figure): Slot => {
    const existing = slots.get(figure.key);
    if (existing !== undefined) return existing;
    const value = element("data");
    const note = element("dd", { class: "figure-note" });
    const root = element(
      "div",
      { class: "figure", "data-figure": figure.key },
      element("dt", {}, figure.label),
      element("dd", { class: "figure-value" }, value),
      note,
    );
    const slot = { root, value, note };
    slots.set(figure.key, slot);
    list.append(root);
    return slot;
  };

  return {
    element: list,
    update: (state) => {
      list.hidden = state.phase === "empty" || (state.phase === "failed" && state.progress === null);
      for (const figure of figures(state)) {
        const slot = slotOf(figure);
        setText(slot.value, figure.value);
        setAttribute(slot.value, "value", figure.full === "" ? undefined : figure.full);
        setAttribute(slot.value, "title", figure.full === "" ? undefined : figure.full);
        setProse(slot.note, figure.note);
      }
    },
  };
}
