/**
 * Σ over rows r of ‖X_r‖₂ for slices seen as matrices of `columns` columns (ℓ2,1): dual max_r ‖P_r‖₂; everything by rows of ℓ2.
 */
import { raised } from "./entries.ts";
import { l2 } from "./l2.ts";
import type { Norm } from "./norm.ts";

export function group(columns: number): Norm {
  function* rowsOf(x: Float64Array): Generator<Float64Array> {
    for (let at = 0; at < x.length; at += columns) yield x.subarray(at, at + columns);
  }

  function largestRow(p: Float64Array): number {
    let largest = 0;
    for (const row of rowsOf(p)) largest = Math.max(largest, l2.value(row));
    return largest;
  }

  return {
    kind: "group",
    constrained: false,
    nonnegative: false,
    convex: true,
    condition: () => "",
    euclideanFloor: 1,
    l1Floor: 0,
    label: (variable) => `‖${variable}‖₂,₁`,
    value(x) {
      let sum = 0;
      for (const row of rowsOf(x)) sum += l2.value(row);
      return sum;
    },
    violation: () => undefined,
    dualValue: largestRow,
    dualUpper: (p) => raised(largestRow(p), columns + 2),
    dualDirection(p) {
      const out = new Float64Array(p.length);
      const largest = largestRow(p);
      let at = 0;
      for (const row of rowsOf(p)) {
        if (largest > 0 && l2.value(row) === largest) {
          out.set(l2.dualDirection(row), at);
          break;
        }
        at += columns;
      }
      return out;
    },
    proxInto(x, t) {
      for (const row of rowsOf(x)) l2.proxInto(row, t);
    },
    subgradientDistance(p, x) {
      let sum = 0;
      for (let at = 0; at < x.length; at += columns) {
        sum += l2.subgradientDistance(p.subarray(at, at + columns), x.subarray(at, at + columns)) ** 2;
      }
      return Math.sqrt(sum);
    },
  };
}
