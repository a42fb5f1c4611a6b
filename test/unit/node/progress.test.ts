/** The progress line of the command line. */
import { describe, expect, it } from "vitest";
import type { Phase } from "../../../engine/src/events.ts";
import { createProgressLine } from "../../../engine/src/node/progress.ts";

function shown(phase: Phase, seconds: readonly number[], which?: string): readonly string[] {
  const written: string[] = [];
  let now = 0;
  const line = createProgressLine(
    (text) => written.push(text.replace("\r\u001b[2K", "")),
    () => now,
  );
  const point = { iteration: 12345, objective: -1234.56789e12, lowerBound: -1.3e15, stationarity: 1e-9, branches: 321 };
  for (const each of seconds) {
    now = 1000 * each;
    line.show({ kind: "progress", progress: { ...point, phase, seconds: each } }, which);
  }
  return written;
}

describe("the progress line", () => {
  it("counts seconds during a proof, and has room for the gap", () => {
    const lines = shown("proof", [3, 3.05, 4.2]);
    expect(lines).toHaveLength(2);
    expect(lines[0]).toMatch(/^closing the polar's bracket, 3 s: objective .*, gap 0\.053$/);
    expect(lines[1]).toMatch(/^closing the polar's bracket, 4 s: /);
  });

  it("says which of several runs it is, and still has room for the gap", () => {
    const [line] = shown("certificate", [3], "λ 12 of 20");
    expect(line).toMatch(/^λ 12 of 20, certificate, 3 s: objective .*, gap 0\.053$/);
  });

  it.each(["descent", "certificate", "growth", "reduction", "proof"] as const)("fits its width in %s", (phase) => {
    const [line] = shown(phase, [86_400]);
    expect(line.length).toBeLessThan(80);
    expect(line).toContain(", 86400 s: ");
  });
});
