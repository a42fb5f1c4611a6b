/** A few choices side by side, one of them pressed. */
import { element } from "../dom.ts";

export function createSwitch<T extends string>(
  name: string,
  choices: readonly { readonly value: T; readonly label: string }[],
  choose: (value: T) => void,
) {
  const buttons = choices.map(({ value, label }) => {
    const node = element("button", { type: "button", "aria-pressed": "false", "data-value": value }, label);
    node.addEventListener("click", () => choose(value));
    return node;
  });
  return {
    element: element("div", { class: "switch", role: "group", "aria-label": name }, ...buttons),
    select: (value: T): void => {
      for (const node of buttons) node.setAttribute("aria-pressed", String(node.dataset["value"] === value));
    },
  };
}
