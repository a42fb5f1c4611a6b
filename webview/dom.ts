/** Building DOM without a framework and without inline styles or handlers, so that the strict CSP holds. */

type Attribute = string | number | boolean | null | undefined;

export interface Attributes {
  readonly [name: string]: Attribute;
}

export type Child = Node | string | null;

/** Creates an element. `true` writes an empty attribute; `false`, `null` and `undefined` leave it out. */
export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) setAttribute(node, name, value);
  append(node, children);
  return node;
}

const SVG = "http://www.w3.org/2000/svg";

export function svg<K extends keyof SVGElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: readonly Child[]
): SVGElementTagNameMap[K] {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) setAttribute(node, name, value);
  append(node, children);
  return node;
}

export interface ButtonOptions {
  readonly label: string;
  readonly look?: "primary" | "secondary" | "link";
  /** Identity across re-renders, so that focus can be given back. */
  readonly key?: string;
  /** Said instead of `label` where the label alone is ambiguous out of its context. */
  readonly name?: string;
  readonly title?: string;
  readonly onClick: () => void;
}

export function button(options: ButtonOptions): HTMLButtonElement {
  const node = element(
    "button",
    {
      type: "button",
      class: `button ${options.look ?? "secondary"}`,
      "data-key": options.key,
      "aria-label": options.name,
      title: options.title,
    },
    options.label,
  );
  node.addEventListener("click", options.onClick);
  return node;
}

export function setAttribute(node: Element, name: string, value: Attribute): void {
  if (value === false || value === null || value === undefined) node.removeAttribute(name);
  else node.setAttribute(name, value === true ? "" : String(value));
}

/** Writes text only when it differs: no mutation, no screen reader noise, no lost selection. */
export function setText(node: Node, text: string): void {
  if (node.textContent !== text) node.textContent = text;
}

const UNBREAKABLE = /([≤≥] \d[\d.]*(?:e-?\d+)?|1 [+−] \d[\d.]*e-\d+|\d[\d.]*e-?\d+|[\d.]+ %|λ_max)/;

/** Prose in which numbers are not torn apart at the end of a line, and λ_max has a real subscript. */
export function setProse(node: Element, text: string): void {
  if (node.textContent === text.replaceAll("λ_max", "λmax")) return;
  const parts = text.split(UNBREAKABLE).filter((part) => part !== "");
  node.replaceChildren(
    ...parts.map((part) => {
      if (!UNBREAKABLE.test(part)) return part;
      return part === "λ_max"
        ? element("span", { class: "nowrap" }, "λ", element("sub", {}, "max"))
        : element("span", { class: "nowrap" }, part);
    }),
  );
}

/** Replaces the children of `parent`; focus stays on the control with the same `data-key`. */
export function replaceChildren(parent: Element, children: readonly Child[]): void {
  const focused = document.activeElement;
  const key = focused !== null && parent.contains(focused) ? focused.getAttribute("data-key") : null;
  parent.replaceChildren();
  append(parent, children);
  if (key === null) return;
  const again = parent.querySelector<HTMLElement>(`[data-key="${CSS.escape(key)}"]`);
  again?.focus({ preventScroll: true });
}

/** Calls `render` only when `value` (plain data) differs from the last call's. */
export function onChange<T>(render: (value: T) => void): (value: T) => void {
  let last: string | undefined;
  return (value) => {
    const signature = JSON.stringify(value) ?? "";
    if (signature === last) return;
    last = signature;
    render(value);
  };
}

function append(parent: Element, children: readonly Child[]): void {
  for (const child of children) if (child !== null) parent.append(child);
}
