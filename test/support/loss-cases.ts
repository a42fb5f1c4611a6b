/** Every loss, with and without an intercept, on random targets that fit it. */
import fc from "fast-check";
import type { Observed } from "../../engine/src/linalg/observed.ts";
import { observedEntries, withValues } from "../../engine/src/linalg/observed.ts";
import { normalStream, uniformStream } from "../../engine/src/linalg/random.ts";
import { crossEntropyLoss } from "../../engine/src/problem/loss/cross-entropy.ts";
import { huberLoss } from "../../engine/src/problem/loss/huber.ts";
import { withIntercept } from "../../engine/src/problem/loss/intercept.ts";
import { logisticLoss } from "../../engine/src/problem/loss/logistic.ts";
import type { Loss } from "../../engine/src/problem/loss/loss.ts";
import { poissonLoss } from "../../engine/src/problem/loss/poisson.ts";
import { squaredLoss } from "../../engine/src/problem/loss/squared.ts";
import { squaredHingeLoss } from "../../engine/src/problem/loss/squared-hinge.ts";

export interface LossCase {
  readonly name: string;
  /** Without the intercept. */
  readonly base: Loss;
  readonly loss: Loss;
  readonly intercept: boolean;
  /** A number of the target; cross-entropy has rows of its own. */
  readonly fitted: (normal: number) => number;
}

export const LOSSES: readonly { readonly base: Loss; readonly fitted: (normal: number) => number }[] = [
  { base: squaredLoss(1), fitted: (y) => y },
  { base: squaredLoss(2.5), fitted: (y) => y },
  { base: huberLoss(1, 0.7), fitted: (y) => y },
  { base: huberLoss(3, 0.2), fitted: (y) => y },
  { base: logisticLoss, fitted: (y) => (y >= 0 ? 1 : -1) },
  { base: squaredHingeLoss, fitted: (y) => (y >= 0 ? 1 : -1) },
  { base: poissonLoss, fitted: (y) => Math.round(3 * Math.abs(y)) },
  { base: crossEntropyLoss, fitted: (y) => y },
];

export const LOSS_CASES: readonly LossCase[] = LOSSES.flatMap(({ base, fitted }) =>
  [false, true].map((intercept) => ({
    name: intercept ? `${base.label} with intercept` : base.label,
    base,
    loss: intercept ? withIntercept(base) : base,
    intercept,
    fitted,
  })),
);

/** Sizes from 1 × 1, masks, and targets whose columns are all the same. */
export interface TargetShape {
  readonly rows: number;
  readonly columns: number;
  readonly seed: number;
  readonly masked: boolean;
  readonly uniform: boolean;
}

export const targetShape: fc.Arbitrary<TargetShape> = fc.record({
  rows: fc.integer({ min: 1, max: 9 }),
  columns: fc.integer({ min: 1, max: 5 }),
  seed: fc.integer({ min: 1, max: 1e6 }),
  masked: fc.boolean(),
  uniform: fc.oneof({ weight: 4, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
});

export function targetFor({ base, fitted }: Pick<LossCase, "base" | "fitted">, shape: TargetShape): Observed {
  const { rows, columns: given, seed, masked, uniform } = shape;
  const normal = normalStream(seed);
  const random = uniformStream(seed + 1);
  const classes = base.kind === "cross-entropy";
  const columns = classes ? Math.max(2, given) : given;
  const same = fitted(normal());
  const y = Float64Array.from({ length: rows * columns }, () => (uniform ? same : fitted(normal())));
  if (classes) {
    y.fill(0);
    for (let i = 0; i < rows; i++) y[i * columns + (uniform ? 0 : Math.floor(random() * columns))] = 1;
  }
  const hiddenRow = Array.from({ length: rows }, (_, i) => masked && i > 0 && random() < 0.3);
  const hidden = y.map((_, k) => (!classes && masked && k > 0 && random() < 0.4 ? 1 : 0));
  return observedEntries(y, rows, columns, (k) => !hiddenRow[Math.floor(k / columns)] && hidden[k] === 0);
}

/** Predictions as a run has them, `size` times the loss's own. */
export function predictions(loss: Loss, target: Observed, seed: number, size = 1): Float64Array {
  const normal = normalStream(seed);
  const unit = size * Math.max(loss.predictionSize(target), 1e-9);
  return target.value.map(() => unit * normal());
}

/** W = −∇ℓ(x), moved onto the conditions of the dual. */
export function dualPoint(loss: Loss, x: Float64Array, target: Observed): Observed {
  const w = new Float64Array(x.length);
  loss.negativeGradientInto(w, x, target);
  return withValues(target, loss.feasibleDual?.(w, target) ?? w);
}

/** The entries of every row, or of every column. */
export function sumGroups(target: Observed, values: Float64Array, by: "rows" | "columns"): number[][] {
  const groups = Array.from({ length: by === "rows" ? target.rows : target.columns }, (): number[] => []);
  for (let i = 0; i < target.rows; i++) {
    for (let k = target.rowStart[i]; k < target.rowStart[i + 1]; k++) {
      groups[by === "rows" ? i : target.column[k]].push(values[k]);
    }
  }
  return groups;
}
