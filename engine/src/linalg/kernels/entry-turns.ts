/** How calls on observed entries are cut into turns, and what their parts share. */
import type { ObservedMemory, SideAddresses } from "./observed-memory.ts";

/** About 2 ms; calls are cut like this even where nobody waits, as code is only replaced by better code when it is called. */
const FLOPS_PER_TURN = 2e7;

/** One number an entry at `at`, or `constant` everywhere where that is 0. */
export interface Curvature {
  readonly at: number;
  readonly constant: number;
}

/** Ranges of rows of about FLOPS_PER_TURN each. */
export function* turnsOf(
  { start, count }: SideAddresses,
  flopsPerEntry: number,
  flopsPerRow = 0,
): Generator<readonly [from: number, to: number]> {
  let from = 0;
  let flops = 0;
  for (let i = 0; i < count; i++) {
    flops += (start[i + 1] - start[i]) * flopsPerEntry + flopsPerRow;
    if (flops < FLOPS_PER_TURN && i + 1 < count) continue;
    yield [from, i + 1];
    from = i + 1;
    flops = 0;
  }
}

export function ridgesOf(ridge: number | Float64Array, r: number): Float64Array {
  return typeof ridge === "number" ? new Float64Array(r).fill(ridge) : ridge;
}

/** A call that waited must find its operands where it left them. */
export function mustBeCurrent(memory: ObservedMemory, call: number): void {
  if (!memory.isCurrent(call)) throw new Error("entry kernel: another call came before this one had ended");
}
