/** 0 everywhere: for factors that the regularizer does not charge. Its dual norm is 0 at 0 and infinite elsewhere. */
import { euclideanLength } from "../../linalg/vector.ts";
import { largestEntry } from "./entries.ts";
import type { Norm } from "./norm.ts";

const dual = (p: Float64Array) => (largestEntry(p) === 0 ? 0 : Number.POSITIVE_INFINITY);

export const freeNorm: Norm = {
  kind: "free",
  constrained: false,
  nonnegative: false,
  convex: true,
  label: () => "0",
  condition: () => "",
  /** The one norm without a floor: bounds that divide by it are infinite. */
  euclideanFloor: 0,
  l1Floor: 0,
  value: () => 0,
  violation: () => undefined,
  dualValue: dual,
  dualUpper: dual,
  /** No direction has a norm of 1. */
  dualDirection: (p) => new Float64Array(p.length),
  proxInto() {},
  subgradientDistance: (p) => euclideanLength(p),
};
