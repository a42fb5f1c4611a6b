/** The cone x ≥ 0, without tolerance. Its polar cone is c ≤ 0. */
import { roundedUp, UNIT_ROUNDOFF } from "../../linalg/rounding.ts";
import { euclideanLength } from "../../linalg/vector.ts";
import type { Cone } from "./cone.ts";
import { positivePart } from "./entries.ts";
import { negativeEntry } from "./nonnegative.ts";
import { coneWithin } from "./support.ts";

export const orthant: Cone = {
  condition: (variable) => `${variable} ≥ 0`,
  violation: negativeEntry,
  projectInto(x) {
    for (let i = 0; i < x.length; i++) x[i] = positivePart(x[i]);
  },
  within: (support) => coneWithin(orthant, support, orthant.projectInto),
  release(p, c) {
    const moved = p.map((entry, i) => entry + positivePart(-c[i]));
    // One rounding per entry.
    return { moved, slack: roundedUp(2 * UNIT_ROUNDOFF * euclideanLength(moved), p.length + 4) };
  },
};
