/** Proposition 19 on the problem at hand: how far from 0 the objective first falls below its value there. */
import { type Escape, escapeScale } from "../diagnose/escape-scale.ts";
import { over } from "../linalg/vector.ts";
import { factorsOf, scaledBranch } from "./factors.ts";
import type { Problem } from "./problem.ts";

/** Directions tried: the best the polar's search finds at the zero model. */
const RAYS = 8;

/** Undefined unless the regularizer's degree is the smaller one, and the loss falls along some branch. */
export function escapeOf(problem: Problem): Escape | undefined {
  const { mapping, regularizer, loss, target, lambda, sizes } = problem;
  if (mapping.degree === null || regularizer.degree === null || !(regularizer.degree < mapping.degree))
    return undefined;
  const zero = new Float64Array(target.value.length);
  const w = new Float64Array(zero.length);
  loss.negativeGradientInto(w, zero, target);
  const { branches } = problem.polar(w, { above: 0, effort: "estimate", stopped: () => false });
  if (branches.length === 0) return undefined;
  const x = new Float64Array(zero.length);
  const rays = branches.slice(0, RAYS).map(({ factors }) => {
    const unit = factors.map((slice, k) => {
      const size = regularizer.norms[k].value(slice);
      return size > 0 ? over(slice, size) : slice;
    });
    return (scale: number) => {
      const branch = scaledBranch(unit, scale);
      mapping.predictInto(x, factorsOf([branch], sizes, 1));
      return loss.value(x, target) + lambda * regularizer.measure(branch);
    };
  });
  return escapeScale(rays);
}
