/** The largest modulus of many numbers. It does not depend on how it is computed. */
import { FIRST_ADDRESS, newWorkspace, type Workspace } from "./loader.ts";

/** Below so many the way to compiled code and back costs more than it gains. */
const FEW = 2 ** 11;
/** Numbers of one call. */
const SPAN = 2 ** 12;

/** Its own: others hold views of the shared one while they ask. */
let workspace: Workspace | undefined;

/** max |x_k|, 0 of nothing, NaN where one of them is. */
export function largestModulus(x: Float64Array): number {
  if (x.length >= FEW) workspace ??= newWorkspace();
  return x.length < FEW || workspace === undefined ? plainLargest(x) : compiledLargest(x, workspace);
}

function compiledLargest(x: Float64Array, { code, numbers }: Workspace): number {
  const room = numbers(FIRST_ADDRESS + 8 * SPAN);
  let largest = 0;
  for (let from = 0; from < x.length; from += SPAN) {
    const part = x.subarray(from, from + SPAN);
    room.set(part, FIRST_ADDRESS / 8);
    largest = code.largestSpan(FIRST_ADDRESS, part.length, largest);
  }
  return largest;
}

function plainLargest(x: Float64Array): number {
  let largest = 0;
  for (let k = 0; k < x.length; k++) largest = Math.max(largest, Math.abs(x[k]));
  return largest;
}
