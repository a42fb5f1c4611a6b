/** Large arrays for the time of one call: memory that was never written costs a fault for every page, many times what filling it costs. */

/** Below so many numbers a new array is as good. */
const FEW = 2 ** 13;
/** Arrays that wait for the next call, and the most numbers that each of them may keep: 16 MB. */
const MOST_IDLE = 3;
const MOST_NUMBERS = 2 ** 21;

const idle: Float64Array[] = [];

/**
 * What `use` makes of an array of so many numbers, in which anything may stand. It is lent: nothing may hold it, or a view of it, when
 * `use` returns, and nothing may be remembered by it (a `WeakMap` would know it again).
 */
export function withScratch<Result>(length: number, use: (scratch: Float64Array) => Result): Result {
  if (length < FEW || length > MOST_NUMBERS) return use(new Float64Array(length));
  const at = idle.findLastIndex((array) => array.length >= length);
  const [whole] = at < 0 ? [new Float64Array(length)] : idle.splice(at, 1);
  try {
    return use(whole.subarray(0, length));
  } finally {
    if (idle.length === MOST_IDLE) idle.shift();
    idle.push(whole);
  }
}
