/**
 * Proposition 19 made visible: for p' < p the origin is a local minimum, so the objective rises along every ray before it may fall.
 * Where it first falls below f(0) is how far descent would have to climb over.
 */

/** f at a branch whose slices point in a fixed direction and have norm α each; at 0 the zero model. */
export type Ray = (scale: number) => number;

export interface Escape {
  readonly objectiveAtZero: number;
  /** The smallest scale with a lower objective that was found, and the objective there; null when there is none. */
  readonly crossing: { readonly scale: number; readonly objective: number } | null;
  /** The largest scale that was looked at. */
  readonly searchedTo: number;
}

export interface EscapeSearch {
  /** Where to begin and end, in the units of the factors. */
  readonly smallest?: number;
  readonly largest?: number;
}

/** Scales are tried in steps of this factor: a dip below f(0) that is narrower can be missed. */
const STEP = 2 ** 0.25;
const BISECTIONS = 50;
/** Objectives are sums of many terms: what differs from f(0) by less than this, relatively, is not called lower. */
const VISIBLE = 1e-9;

/**
 * The first α with f(αz) < f(0) over all rays given: a geometric grid from `smallest` (1e−6) to `largest` (1e6), and bisection inside
 * the step where the objective first is lower. Values that are not finite count as high. Cost: at most 160 + 50 evaluations a ray.
 */
export function escapeScale(rays: readonly Ray[], { smallest = 1e-6, largest = 1e6 }: EscapeSearch = {}): Escape {
  const objectiveAtZero = rays[0]?.(0) ?? Number.NaN;
  const level = objectiveAtZero - VISIBLE * Math.abs(objectiveAtZero);
  let crossing: Escape["crossing"] = null;
  for (const ray of rays) {
    const found = firstBelow(ray, level, smallest, crossing?.scale ?? largest);
    if (found !== null && (crossing === null || found.scale < crossing.scale)) crossing = found;
  }
  return { objectiveAtZero, crossing, searchedTo: largest };
}

function firstBelow(ray: Ray, level: number, smallest: number, largest: number): Escape["crossing"] {
  let above = 0;
  for (let scale = smallest; scale <= largest; scale *= STEP) {
    const objective = ray(scale);
    if (objective < level) return refined(ray, level, above, { scale, objective });
    above = scale;
  }
  return null;
}

function refined(
  ray: Ray,
  level: number,
  from: number,
  found: { readonly scale: number; readonly objective: number },
): { readonly scale: number; readonly objective: number } {
  let above = from;
  let below = found;
  for (let step = 0; step < BISECTIONS; step++) {
    const scale = (above + below.scale) / 2;
    if (scale <= above || scale >= below.scale) break;
    const objective = ray(scale);
    if (objective < level) below = { scale, objective };
    else above = scale;
  }
  return below;
}
