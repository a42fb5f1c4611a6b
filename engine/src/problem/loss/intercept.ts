/**
 * A loss with an intercept eliminated: ℓ̃(x) = min over b of ℓ(x + 1bᵀ), one number b_j per column of the target, not
 * penalized (theory.md §2). ∇ℓ̃(x) = ∇ℓ at the best b, whose columns sum to 0; the Hessian only loses by the elimination, so
 * what bounds that of ℓ bounds it too.
 *
 * Dual: min over x of ℓ̃(x) + ⟨q, x⟩ = −ℓ*(−q) where every column of q sums to 0, and −∞ elsewhere. `feasibleDual` makes the
 * sums 0 exactly.
 *
 * Any b at all gives an upper bound on ℓ̃, so nothing rests on how well b was found.
 */
import type { Observed } from "../../linalg/observed.ts";
import { roundedUp } from "../../linalg/rounding.ts";
import { balanced, isBalanced } from "./balance.ts";
import { sumError } from "./bounds.ts";
import { classOffsets } from "./class-offsets.ts";
import { entriesByColumn } from "./columns.ts";
import type { Loss } from "./loss.ts";
import { columnOf, columnOffset } from "./offsets.ts";

interface Shift {
  readonly offsets: Float64Array;
  /** fl(x + 1bᵀ) at the observed entries. */
  readonly x: Float64Array;
}

export function withIntercept(loss: Loss): Loss {
  const conditions = { rows: !loss.entrywise, columns: true };
  const columnsOf = remembered((target: Observed) =>
    entriesByColumn(target).map((entries) => columnOf(loss, target, entries)),
  );
  let last: { readonly target: Observed; readonly given: Float64Array; readonly shift: Shift } | undefined;

  /** Descent asks for value, gradient and curvature at the same point: it is solved once. */
  function shiftOf(x: Float64Array, target: Observed): Shift {
    if (last?.target === target && last.given.every((value, k) => value === x[k])) return last.shift;
    const offsets = loss.entrywise ? columnOffsets(x, target) : classOffsets(x, target);
    const shift = { offsets, x: x.map((value, k) => value + offsets[target.column[k]]) };
    last = { target, given: x.slice(), shift };
    return shift;
  }

  function columnOffsets(x: Float64Array, target: Observed): Float64Array {
    return Float64Array.from(columnsOf(target), (column) => columnOffset(loss, x, column));
  }

  /** ℓ̃ = 0 at every x, as the infimum that it is. */
  function isFlat(target: Observed): boolean {
    return columnsOf(target).every(({ oneSided }) => oneSided);
  }

  return {
    kind: loss.kind,
    label: `min over b: ${loss.label} at x + b`,
    lipschitz: loss.lipschitz,
    quadratic: false,
    entrywise: false,
    ...(loss.targets === undefined ? {} : { targets: loss.targets }),
    ...(loss.encode === undefined ? {} : { encode: loss.encode }),
    ...(loss.expand === undefined ? {} : { expand: loss.expand }),
    predictionSize(target) {
      if (loss.targets !== undefined) return loss.predictionSize(target);
      const { offsets } = shiftOf(new Float64Array(target.value.length), target);
      return loss.predictionSize({ ...target, value: target.value.map((y, k) => y - offsets[target.column[k]]) });
    },
    offsets: (x, target) => shiftOf(x, target).offsets.slice(),
    value: (x, target) => loss.value(shiftOf(x, target).x, target),
    negativeGradientInto(w, x, target) {
      loss.negativeGradientInto(w, shiftOf(x, target).x, target);
    },
    curvatureInto(d, x, target) {
      loss.curvatureInto(d, shiftOf(x, target).x, target);
    },
    valueUpper(x, target, error) {
      if (isFlat(target)) return 0;
      const shift = shiftOf(x, target);
      let largest = 0;
      for (let k = 0; k < x.length; k++) {
        largest = Math.max(largest, Math.abs(sumError(x[k], shift.offsets[target.column[k]], shift.x[k])));
      }
      const all = error + largest * Math.sqrt(x.length);
      return loss.valueUpper(shift.x, target, all === 0 ? 0 : roundedUp(all, 4));
    },
    dualRange: loss.dualRange,
    dualBox: loss.dualBox,
    feasibleDual: (w, target) => balanced(w, target, loss.dualRange, conditions),
    dualBound: (w, target, scaleMax) =>
      loss.dualBound(w, target, isBalanced(w.value, target, conditions) ? scaleMax : 0),
  };
}

/** The answer for the last argument is kept. */
function remembered<A extends object, B>(compute: (of: A) => B): (of: A) => B {
  let last: { readonly of: A; readonly value: B } | undefined;
  return (of) => {
    if (last?.of !== of) last = { of, value: compute(of) };
    return last.value;
  };
}
