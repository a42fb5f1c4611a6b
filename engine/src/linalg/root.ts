/** Roots of monotone functions. */

export interface End {
  readonly at: number;
  readonly value: number;
}

/** How the next point is chosen: see `rootBetween`. */
type Step = "secant" | "past" | "middle";

/**
 * The root of a continuous monotone function between two ends where it has opposite signs, always within them. By the secant:
 * exact after one step when the function is affine. Where that leaves more than half of the bracket, the next step goes twice
 * as far as the secant from the newest end, which brings the other end near; where that does too, or |f| did not even
 * halve (a function that rises like e^x holds one end), the middle is next. So three steps at most halve the bracket, and
 * values may be infinite. Stops when |f| ≤ `tolerance`, when the bracket cannot shrink (with the end where |f| is smaller), or
 * after `steps`: then the first end is returned, so that the caller chooses on which side a miss lies.
 */
export function rootBetween(
  f: (x: number) => number,
  first: End,
  second: End,
  { tolerance, steps }: { readonly tolerance: number; readonly steps: number },
): number {
  if (first.value === 0) return first.at;
  if (second.value === 0) return second.at;
  let [a, b, newest] = [first, second, first];
  let width = Math.abs(b.at - a.at);
  let next: Step = "secant";
  for (let step = 0; step < steps; step++) {
    const at = pointBetween(a, b, newest, next);
    if (!(at > Math.min(a.at, b.at) && at < Math.max(a.at, b.at))) {
      return Math.abs(a.value) <= Math.abs(b.value) ? a.at : b.at;
    }
    newest = { at, value: f(at) };
    if (Math.abs(newest.value) <= tolerance) return at;
    const replaced: End = newest.value > 0 === a.value > 0 ? a : b;
    if (replaced === a) a = newest;
    else b = newest;
    const left = Math.abs(b.at - a.at);
    if (left <= width / 2) [width, next] = [left, "secant"];
    else next = next === "secant" && Math.abs(newest.value) <= Math.abs(replaced.value) / 2 ? "past" : "middle";
  }
  return a.at;
}

/** Strictly between the ends while there is a number: a secant that rounds onto an end means the number beside it. */
function pointBetween(a: End, b: End, newest: End, step: Step): number {
  const [low, high] = a.at < b.at ? [a.at, b.at] : [b.at, a.at];
  const middle = low + (high - low) / 2;
  const secant = (a.at * b.value - b.at * a.value) / (b.value - a.value);
  if (step === "middle" || !Number.isFinite(secant)) return middle;
  if (step === "past") {
    const at = newest.at + 2 * (secant - newest.at);
    return at > low && at < high ? at : middle;
  }
  if (secant <= low) return low + besides(low);
  return secant >= high ? high - besides(high) : secant;
}

/** One or two units in the last place of x. */
function besides(x: number): number {
  return Math.max(2 ** -52 * Math.abs(x), Number.MIN_VALUE);
}
