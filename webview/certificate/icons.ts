/** Line icons, drawn in the current color. */
import type { Finding } from "@optimality-lens/engine";
import { svg } from "../dom.ts";
import type { Tone } from "./words.ts";

const TONE_PATHS: Readonly<Record<Tone, string>> = {
  success: "M9.5 16.5 l4.5 4.5 l9 -10",
  improvable: "M10 11 l5 5.5 l3 -3 l5 6 M23 14.5 v5 h-5",
  open: "M12.5 12.6 a3.6 3.6 0 1 1 5.4 3.1 c-1.4 .8 -1.9 1.4 -1.9 2.8 M16 22.2 v.4",
  outside: "M9.5 22.5 l13 -13",
  failed: "M11 11 l10 10 M21 11 l-10 10",
  progress: "",
  idle: "M13.5 10.8 l8 5.2 l-8 5.2 z",
};

/** The emblem in front of the verdict, 32 × 32. */
export function verdictIcon(tone: Tone): SVGSVGElement {
  const ring =
    tone === "progress"
      ? [
          svg("circle", { cx: 16, cy: 16, r: 14, class: "track" }),
          svg("path", { d: "M16 2 a14 14 0 0 1 14 14", class: "spin" }),
        ]
      : [svg("circle", { cx: 16, cy: 16, r: 14, class: "ring" })];
  return svg(
    "svg",
    { viewBox: "0 0 32 32", class: `verdict-icon ${tone}`, "aria-hidden": "true", focusable: "false" },
    ...ring,
    TONE_PATHS[tone] === "" ? null : svg("path", { d: TONE_PATHS[tone], class: "glyph" }),
  );
}

const SEVERITY_PATHS: Readonly<Record<Finding["severity"], string>> = {
  error: "M8 1.5 a6.5 6.5 0 1 0 .01 0 z M5.6 5.6 l4.8 4.8 M10.4 5.6 l-4.8 4.8",
  warning: "M8 2 l6.5 11.5 h-13 z M8 6.2 v3.6 M8 11.4 v.4",
  info: "M8 1.5 a6.5 6.5 0 1 0 .01 0 z M8 7.2 v4 M8 4.6 v.4",
};

export function severityIcon(severity: Finding["severity"]): SVGSVGElement {
  const known = Object.hasOwn(SEVERITY_PATHS, severity) ? severity : "info";
  return svg(
    "svg",
    { viewBox: "0 0 16 16", class: `severity-icon ${known}`, "aria-hidden": "true", focusable: "false" },
    svg("path", { d: SEVERITY_PATHS[known] }),
  );
}
