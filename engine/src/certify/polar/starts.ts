/** Where the search in a tensor (or a table, its case of two axes) begins. */
import { largestSingularTriplets } from "../../linalg/lanczos.ts";
import { wholeTable } from "../../linalg/observed.ts";
import type { ObservedTensor } from "../../linalg/tensor.ts";
import { indexOf, unfold } from "../../linalg/tensor.ts";
import { opposite } from "../../linalg/vector.ts";
import type { Branch } from "../../problem/factors.ts";
import type { Norm } from "../../problem/regularizer/norm.ts";
import type { PolarOptions } from "./polar.ts";

/** Singular triplets of the first unfolding that are followed up. */
const COMPONENTS = 8;

/**
 * The components of the tensor, and the unit vectors at its largest entries. On cones signs matter: there each factor but the
 * first, which the search finds from the others, is turned around as well.
 */
export function startsIn(tensor: ObservedTensor, norms: readonly Norm[], options: PolarOptions): Branch[] {
  const starts = [...components(tensor, options, COMPONENTS), ...largestEntries(tensor)];
  if (!norms.some((norm) => norm.constrained)) return starts;
  return starts.flatMap((start) => start.map((x, k) => (k === 0 ? start : start.with(k, opposite(x)))));
}

/**
 * The leading singular vectors u of the first axis against the others; the factors behind it from the tensor that v is, in the
 * same way. Of a tensor with orthogonal components these are the components.
 */
function components({ lengths, entries }: ObservedTensor, { above, stopped }: PolarOptions, most: number): Branch[] {
  const triplets = largestSingularTriplets(unfold({ lengths, entries }, [0]), { above, most, stopped }).slice(0, most);
  const rest = lengths.slice(1);
  if (rest.length === 1) return triplets.map(({ u, v }) => [u, v]);
  const [rows] = rest;
  const single = { above: Number.POSITIVE_INFINITY, stopped };
  return triplets.flatMap(({ u, v }) => {
    const inner = { lengths: rest, entries: wholeTable(v, rows, v.length / rows) };
    return components(inner, single, 1).map((factors) => [u, ...factors]);
  });
}

/** Unit vectors at the largest entry, and at the smallest where that is below 0. */
function largestEntries({ lengths, entries }: ObservedTensor): Branch[] {
  let [most, least] = [0, 0];
  entries.value.forEach((x, at) => {
    if (x > entries.value[most]) most = at;
    if (x < entries.value[least]) least = at;
  });
  return [most, least].map((at) => {
    const index = indexOf({ lengths, entries }, at);
    return lengths.map((length, k) => {
      const unit = new Float64Array(length);
      unit[index[k]] = k === 1 && entries.value[at] < 0 ? -1 : 1;
      return unit;
    });
  });
}
