/** How a point shows its verdict, in charts, legends and pictures: by shape and by being filled, not by color alone. */
import type { Verdict } from "@optimality-lens/engine";
import type { PointStyle } from "chart.js";
import type { Palette } from "../theme.ts";

export interface VerdictMark {
  readonly words: string;
  /** Of chart.js. */
  readonly style: PointStyle;
  /** The same shape as an SVG path in a square of 12. */
  readonly outline: string;
  readonly filled: boolean;
}

export const VERDICT_MARKS: Readonly<Record<Verdict, VerdictMark>> = {
  global: { words: "Proven global", style: "circle", outline: "M6 1.5 a4.5 4.5 0 1 0 .01 0 z", filled: true },
  undecided: { words: "Undecided", style: "rectRot", outline: "M6 1 l5 5 l-5 5 l-5 -5 z", filled: false },
  "not-global": { words: "Not global", style: "triangle", outline: "M6 1.5 l5 9 h-10 z", filled: false },
  "outside-theory": {
    words: "Outside the theory",
    style: "crossRot",
    outline: "M2 2 l8 8 M10 2 l-8 8",
    filled: false,
  },
};

export function verdictColor(verdict: Verdict, palette: Palette): string {
  switch (verdict) {
    case "global":
      return palette.objective;
    case "undecided":
      return palette.foreground;
    case "not-global":
      return palette.bound;
    case "outside-theory":
      return palette.muted;
    default:
      return verdict satisfies never;
  }
}
