/** The face v_n · u = 0, n held, of a climb: v_n in terms of an orthonormal basis of what they span, v_k = Σ_{j ≤ k} r_kj q_j. */

import { dot } from "../../linalg/vector.ts";

/** A row with less than this part of its length outside of the span of those held depends on them. */
const DEPENDENT = 1e-9;

/** Where more than this part of a squared length is left, one projection is as good as two. */
const MUCH_LEFT = 0.25;

export interface Face {
  readonly held: readonly number[];
  clear(): void;
  /** Adds a sample; false where that leaves the face as it is, or nothing of it. */
  hold(n: number): boolean;
  /** Lets go of one. */
  release(n: number): void;
  /** x ← its projection on the face. */
  projectInto(x: Float64Array): void;
  /** μ with Σ μ_k v_k = the part of x across the face. */
  multipliers(x: Float64Array): Float64Array;
}

/** `rows`: v_n, each of `d` numbers; `lengths`: ‖v_n‖. */
export function faceOf(rows: Float64Array, lengths: Float64Array, d: number): Face {
  const basis = new Float64Array(d * d);
  const r = new Float64Array(d * d);
  const row = new Float64Array(d);
  const parts = new Float64Array(d);
  let held: number[] = [];

  function coefficient(x: Float64Array, j: number): number {
    let sum = 0;
    for (let i = 0, at = j * d; i < d; i++, at++) sum += basis[at] * x[i];
    return sum;
  }

  /** x ← x less its part in the basis, which is added to `parts`; once more where much of it goes, as that leaves rounding. */
  function reduceInto(x: Float64Array, parts: Float64Array): void {
    const count = held.length;
    let before = count > 0 ? dot(x, x) : 0;
    for (let pass = 0; pass < 2; pass++) {
      for (let j = 0; j < count; j++) {
        const part = coefficient(x, j);
        parts[j] += part;
        for (let i = 0, at = j * d; i < d; i++, at++) x[i] -= part * basis[at];
      }
      const after = dot(x, x);
      if (after > MUCH_LEFT * before) return;
      before = after;
    }
  }

  function hold(n: number): boolean {
    const k = held.length;
    if (k >= d) return false;
    for (let i = 0; i < d; i++) row[i] = rows[n * d + i];
    parts.fill(0);
    reduceInto(row, parts);
    const length = Math.sqrt(dot(row, row));
    if (!(length > DEPENDENT * lengths[n])) return false;
    parts[k] = length;
    for (let i = 0; i < d; i++) {
      r[k * d + i] = parts[i];
      basis[k * d + i] = row[i] / length;
    }
    held.push(n);
    return true;
  }

  /** Turns q_k and q_{k+1} in their plane so that row k of r, one of `count`, has nothing in the latter. */
  function turn(k: number, count: number): void {
    const size = Math.hypot(r[k * d + k], r[k * d + k + 1]);
    const cosine = r[k * d + k] / size;
    const sine = r[k * d + k + 1] / size;
    for (let l = k; l < count; l++) {
      const x = r[l * d + k];
      const y = r[l * d + k + 1];
      r[l * d + k] = cosine * x + sine * y;
      r[l * d + k + 1] = cosine * y - sine * x;
    }
    for (let i = k * d; i < (k + 1) * d; i++) {
      const x = basis[i];
      const y = basis[i + d];
      basis[i] = cosine * x + sine * y;
      basis[i + d] = cosine * y - sine * x;
    }
  }

  return {
    get held() {
      return held;
    },
    clear() {
      held = [];
    },
    hold,
    release(n) {
      const at = held.indexOf(n);
      const count = held.length;
      held = held.filter((m) => m !== n);
      r.copyWithin(at * d, (at + 1) * d, count * d);
      for (let k = at; k + 1 < count; k++) turn(k, count - 1);
    },
    projectInto: (x) => reduceInto(x, parts),
    multipliers(x) {
      const count = held.length;
      const out = new Float64Array(count);
      for (let k = count - 1; k >= 0; k--) {
        let sum = coefficient(x, k);
        for (let l = k + 1; l < count; l++) sum -= out[l] * r[l * d + k];
        out[k] = sum / r[k * d + k];
      }
      return out;
    },
  };
}
