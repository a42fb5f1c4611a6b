/** Roots of monotone functions. */

export interface End {
  readonly at: number;
  readonly value: number;
}

/**
 * The root of a continuous function between two ends where it has opposite signs, by the Illinois variant of regula falsi:
 * exact after one step when the function is affine; an end that is kept twice counts half. Stops when |f| ≤ `tolerance`, when the bracket cannot shrink, or after
 * `steps`; then the first end is returned, so that the caller chooses on which side a miss lies.
 */
export function rootBetween(
  f: (x: number) => number,
  first: End,
  second: End,
  { tolerance, steps }: { readonly tolerance: number; readonly steps: number },
): number {
  let [a, b] = [first, second];
  let kept: "a" | "b" | undefined;
  for (let step = 0; step < steps; step++) {
    const at = (a.at * b.value - b.at * a.value) / (b.value - a.value);
    const value = f(at);
    const inside = at > Math.min(a.at, b.at) && at < Math.max(a.at, b.at);
    if (Math.abs(value) <= tolerance || !inside) return at;
    if (value > 0 === a.value > 0) {
      a = { at, value };
      if (kept === "b") b = { at: b.at, value: b.value / 2 };
      kept = "b";
    } else {
      b = { at, value };
      if (kept === "a") a = { at: a.at, value: a.value / 2 };
      kept = "a";
    }
  }
  return a.at;
}
