/** What every part of the panel is made of. */
import type { PanelState, PanelToHost } from "../../extension/protocol/panel.ts";
import type { Attributes, Child } from "../dom.ts";
import { element } from "../dom.ts";
import type { ViewState } from "../view-state.ts";

export interface PanelContext {
  post(message: PanelToHost): void;
  view(): ViewState;
  setView(change: Partial<ViewState>): void;
  isOpen(key: string): boolean;
  setOpen(key: string, open: boolean): void;
}

export interface Section {
  readonly element: HTMLElement;
  update(state: PanelState): void;
}

/** A titled part of the page. */
export function titledSection(
  name: string,
  title: string,
  ...children: readonly Child[]
): { readonly element: HTMLElement; readonly heading: HTMLElement } {
  const id = `${name}-title`;
  const heading = element("div", { class: "section-head" }, element("h2", { id }, title));
  return { element: element("section", { class: name, "aria-labelledby": id }, heading, ...children), heading };
}

/** A `details` whose open state is kept with the view; its content is built when first opened. */
export function disclosure(
  context: PanelContext,
  key: string,
  summary: string,
  options: { readonly onOpen: (body: HTMLElement) => void; readonly class?: string },
): HTMLDetailsElement {
  const body = element("div", { class: "disclosure-body" });
  const details = element(
    "details",
    { class: options.class, open: context.isOpen(key) },
    element("summary", { "data-key": `open:${key}` }, summary),
    body,
  );
  details.addEventListener("toggle", () => {
    context.setOpen(key, details.open);
    if (details.open) options.onOpen(body);
  });
  if (details.open) options.onOpen(body);
  return details;
}

export interface Column {
  readonly title: string;
  /** Numbers are set flush right. */
  readonly numeric?: boolean;
  /** Left out where the panel is narrow. */
  readonly optional?: boolean;
}

export type Cell = Child | { readonly text: string; readonly full: string };

/** A table with a caption for screen readers and a scope on every header. The first cell of a row names the row. */
export function dataTable(
  caption: string,
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  rowAttributes: (row: number) => Attributes = () => ({}),
): HTMLTableElement {
  const look = (index: number): string | undefined => {
    const column = columns[index];
    const names = [column?.numeric === true ? "numeric" : "", column?.optional === true ? "optional" : ""];
    const joined = names.filter((name) => name !== "").join(" ");
    return joined === "" ? undefined : joined;
  };
  const head = columns.map((column, index) => element("th", { scope: "col", class: look(index) }, column.title));
  const body = rows.map((cells, row) =>
    element(
      "tr",
      rowAttributes(row),
      ...cells.map((cell, index) => {
        const attributes = { class: look(index), scope: index === 0 ? "row" : undefined };
        return element(index === 0 ? "th" : "td", attributes, cellContent(cell));
      }),
    ),
  );
  return element(
    "table",
    {},
    element("caption", { class: "visually-hidden" }, caption),
    element("thead", {}, element("tr", {}, ...head)),
    element("tbody", {}, ...body),
  );
}

function cellContent(cell: Cell): Child {
  return cell !== null && typeof cell === "object" && "full" in cell ? exactNumber(cell.text, cell.full) : cell;
}

/** A rounded number that carries all its digits: as a title, and for copying. */
export function exactNumber(text: string, full: string): HTMLElement {
  return full === "" ? element("span", {}, text) : element("data", { value: full, title: full }, text);
}
