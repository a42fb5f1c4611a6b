/** ‖x‖_∞: dual ‖·‖₁; prox clips at the level that takes away t in all: x − (projection of x on the ℓ1 ball of radius t). */
import { euclideanLength } from "../../linalg/vector.ts";
import { absoluteSum, largestEntry, raised, waterLevel } from "./entries.ts";
import type { Norm } from "./norm.ts";

/** On slices of `size` entries. */
export function linf(size: number): Norm {
  const norm: Norm = {
    kind: "linf",
    constrained: false,
    nonnegative: false,
    convex: true,
    condition: () => "",
    euclideanFloor: (1 / Math.sqrt(size)) * (1 - 1e-15),
    l1Floor: 0,
    label: (variable) => `‖${variable}‖_∞`,
    value: largestEntry,
    violation: () => undefined,
    dualValue: absoluteSum,
    dualUpper: (p) => raised(absoluteSum(p), p.length),
    dualDirection: (p) => p.map(Math.sign),
    proxInto(x, t) {
      if (t === 0) return;
      if (absoluteSum(x) <= t) {
        x.fill(0);
        return;
      }
      const level = Math.max(0, waterLevel(x.map(Math.abs), t));
      for (let i = 0; i < x.length; i++) x[i] = Math.sign(x[i]) * Math.min(Math.abs(x[i]), level);
    },
    subgradientDistance(p, x) {
      const largest = largestEntry(x);
      if (largest === 0) {
        const rest = p.slice();
        norm.proxInto(rest, 1);
        return euclideanLength(rest);
      }
      // ∂‖x‖_∞ is the convex hull of sign(x_i) e_i over the largest entries.
      const at = Array.from(x.keys()).filter((i) => Math.abs(x[i]) === largest);
      const level = waterLevel(
        Float64Array.from(at, (i) => p[i] * Math.sign(x[i])),
        1,
      );
      const on = new Set(at);
      let sum = 0;
      for (let i = 0; i < x.length; i++) {
        const along = p[i] * Math.sign(x[i]);
        sum += (on.has(i) ? Math.min(along, level) : p[i]) ** 2;
      }
      return Math.sqrt(sum);
    },
  };
  return norm;
}
