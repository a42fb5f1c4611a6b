/** ‖x‖₂: its own dual; prox is the block soft threshold (1 − t/‖x‖₂)₊ x. */
import { euclideanLength } from "../../linalg/vector.ts";
import type { Norm } from "./norm.ts";

const value = euclideanLength;

export const l2: Norm = {
  kind: "l2",
  label: (variable) => `‖${variable}‖₂`,
  value,
  dualValue: value,
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
