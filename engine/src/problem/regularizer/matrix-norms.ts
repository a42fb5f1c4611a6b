/**
 * Norms of slices seen as rows × columns matrices, both sides ≥ 2: the nuclear norm Σ σ_i and the spectral norm σ₁, dual to
 * each other. Their prox is that of ℓ1 and ℓ∞ on the singular values. `value` is a proven upper bound, tight to about 1e-13.
 */
import { denseSingularBound } from "../../linalg/singular-bound.ts";
import { over } from "../../linalg/vector.ts";
import { l1 } from "./l1.ts";
import { linf } from "./linf.ts";
import type { Norm } from "./norm.ts";
import { proxResidual } from "./prox-residual.ts";
import { assembleInto, singularSumUpper, singularValues } from "./singular.ts";

export function nuclear(rows: number, columns: number): Norm {
  return unitarilyInvariant(rows, columns, {
    kind: "nuclear",
    label: (variable) => `‖${variable}‖_*`,
    onValues: l1,
    value: (x) => singularSumUpper(x, rows, columns),
    dualUpper: (p) => denseSingularBound(p, columns),
  });
}

export function spectral(rows: number, columns: number): Norm {
  return unitarilyInvariant(rows, columns, {
    kind: "spectral",
    label: (variable) => `σ₁(${variable})`,
    onValues: linf(Math.min(rows, columns)),
    value: (x) => denseSingularBound(x, columns),
    dualUpper: (p) => singularSumUpper(p, rows, columns),
  });
}

function unitarilyInvariant(
  rows: number,
  columns: number,
  {
    onValues,
    ...own
  }: Pick<Norm, "kind" | "label" | "value" | "dualUpper"> & {
    /** The norm of the vector of singular values. */
    readonly onValues: Norm;
  },
): Norm {
  /** NaN and Infinity have no singular values. */
  const isUsable = (x: Float64Array) => x.some((entry) => entry !== 0) && x.every(Number.isFinite);
  const norm: Norm = {
    ...own,
    constrained: false,
    nonnegative: false,
    convex: true,
    condition: () => "",
    euclideanFloor: onValues.euclideanFloor,
    l1Floor: 0,
    violation: () => undefined,
    dualValue: (p) => (isUsable(p) ? onValues.dualValue(singularValues(p, rows, columns).values) : own.dualUpper(p)),
    dualDirection(p) {
      const out = new Float64Array(p.length);
      if (!isUsable(p)) return out;
      const singular = singularValues(p, rows, columns);
      assembleInto(out, { ...singular, values: onValues.dualDirection(singular.values) });
      const size = own.value(out);
      return over(out, size);
    },
    proxInto(x, t) {
      if (t === 0 || !isUsable(x)) return;
      const singular = singularValues(x, rows, columns);
      onValues.proxInto(singular.values, t);
      assembleInto(x, singular);
    },
    subgradientDistance: (p, x) => proxResidual(norm, p, x),
  };
  return norm;
}
