/** Short answers of the host, shown in a corner and read out. */
import { button, element } from "../dom.ts";

const SHOWN_MS = 8000;

export interface Notices {
  readonly element: HTMLElement;
  show(text: string, severity: "info" | "error"): void;
}

export function createNotices(): Notices {
  const polite = element("div", { class: "notices", role: "status", "aria-live": "polite" });
  let timer: ReturnType<typeof setTimeout> | undefined;

  const hide = (): void => {
    clearTimeout(timer);
    polite.replaceChildren();
  };

  return {
    element: polite,
    show: (text, severity) => {
      hide();
      polite.append(
        element(
          "div",
          { class: `notice ${severity}`, role: severity === "error" ? "alert" : undefined },
          element("p", {}, text),
          button({ label: "×", name: "Dismiss", look: "link", onClick: hide }),
        ),
      );
      // Errors stay until they are dismissed.
      if (severity === "info") timer = setTimeout(hide, SHOWN_MS);
    },
  };
}
