/** "Export ▾": a menu button with the keys people expect (arrows, Home, End, Escape). */
import type { ExportFormat } from "../../extension/protocol/panel.ts";
import { element } from "../dom.ts";

export interface ExportMenu {
  readonly element: HTMLElement;
  /** Which formats have something to write. */
  enable(formats: ReadonlySet<ExportFormat>): void;
}

const ITEMS: readonly { readonly format: ExportFormat; readonly label: string }[] = [
  { format: "certificate", label: "Certificate file" },
  { format: "json", label: "Result as JSON" },
  { format: "csv", label: "Series and branches as CSV" },
  { format: "markdown", label: "Report as Markdown" },
  { format: "png", label: "Chart as PNG" },
  { format: "path-csv", label: "λ-path as CSV" },
  { format: "path-json", label: "λ-path as JSON" },
  { format: "path-png", label: "λ-path as PNG" },
];

export function createExportMenu(choose: (format: ExportFormat) => void): ExportMenu {
  const trigger = element(
    "button",
    { type: "button", class: "button secondary menu-button", "aria-haspopup": "menu", "aria-expanded": "false" },
    "Export",
    element("span", { class: "chevron", "aria-hidden": "true" }),
  );
  const items = ITEMS.map(({ format, label }) => {
    const item = element("button", { type: "button", role: "menuitem", tabindex: -1, "data-format": format }, label);
    item.addEventListener("click", () => {
      close(true);
      choose(format);
    });
    return item;
  });
  const menu = element("div", { class: "menu", role: "menu", "aria-label": "Export", hidden: true }, ...items);
  const root = element("div", { class: "menu-root" }, trigger, menu);

  const enabled = (): HTMLButtonElement[] => items.filter((item) => !item.disabled);
  const isOpen = (): boolean => !menu.hidden;

  function open(index: number): void {
    menu.hidden = false;
    trigger.setAttribute("aria-expanded", "true");
    enabled().at(index)?.focus();
  }

  function close(returnFocus: boolean): void {
    if (!isOpen()) return;
    menu.hidden = true;
    trigger.setAttribute("aria-expanded", "false");
    if (returnFocus) trigger.focus();
  }

  trigger.addEventListener("click", () => (isOpen() ? close(true) : open(0)));
  trigger.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    event.preventDefault();
    open(event.key === "ArrowDown" ? 0 : -1);
  });
  menu.addEventListener("keydown", (event) => {
    const list = enabled();
    const at = list.findIndex((item) => item.matches(":focus"));
    const target = { ArrowDown: (at + 1) % list.length, ArrowUp: at - 1, Home: 0, End: -1 }[event.key];
    if (target !== undefined) {
      event.preventDefault();
      list.at(target)?.focus();
    } else if (event.key === "Escape") {
      event.preventDefault();
      close(true);
    } else if (event.key === "Tab") close(false);
  });
  root.addEventListener("focusout", (event) => {
    if (!(event.relatedTarget instanceof Node) || !root.contains(event.relatedTarget)) close(false);
  });

  return {
    element: root,
    enable: (formats) => {
      for (const item of items) item.disabled = !formats.has(item.dataset["format"] as ExportFormat);
      trigger.disabled = formats.size === 0;
      if (trigger.disabled) close(false);
    },
  };
}
