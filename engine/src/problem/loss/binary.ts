/** Targets of classification: ±1, or 0 and 1. */
import type { Loss } from "./loss.ts";

export const BINARY_TARGETS: NonNullable<Loss["targets"]> = {
  words: "1, -1 or 0; a class is 1 or -1 (or 1 or 0)",
  accepts: (y) => y === 1 || y === -1 || y === 0,
};

export function signed(y: number): number {
  return y === 0 ? -1 : y;
}
