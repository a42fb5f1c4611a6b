/** The three observation operators (theory.md §1) with bounds on their own rounding, each (d) from higham2002, chapter 3. */
import type { NumericArray } from "../../data/array.ts";
import { isWhole } from "../../linalg/gram.ts";
import { entryKernel } from "../../linalg/kernels/entry-kernel.ts";
import { multiplyInto } from "../../linalg/kernels/multiply.ts";
import { judgeTableInto } from "../../linalg/kernels/table-judgment.ts";
import type { Observed } from "../../linalg/observed.ts";
import { wholeTable, withValues } from "../../linalg/observed.ts";
import { gamma, roundedUp, UNDERFLOW } from "../../linalg/rounding.ts";
import { dot, euclideanLength } from "../../linalg/vector.ts";
import { sliceOf } from "../factors.ts";
import type { Observation } from "./observation.ts";

/** x_k = X_ij at the entries of the pattern; A*(w) is the pattern with the values w, without rounding. */
export function entryObservation(pattern: Observed): Observation {
  const { rows, columns } = pattern;
  return {
    kind: "entries",
    rows,
    columns,
    count: pattern.value.length,
    applyInto: (x, u, v, r) => entryKernel(pattern).predictInto(x, u, v, r),
    correlateInto: (p, q, w, u, v, r) => entryKernel(pattern).correlateInto(p, q, w, u, v, r),
    judgeInto: (gradient, y, { values: [u, v], branches: r }, loss) =>
      isWhole(pattern) ? judgeTableInto(gradient, { rows, columns, u, v, r, y }, loss) : undefined,
    adjoint: (w) => withValues(pattern, w),
    // Every entry is a dot product of length r: |error| ≤ γ_r |U||V|ᵀ, and an underflow in each product.
    applyError(u, v, r) {
      const size = productSize(u, v, r);
      return size === 0 ? 0 : gamma(r + 1) * size + r * rows * columns * UNDERFLOW;
    },
    adjointError: () => 0,
  };
}

/**
 * x_k = ⟨A_k, X⟩ for the matrices of `a` (m × d1 × d2). X = U Vᵀ is formed once: 2 d1 d2 (r + m) flops. A*(w) = Σ w_k A_k:
 * 2 m d1 d2 flops.
 */
export function matrixSensing(a: NumericArray): Observation {
  const [count, rows, columns] = a.shape;
  const size = rows * columns;
  const full = fullPattern(rows, columns);
  const frobenius = roundedUp(euclideanLength(a.data), a.data.length + 4);
  const matrix = (k: number) => a.data.subarray(k * size, (k + 1) * size);
  const adjoint = (w: Float64Array): Observed => {
    const out = new Float64Array(size);
    for (let k = 0; k < count; k++) {
      const [wk, ak] = [w[k], matrix(k)];
      for (let at = 0; at < size; at++) out[at] += wk * ak[at];
    }
    return withValues(full, out);
  };
  return {
    kind: "matrices",
    rows,
    columns,
    count,
    applyInto(x, u, v, r) {
      const product = new Float64Array(size);
      multiplyInto(product, u, v, { m: rows, n: columns, k: r, transposeB: true });
      for (let k = 0; k < count; k++) x[k] = dot(matrix(k), product);
    },
    correlateInto(p, q, w, u, v, r) {
      const { value } = adjoint(w);
      multiplyInto(p, value, v, { m: rows, n: r, k: columns });
      multiplyInto(q, value, u, { m: columns, n: r, k: rows, transposeA: true });
    },
    adjoint,
    /** |error_k| ≤ γ_{r+D} ⟨|A_k|, |U||V|ᵀ⟩ ≤ γ_{r+D} ‖A_k‖_F Σ_b ‖u_b‖‖v_b‖, D = d1 d2; underflow in X enters through A_k. */
    applyError(u, v, r) {
      const product = productSize(u, v, r);
      if (product === 0) return 0;
      const underflow = size * (count + r * frobenius) * 2 * UNDERFLOW;
      return roundedUp(gamma(r + size + 1) * frobenius * product + underflow, 6);
    },
    /** |error| ≤ γ_m Σ_k |w_k||A_k|, whose Frobenius norm is at most Σ_k |w_k| ‖A_k‖_F. */
    adjointError(w) {
      let sum = 0;
      for (let k = 0; k < count; k++) sum += Math.abs(w[k]) * euclideanLength(matrix(k));
      if (sum === 0) return 0;
      return roundedUp(gamma(count + 1) * roundedUp(sum, size + count + 6) + count * size * UNDERFLOW, 4);
    },
  };
}

/**
 * x_k = a_kᵀ X a_k = Σ_b (a_kᵀ u_b)(a_kᵀ v_b) for the rows a_k of `a` (m × d): 4 m d r flops, 2 m d r when U = V.
 * A*(w) = Σ w_k a_k a_kᵀ: m d² flops.
 */
export function rankOneSensing(a: NumericArray): Observation {
  const [count, d] = a.shape;
  const full = fullPattern(d, d);
  const row = (k: number) => a.data.subarray(k * d, (k + 1) * d);
  const squares = Float64Array.from({ length: count }, (_, k) => euclideanLength(row(k)) ** 2);
  // √Σ ‖a_k‖⁴.
  const fourth = roundedUp(euclideanLength(squares), 4 * d + count + 12);
  const longest = squares.reduce((most, square) => Math.max(most, square), 0);

  /** A F (m × r) for F d × r. */
  function project(f: Float64Array, r: number): Float64Array {
    const out = new Float64Array(count * r);
    for (let k = 0; k < count; k++) {
      for (let i = 0; i < d; i++) {
        const e = a.data[k * d + i];
        for (let b = 0; b < r; b++) out[k * r + b] += e * f[i * r + b];
      }
    }
    return out;
  }

  /** out = Aᵀ diag(w) G for G m × r. */
  function liftInto(out: Float64Array, w: Float64Array, g: Float64Array, r: number): void {
    out.fill(0);
    for (let k = 0; k < count; k++) {
      for (let i = 0; i < d; i++) {
        const e = w[k] * a.data[k * d + i];
        for (let b = 0; b < r; b++) out[i * r + b] += e * g[k * r + b];
      }
    }
  }

  return {
    kind: "rank-one",
    rows: d,
    columns: d,
    count,
    applyInto(x, u, v, r) {
      const p = project(u, r);
      const q = u === v ? p : project(v, r);
      for (let k = 0; k < count; k++) {
        let sum = 0;
        for (let b = 0; b < r; b++) sum += p[k * r + b] * q[k * r + b];
        x[k] = sum;
      }
    },
    correlateInto(p, q, w, u, v, r) {
      liftInto(p, w, project(v, r), r);
      if (u === v) q.set(p);
      else liftInto(q, w, project(u, r), r);
    },
    adjoint(w) {
      const out = new Float64Array(d * d);
      for (let k = 0; k < count; k++) {
        const ak = row(k);
        for (let i = 0; i < d; i++) {
          const e = w[k] * ak[i];
          for (let j = i; j < d; j++) out[i * d + j] += e * ak[j];
        }
      }
      for (let i = 0; i < d; i++) for (let j = 0; j < i; j++) out[i * d + j] = out[j * d + i];
      return withValues(full, out);
    },
    /** |error_k| ≤ γ_{2d+r} Σ_b (|a_k|ᵀ|u_b|)(|a_k|ᵀ|v_b|) ≤ γ_{2d+r} ‖a_k‖² Σ_b ‖u_b‖‖v_b‖. */
    applyError(u, v, r) {
      const product = productSize(u, v, r);
      if (product === 0) return 0;
      // d underflows in one projection are multiplied by the other one; then r more.
      const other = Math.sqrt(longest) * (euclideanLength(u) + euclideanLength(v)) + d * UNDERFLOW + 1;
      const underflow = 4 * count * r * d * other * UNDERFLOW;
      return roundedUp(gamma(2 * d + r + 1) * fourth * product + underflow, 8);
    },
    /** |error| ≤ γ_{m+1} Σ_k |w_k||a_k||a_k|ᵀ, whose Frobenius norm is at most Σ_k |w_k| ‖a_k‖². */
    adjointError(w) {
      let sum = 0;
      for (let k = 0; k < count; k++) sum += Math.abs(w[k]) * squares[k];
      if (sum === 0) return 0;
      const underflow = 2 * count * d * d * (1 + Math.sqrt(longest)) * UNDERFLOW;
      return roundedUp(gamma(count + 2) * roundedUp(sum, 2 * d + count + 8) + underflow, 6);
    },
  };
}

/** Not below Σ_b ‖u_b‖₂‖v_b‖₂, which bounds ‖|U||V|ᵀ‖_F; 0 only when one of the two is zero in every branch. */
function productSize(u: Float64Array, v: Float64Array, r: number): number {
  let sum = 0;
  let zero = true;
  for (let b = 0; b < r; b++) {
    const [p, q] = [euclideanLength(sliceOf(u, r, b)), euclideanLength(sliceOf(v, r, b))];
    if (p > 0 && q > 0) zero = false;
    sum += p * q;
  }
  return zero ? 0 : roundedUp(sum, (2 * (u.length + v.length)) / r + r + 8);
}

function fullPattern(rows: number, columns: number): Observed {
  return wholeTable(new Float64Array(rows * columns), rows, columns);
}
