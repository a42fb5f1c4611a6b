/**
 * u uᵀ with u ≥ 0 and α‖u‖₂: max uᵀSu over the cone. With S + cI = RᵀR, c above −λ_min(S), uᵀSu = ‖Ru‖₂² − c on unit vectors,
 * and ‖Ru‖₂ is what `tableCover` covers for the table Rᵀ. (d)
 */
import { choleskyError, choleskyInto } from "../../linalg/cholesky.ts";
import { proveEigenvalueBound } from "../../linalg/eigen.ts";
import type { Observed } from "../../linalg/observed.ts";
import { denseOf, observedEntries } from "../../linalg/observed.ts";
import { roundedUp, UNIT_ROUNDOFF } from "../../linalg/rounding.ts";
import { symmetricEigen } from "../../linalg/symmetric-eigen.ts";
import { opposite } from "../../linalg/vector.ts";
import { l2 } from "../../problem/regularizer/l2.ts";
import type { Norm } from "../../problem/regularizer/norm.ts";
import type { Closer } from "./closing.ts";
import { MOST_COVERED, tableCover } from "./table-cover.ts";

/** S symmetric, entries up to 1. Undefined where it does not apply. */
export function symmetricCover(s: Observed, norm: Norm): Closer | undefined {
  const { mixture, nonnegative } = norm;
  if (!nonnegative || mixture === undefined || mixture.l1 !== 0 || s.rows > MOST_COVERED) return undefined;
  const n = s.rows;
  const dense = denseOf(s);
  const minus = opposite(dense);
  const { bound } = proveEigenvalueBound(minus, n, symmetricEigen(n).largest(minus));
  const shift = Math.max(bound, 0) + 1e-10;
  const r = new Float64Array(n * n);
  let trace = 0;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) r[i * n + j] = dense[i * n + j] + (i === j ? shift : 0);
    trace += r[i * n + i];
  }
  if (!choleskyInto(r, n)) return undefined;
  // ‖L Lᵀ − (S + cI)‖₂: of the factorization (rump2006), and one rounding for every entry of the diagonal.
  const error = roundedUp((choleskyError(n) + 2 * UNIT_ROUNDOFF) * trace, n + 4);
  // L Lᵀ = S + cI: uᵀ(S + cI)u = ‖Lᵀu‖², the table whose columns are those of L.
  const table = observedEntries(r, n, n, (k) => k % n <= Math.floor(k / n));
  const inner = tableCover(table, { ...norm, mixture: { l2: 1, l1: 0 } }, l2);
  if (inner === undefined) return undefined;
  const scale = mixture.l2 ** 2;
  const lowered = (upper: number) => {
    const square = roundedUp(upper * upper, 1);
    return (
      Math.max(0, roundedUp((square - shift) * (1 + 2 * UNIT_ROUNDOFF) + error + 2 * UNIT_ROUNDOFF * square, 4)) /
      (scale * (1 - 1e-15))
    );
  };
  return {
    witness: inner.witness,
    close(options) {
      const value = Math.max(0, options.lower * scale);
      const square = value + shift;
      const found = inner.close({
        ...options,
        lower: Math.sqrt(square),
        // Of a square, and of what is left of it without the shift.
        tolerance: Math.max(1e-14, (options.tolerance * value) / (2 * square)),
      });
      return { ...found, upper: lowered(found.upper), better: found.better?.slice(0, 1) };
    },
    check(arrays, options) {
      const found = inner.check(arrays, options);
      return { ...found, upper: lowered(found.upper) };
    },
  };
}
