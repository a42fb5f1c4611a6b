/** ‖x‖₂: its own dual; prox is the block soft threshold (1 − t/‖x‖₂)₊ x. */
import { euclideanLength, over } from "../../linalg/vector.ts";
import { raised } from "./entries.ts";
import type { Norm } from "./norm.ts";

const value = euclideanLength;

export const l2: Norm = {
  kind: "l2",
  constrained: false,
  nonnegative: false,
  convex: true,
  condition: () => "",
  euclideanFloor: 1,
  l1Floor: 0,
  mixture: { l2: 1, l1: 0 },
  label: (variable) => `‖${variable}‖₂`,
  value,
  violation: () => undefined,
  dualValue: value,
  dualUpper: (p) => raised(value(p), p.length + 2),
  dualDirection(p) {
    const size = value(p);
    return size > 0 ? over(p, size) : new Float64Array(p.length);
  },
  proxInto(x, t) {
    const norm = value(x);
    const scale = norm > t ? 1 - t / norm : 0;
    for (let i = 0; i < x.length; i++) x[i] *= scale;
  },
  subgradientDistance(p, x) {
    const norm = value(x);
    if (norm === 0) return Math.max(0, value(p) - 1);
    let sum = 0;
    for (let i = 0; i < x.length; i++) sum += (p[i] - x[i] / norm) ** 2;
    return Math.sqrt(sum);
  },
};
