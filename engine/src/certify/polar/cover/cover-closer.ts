/** The branch and bound over the sphere as a way to close a bracket; its tree is the witness. */
import { roundedUp } from "../../../linalg/rounding.ts";
import type { Branch } from "../../../problem/factors.ts";
import type { Closer } from "../closing.ts";
import type { Eliminated } from "./eliminated.ts";
import { coveredBy } from "./eliminated.ts";
import { checkCover, coverSphere } from "./sphere-cover.ts";

const METHOD = "cover of the sphere";
const WITNESS = "cover";

export interface Coverable {
  readonly problem: Eliminated;
  /** The part of all cells that are worth their time: 1 where `problem.above` is f itself but for rounding, and soon computed. */
  readonly share: number;
  /** The polar is this times the largest value, a power of two. */
  readonly unit: number;
  readonly why: string;
  /** The branch of a point of the sphere. */
  readonly branch: (u: Float64Array) => Branch;
}

/** Arrays: `threshold`, one number in units of the problem, and `tree`. */
export function coverCloser({ problem, share, unit, why, branch }: Coverable): Closer {
  const bound = (upper: number) => ({ upper: roundedUp(upper * unit, 1), method: METHOD, witness: WITNESS, why });
  return {
    witness: WITNESS,
    close({ lower, tolerance, stopped, ...options }) {
      const cells = Math.ceil(options.cells * share);
      const reached = Math.max(lower / unit, 1e-9 * problem.scale);
      const found = coverSphere(coveredBy(problem), { reached, tolerance, cells, stopped });
      return {
        ...bound(found.upper),
        arrays: {
          threshold: { shape: [1], data: Float64Array.of(found.threshold) },
          tree: { shape: [found.tree.length], data: found.tree },
        },
        work: Math.ceil(found.cells / share),
        better: found.better && branch(found.better),
      };
    },
    check({ threshold, tree }, { cells, stopped }) {
      const level = threshold?.data[0];
      if (tree === undefined || level === undefined || !(level > 0)) return bound(Number.POSITIVE_INFINITY);
      // A tree has fewer nodes than its search looked at, which is its budget, or the orthants where that is less.
      const most = 2 * Math.ceil(cells * share) + 2 ** problem.dimension;
      const options = { threshold: level, cells: most, stopped };
      return bound(checkCover(coveredBy(problem), tree.data, options));
    },
  };
}
