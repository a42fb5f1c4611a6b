/** One line on a terminal that says how the run goes, rewritten in place at most ten times a second. */
import type { Phase, RunEvent } from "../events.ts";
import { showNumber, showSmall } from "./style.ts";

const WORDS: Readonly<Record<Phase, string>> = {
  descent: "descent",
  certificate: "certificate",
  growth: "growth",
  reduction: "reduction",
  proof: "closing the polar's bracket",
};

const INTERVAL_MS = 100;
const CLEAR = "\r\u001b[2K";
/** Fits the narrowest usual terminal, so that the line never wraps. */
const WIDTH = 79;

export interface ProgressLine {
  /** `which` of several runs it is stands in front, where there are several. */
  show(event: RunEvent, which?: string): void;
  /** Removes the line. */
  clear(): void;
}

export function createProgressLine(write: (text: string) => void, clock: () => number): ProgressLine {
  let last = Number.NEGATIVE_INFINITY;
  let shown = false;
  return {
    show(event, which) {
      if (event.kind !== "progress" || clock() - last < INTERVAL_MS) return;
      last = clock();
      const { iteration, seconds, phase, objective, lowerBound, branches } = event.progress;
      const gap =
        lowerBound === null || objective === 0
          ? ""
          : `, gap ${showSmall(Math.max(0, objective - lowerBound) / Math.abs(objective))}`;
      const width = `${branches} ${branches === 1 ? "branch" : "branches"}`;
      const where = phase === "proof" || which !== undefined ? "" : `iteration ${iteration}, ${width}, `;
      const run = which === undefined ? "" : `${which}, `;
      const line = `${run}${WORDS[phase]}, ${Math.floor(seconds)} s: ${where}objective ${showNumber(objective)}${gap}`;
      write(CLEAR + line.slice(0, WIDTH));
      shown = true;
    },
    clear() {
      if (shown) write(CLEAR);
      shown = false;
    },
  };
}
