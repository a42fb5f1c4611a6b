/** ‖x‖₁: dual ‖·‖_∞; prox is the soft threshold sign(x)(|x| − t)₊. */
import { largestEntry } from "./entries.ts";
import type { Norm } from "./norm.ts";

export const l1: Norm = {
  kind: "l1",
  constrained: false,
  nonnegative: false,
  convex: true,
  condition: () => "",
  euclideanFloor: 1,
  l1Floor: 1,
  mixture: { l2: 0, l1: 1 },
  label: (variable) => `‖${variable}‖₁`,
  value(x) {
    let sum = 0;
    for (let i = 0; i < x.length; i++) sum += Math.abs(x[i]);
    return sum;
  },
  violation: () => undefined,
  dualValue: largestEntry,
  // A maximum is exact in floating point.
  dualUpper: largestEntry,
  dualDirection(p) {
    const size = largestEntry(p);
    const out = new Float64Array(p.length);
    const at = size > 0 ? p.findIndex((x) => Math.abs(x) === size) : -1;
    if (at >= 0) out[at] = Math.sign(p[at]);
    return out;
  },
  proxInto(x, t) {
    for (let i = 0; i < x.length; i++) x[i] = Math.sign(x[i]) * Math.max(0, Math.abs(x[i]) - t);
  },
  subgradientDistance(p, x) {
    let sum = 0;
    for (let i = 0; i < x.length; i++) {
      const d = x[i] === 0 ? Math.max(0, Math.abs(p[i]) - 1) : p[i] - Math.sign(x[i]);
      sum += d * d;
    }
    return Math.sqrt(sum);
  },
};
