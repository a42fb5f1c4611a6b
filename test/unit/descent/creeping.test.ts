/** When descent is no use any more beside an open polar. */
import { describe, expect, it } from "vitest";
import { creepWatch } from "../../../engine/src/descent/creeping.ts";

describe("creepWatch", () => {
  const rounds = (objective: (round: number) => number, lowerBound: number | null) => {
    const creeps = creepWatch();
    return Array.from({ length: 40 }, (_, round) => creeps(objective(round), lowerBound));
  };

  it("waits ten rounds, then compares what they gained with the gap", () => {
    expect(rounds(() => 10, 5).indexOf(true)).toBe(10);
    expect(rounds((round) => 10 - 1e-5 * round, 5).indexOf(true)).toBe(10);
    expect(rounds((round) => 10 - 1e-2 * round, 5)).not.toContain(true);
  });

  it("goes on while a small gap is still being closed", () => {
    expect(rounds((round) => 10 + 0.9 ** round, 10)).not.toContain(true);
  });

  it("is silent where the polar is not open", () => {
    expect(rounds(() => 10, null)).not.toContain(true);
  });
});
