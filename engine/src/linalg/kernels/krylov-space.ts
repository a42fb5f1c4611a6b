/** The orthonormal rows of a Krylov space and the vector that becomes the next one: with the kernels, and the same numbers without them. */
import { euclideanLength, lengthOf } from "../vector.ts";
import { type Arithmetic, borrowWorkspace, FIRST_ADDRESS, giveBack, type Workspace } from "./loader.ts";
import { multiplySymmetricInto, multiplyVectorInto } from "./matrix-vector.ts";

/** S of n numbers: dense, n × n, of which the lower triangle counts, or as a product with whatever it is. */
export type SymmetricOperator = Float64Array | ((out: Float64Array, x: Float64Array) => void);

export interface KrylovSpace {
  /** w ← x. Returns ‖w‖. */
  startWith(x: Float64Array): number;
  /**
   * The next row is v = w / length; then w ← S v − (a v + b u) with a = vᵀS v and u the row before. Cost of a product with S.
   */
  advance(length: number, b: number): { readonly a: number; readonly length: number };
  /** w ← w − Qᵀ(Q w) for all rows so far. Returns ‖w‖. Cost 4·rows·n flops. */
  projectOut(): number;
  /** All rows so far, one after the other; not valid after `release`. */
  rows(): Float64Array;
  /** Once, when nothing more follows: its memory then serves others. */
  release(): void;
}

/** At most so many rows of n numbers each. */
export function krylovSpace(
  most: number,
  n: number,
  s: SymmetricOperator,
  arithmetic: Arithmetic = "compiled",
): KrylovSpace {
  const workspace = arithmetic === "plain" ? undefined : borrowWorkspace();
  return workspace === undefined ? plainSpace(most, n, s) : compiledSpace(most, n, s, workspace);
}

function compiledSpace(most: number, n: number, s: SymmetricOperator, workspace: Workspace): KrylovSpace {
  const { code } = workspace;
  const even = (length: number) => 16 * Math.ceil(length / 2);
  const alphaAt = FIRST_ADDRESS;
  const wAt = alphaAt + 16;
  const partAt = wAt + even(n);
  const sharesAt = partAt + even(n);
  const rowsAt = sharesAt + even(most);
  const sAt = rowsAt + even(most * n);
  const isDense = typeof s !== "function";
  const numbers = workspace.numbers(sAt + (isDense ? 8 * n * n : 0));
  if (isDense) numbers.set(s.subarray(0, n * n), sAt / 8);
  const at = (address: number, count: number) => numbers.subarray(address / 8, address / 8 + count);
  const w = at(wAt, n);
  let m = 0;
  return {
    startWith(x) {
      w.set(x);
      return euclideanLength(w);
    },
    advance(length, b) {
      const vAt = rowsAt + 8 * m * n;
      code.krylovRow(vAt, wAt, n, length);
      if (isDense) code.timesSymmetric(wAt, sAt, vAt, n);
      else s(w, at(vAt, n));
      const square = code.krylovRecurrence(wAt, vAt, m === 0 ? vAt : vAt - 8 * n, n, b, alphaAt);
      m++;
      return { a: numbers[alphaAt / 8], length: lengthOf(w, square) };
    },
    projectOut: () => lengthOf(w, code.krylovProjection(wAt, rowsAt, sharesAt, partAt, m, n)),
    rows: () => at(rowsAt, m * n),
    release: () => giveBack(workspace),
  };
}

function plainSpace(most: number, n: number, s: SymmetricOperator): KrylovSpace {
  const rows = new Float64Array(most * n);
  const [w, part, shares] = [new Float64Array(n), new Float64Array(n), new Float64Array(most)];
  const own = typeof s === "function" ? undefined : s.slice(0, n * n);
  let m = 0;
  return {
    startWith(x) {
      w.set(x);
      return euclideanLength(w);
    },
    advance(length, b) {
      const v = rows.subarray(m * n, (m + 1) * n);
      const u = m === 0 ? v : rows.subarray((m - 1) * n, m * n);
      for (let i = 0; i < n; i++) v[i] = w[i] / length;
      if (typeof s === "function") s(w, v);
      else multiplySymmetricInto(w, own ?? s, v, n);
      const a = innerProduct(v, w);
      for (let i = 0; i < n; i++) w[i] -= a * v[i] + b * u[i];
      m++;
      return { a, length: lengthOf(w, innerProduct(w, w)) };
    },
    projectOut() {
      multiplyVectorInto(shares, rows, w, { m, n });
      multiplyVectorInto(part, rows, shares, { m, n, transpose: true });
      for (let i = 0; i < n; i++) w[i] -= part[i];
      return lengthOf(w, innerProduct(w, w));
    },
    rows: () => rows.subarray(0, m * n),
    release: () => {},
  };
}

/** As assembly/krylov.ts adds up. */
function innerProduct(x: Float64Array, y: Float64Array): number {
  const whole = x.length - (x.length % 4);
  let [a, b, c, d] = [0, 0, 0, 0];
  for (let i = 0; i < whole; i += 4) {
    a += x[i] * y[i];
    b += x[i + 1] * y[i + 1];
    c += x[i + 2] * y[i + 2];
    d += x[i + 3] * y[i + 3];
  }
  for (let i = whole; i < x.length; i++) a += x[i] * y[i];
  return a + b + (c + d);
}
