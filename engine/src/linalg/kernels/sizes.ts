/** How large many numbers are: their largest modulus, and the sum of their squares. Neither depends on how it is computed. */
import { FIRST_ADDRESS, newWorkspace, type Workspace } from "./loader.ts";

/** Below so many the way to compiled code and back costs more than it gains. */
const FEW = 2 ** 11;
/** Numbers of one call. */
const SPAN = 2 ** 12;
/** Where they stand: four sums are before them. */
const NUMBERS = FIRST_ADDRESS + 32;

/** Its own: others hold views of the shared one while they ask. */
let own: Workspace | undefined;

function workspaceFor(x: Float64Array): Workspace | undefined {
  if (x.length < FEW) return undefined;
  own ??= newWorkspace();
  return own;
}

const known = new WeakMap<Float64Array, number>();

/** That this is the largest modulus of an array of our own, which nobody changes any more: many ask for it. */
export function rememberModulus(x: Float64Array, largest: number): void {
  if (x.length >= FEW) known.set(x, largest);
}

/** max |x_k|, 0 of nothing, NaN where one of them is. */
export function largestModulus(x: Float64Array): number {
  const remembered = x.length < FEW ? undefined : known.get(x);
  if (remembered !== undefined) return remembered;
  const workspace = workspaceFor(x);
  return workspace === undefined ? plainLargest(x) : compiledLargest(x, workspace);
}

function compiledLargest(x: Float64Array, { code, numbers }: Workspace): number {
  const room = numbers(NUMBERS + 8 * SPAN);
  let largest = 0;
  for (let from = 0; from < x.length; from += SPAN) {
    const part = x.subarray(from, from + SPAN);
    room.set(part, NUMBERS / 8);
    largest = code.largestSpan(NUMBERS, part.length, largest);
  }
  return largest;
}

function plainLargest(x: Float64Array): number {
  let largest = 0;
  for (let k = 0; k < x.length; k++) largest = Math.max(largest, Math.abs(x[k]));
  return largest;
}

/** Σ x_k² in four sums, which do not wait for one another. */
export function sumOfSquares(x: Float64Array): number {
  const workspace = workspaceFor(x);
  return workspace === undefined ? plainSquares(x) : compiledSquares(x, workspace);
}

function compiledSquares(x: Float64Array, { code, numbers }: Workspace): number {
  const room = numbers(NUMBERS + 8 * SPAN);
  const sums = FIRST_ADDRESS / 8;
  room.fill(0, sums, sums + 4);
  for (let from = 0; from < x.length; from += SPAN) {
    const part = x.subarray(from, from + SPAN);
    room.set(part, NUMBERS / 8);
    code.squareSpan(NUMBERS, part.length, FIRST_ADDRESS);
  }
  return room[sums] + room[sums + 1] + (room[sums + 2] + room[sums + 3]);
}

/** The same bits. */
export function plainSquares(x: Float64Array): number {
  const whole = x.length - (x.length % 4);
  let [a, b, c, d] = [0, 0, 0, 0];
  for (let i = 0; i < whole; i += 4) {
    a += x[i] * x[i];
    b += x[i + 1] * x[i + 1];
    c += x[i + 2] * x[i + 2];
    d += x[i + 3] * x[i + 3];
  }
  for (let i = whole; i < x.length; i++) a += x[i] * x[i];
  return a + b + (c + d);
}
