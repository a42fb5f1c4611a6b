/** The cover of the sphere of u as a way to close the bracket of a neuron; its tree of cells is the witness. */
import { roundedUp } from "../../linalg/rounding.ts";
import type { Closer } from "./closing.ts";
import { checkCover, coverSphere } from "./cover/sphere-cover.ts";
import { scalarCover } from "./neuron-cover.ts";
import type { ScaledSamples } from "./neuron-samples.ts";
import { vectorCover } from "./neuron-vector-cover.ts";

const METHOD = "cover of the sphere";
const WITNESS = "cover";

/** Longer u have too many orthants to begin with. */
export const MOST_COVERED = 9;

/** Numbers kept for the vertices, one for every sample, at most as many as cells: 160 MB. */
const MOST_NUMBERS = 2e7;

/** A cell costs about as much as eight of those that budgets are counted in. */
const SHARE = 1 / 8;

/**
 * `unit`: the polar in the units of the closer is this times `samples`. `directionOf`: u from the coordinates of the samples.
 * Arrays: `threshold`, one number in units of the samples, and `tree`.
 */
export function neuronCloser(
  { samples, bounded }: ScaledSamples,
  unit: number,
  directionOf: (point: Float64Array) => Float64Array,
): Closer | undefined {
  const { count, dimension, outputs, total } = samples;
  if (count === 0 || dimension > MOST_COVERED) return undefined;
  const covered = () => (outputs === 1 ? scalarCover(samples) : vectorCover(samples));
  const capped = (cells: number) => Math.min(cells, MOST_NUMBERS / count);
  const why = `the inputs span ${dimension} dimensions, few enough for a cover of their sphere`;
  const bound = (upper: number) => ({
    upper: roundedUp(bounded(upper) * unit, 1),
    method: METHOD,
    witness: WITNESS,
    why,
  });
  return {
    witness: WITNESS,
    close({ lower, tolerance, cells, stopped }) {
      const reached = Math.max(lower / unit / bounded(1), 1e-9 * total);
      const options = { tolerance, cells: capped(cells * SHARE), stopped };
      const found = coverSphere(covered(), { reached, ...options });
      const { tree, threshold } = found;
      // What a check will find: a child may be bounded worse than its parent was. Where that is stopped the search has the word.
      const checked = checkCover(covered(), tree, { threshold, cells: 2 * found.cells, stopped });
      return {
        ...bound(Number.isFinite(checked) ? checked : found.upper),
        arrays: {
          threshold: { shape: [1], data: Float64Array.of(threshold) },
          tree: { shape: [tree.length], data: tree },
        },
        work: found.cells / SHARE,
        better: found.better && [directionOf(found.better), new Float64Array(outputs)],
      };
    },
    check({ threshold, tree }, { cells, stopped }) {
      const level = threshold?.data[0];
      if (tree === undefined || level === undefined || !(level > 0)) return bound(Number.POSITIVE_INFINITY);
      const most = 2 * Math.ceil(capped(cells * SHARE)) + 2 ** dimension;
      return bound(checkCover(covered(), tree.data, { threshold: level, cells: most, stopped }));
    },
  };
}
