/** ‖x‖₁: dual ‖·‖_∞; prox is the soft threshold sign(x)(|x| − t)₊. */
import type { Norm } from "./norm.ts";

export const l1: Norm = {
  kind: "l1",
  label: (variable) => `‖${variable}‖₁`,
  value(x) {
    let sum = 0;
    for (let i = 0; i < x.length; i++) sum += Math.abs(x[i]);
    return sum;
  },
  dualValue(p) {
    let max = 0;
    for (let i = 0; i < p.length; i++) max = Math.max(max, Math.abs(p[i]));
    return max;
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
