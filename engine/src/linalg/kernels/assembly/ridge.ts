/**
 * Ridge regressions of many rows at once: A_i = Σ_j c_k v_j v_jᵀ + diag(λ) over the entries of row i, by tiles of packed rows of V,
 * in the packed triangle of cholesky.ts. The right side b_i = Σ_j c_k y_k v_j stands below A_i as one more row, so the
 * factorization leaves L⁻¹ b_i there. Per row: r² flops an entry, r³/3 for the factor.
 */
import { choleskyBlock } from "./cholesky";
import { tile, ADD, REPLACE } from "./tile";

/** Entries of a partial sum. `plain-ridge.ts` counts the same. */
const DEPTH: i32 = 256;
/** Stands for the last pivot, whose root nobody asks for. */
const HUGE: f64 = 1e300;

// @ts-ignore: decorator
@inline
function entry(base: usize, i: i32, k: i32): usize {
  const s = i >> 2;
  return base + <usize>(s * (s + 1)) * 64 + (<usize>(4 * k + (i & 3)) << 3);
}

/** Bytes of `work` without the triangle, for `slivers` slivers. */
export function ridgeWorkBytes(slivers: i32): i32 {
  return 2 * slivers * DEPTH * 32;
}

/**
 * The triangle at `base` ← Σ c v vᵀ + diag(ridge), of r rows or (with y, in the order of the entries) of r + 1. `position` 0: entry k
 * has curvature k, else position[k] (a column's entries in a matrix stored by rows). c 0: all curvatures are `constant`.
 */
function fillBlock(
  base: usize, slivers: i32, k: i32, end: i32, column: usize, position: usize, y: usize, c: usize, constant: f64,
  v: usize, stride: usize, r: i32, ridge: usize, work: usize,
): void {
  const width = <usize>slivers << 5;
  const isScaled = c != 0 || constant != 1;
  const scaledAt = isScaled ? work + width * <usize>DEPTH : work;
  let how = REPLACE;
  if (k >= end) memory.fill(base, 0, <usize>(slivers * (slivers + 1)) << 6);
  while (k < end) {
    const depth = min(DEPTH, end - k);
    const sliver = <usize>depth << 5;
    const last = <usize>(slivers - 1) * sliver;
    for (let p = 0; p < depth; p++) {
      const from = v + <usize>load<i32>(column + (<usize>(k + p) << 2)) * stride;
      const to = work + (<usize>p << 5);
      // Behind a row of a multiple of four numbers the sliver of y has no numbers of V.
      if ((r & 3) == 0 && y != 0) {
        v128.store(to + last, f64x2.splat(0));
        v128.store(to + last, f64x2.splat(0), 16);
      }
      for (let b: usize = 0, at = to; b < stride; b += 32, at += sliver) {
        v128.store(at, v128.load(from + b));
        v128.store(at, v128.load(from + b, 16), 16);
      }
      if (y != 0) store<f64>(to + last + (<usize>(r & 3) << 3), load<f64>(y + (<usize>(k + p) << 3)));
      if (isScaled) {
        const number = position != 0 ? load<i32>(position + (<usize>(k + p) << 2)) : k + p;
        const ck = f64x2.splat(c != 0 ? load<f64>(c + (<usize>number << 3)) : constant);
        const scaled = scaledAt + (<usize>p << 5);
        for (let at: usize = 0; at <= last; at += sliver) {
          v128.store(scaled + at, f64x2.mul(ck, v128.load(to + at)));
          v128.store(scaled + at, f64x2.mul(ck, v128.load(to + at, 16)), 16);
        }
      }
    }
    for (let i = 0; i < slivers; i++) {
      const row = base + <usize>(i * (i + 1)) * 64;
      for (let j = 0; j <= i; j++) {
        tile(scaledAt + <usize>j * sliver, work + <usize>i * sliver, depth, row + (<usize>j << 7), 32, how);
      }
    }
    how = ADD;
    k += depth;
  }
  for (let i = 0; i < r; i++) {
    const at = entry(base, i, i);
    store<f64>(at, load<f64>(at) + load<f64>(ridge + (<usize>i << 3)));
  }
  for (let i = r; i < 4 * slivers; i++) store<f64>(entry(base, i, i), HUGE);
}

function factorBlock(base: usize, slivers: i32): bool {
  for (let block = 0; 16 * block < slivers; block++) {
    if (choleskyBlock(base, block, 16 * block, slivers) == 0) return false;
  }
  return true;
}

/** Lᵀ x = z in place, four rows of L at a time from the last. */
function solveTransposed(base: usize, r: i32, z: usize): void {
  for (let i = r - 1; i >= 0; i--) {
    const x = load<f64>(z + (<usize>i << 3)) / load<f64>(entry(base, i, i));
    store<f64>(z + (<usize>i << 3), x);
    if ((i & 3) != 0) {
      for (let k = i & ~3; k < i; k++) {
        const at = z + (<usize>k << 3);
        store<f64>(at, load<f64>(at) - load<f64>(entry(base, i, k)) * x);
      }
    } else {
      const rows = min(4, r - i);
      let l = entry(base, i, 0);
      let at = z;
      const end = z + (<usize>i << 3);
      if (rows == 4) {
        const x1 = load<f64>(end, 8), x2 = load<f64>(end, 16), x3 = load<f64>(end, 24);
        while (at < end) {
          const left = load<f64>(at) - load<f64>(l, 24) * x3 - load<f64>(l, 16) * x2 - load<f64>(l, 8) * x1;
          store<f64>(at, left - load<f64>(l) * x);
          at += 8;
          l += 32;
        }
      } else {
        while (at < end) {
          let left = load<f64>(at);
          for (let lane = rows - 1; lane >= 0; lane--) {
            left -= load<f64>(l + (<usize>lane << 3)) * load<f64>(end + (<usize>lane << 3));
          }
          store<f64>(at, left);
          at += 8;
          l += 32;
        }
      }
    }
  }
}

/** L x = z in place. */
function solveForward(base: usize, r: i32, z: usize): void {
  for (let i = 0; i < r; i += 4) {
    let l = entry(base, i, 0);
    const own = z + (<usize>i << 3);
    // Rows are padded to a multiple of four: all four are there.
    let s = v128.load(own), t = v128.load(own, 16);
    for (let at = z; at < own; at += 8) {
      const x = v128.load_splat<f64>(at);
      s = f64x2.sub(s, f64x2.mul(v128.load(l), x));
      t = f64x2.sub(t, f64x2.mul(v128.load(l, 16), x));
      l += 32;
    }
    v128.store(own, s);
    v128.store(own, t, 16);
    const rows = min(4, r - i);
    for (let a = 0; a < rows; a++) {
      const at = own + (<usize>a << 3);
      let left = load<f64>(at);
      for (let k = 0; k < a; k++) left -= load<f64>(entry(base, i + a, i + k)) * load<f64>(own + (<usize>k << 3));
      store<f64>(at, left / load<f64>(entry(base, i + a, i + a)));
    }
    for (let a = rows; a < 4; a++) store<f64>(own + (<usize>a << 3), 0);
  }
}

/** u_i ← A_i⁻¹ b_i for rows from ≤ i < to; NaN where a block is not positive definite. Returns how many are not. */
export function ridgeRows(
  from: i32, to: i32, rowStart: usize, column: usize, position: usize, y: usize, c: usize, constant: f64,
  u: usize, v: usize, stride: usize, r: i32, ridge: usize, work: usize,
): i32 {
  const slivers = (r + 4) >> 2;
  const base = work + <usize>ridgeWorkBytes(slivers);
  let failed = 0;
  for (let i = from; i < to; i++) {
    const start = rowStart + (<usize>i << 2);
    const ui = u + <usize>i * stride;
    const first = load<i32>(start), end = load<i32>(start, 4);
    fillBlock(base, slivers, first, end, column, position, y, c, constant, v, stride, r, ridge, work);
    const isDefinite = factorBlock(base, slivers);
    if (!isDefinite) failed++;
    for (let b = 0; b < r; b++) store<f64>(ui + (<usize>b << 3), isDefinite ? load<f64>(entry(base, r, b)) : NaN);
    for (let b = r; <usize>(b << 3) < stride; b++) store<f64>(ui + (<usize>b << 3), 0);
    if (isDefinite) solveTransposed(base, r, ui);
  }
  return failed;
}

/** The factors of A_i, kept one after the other at `blocks`. Returns how many are not positive definite: those become √λ. */
export function factorRows(
  from: i32, to: i32, rowStart: usize, column: usize, position: usize, c: usize, constant: f64,
  v: usize, stride: usize, r: i32, ridge: usize, blocks: usize, work: usize,
): i32 {
  const slivers = (r + 3) >> 2;
  const size = <usize>(slivers * (slivers + 1)) << 6;
  let failed = 0;
  for (let i = from; i < to; i++) {
    const start = rowStart + (<usize>i << 2);
    const base = blocks + <usize>i * size;
    const first = load<i32>(start), end = load<i32>(start, 4);
    fillBlock(base, slivers, first, end, column, position, 0, c, constant, v, stride, r, ridge, work);
    if (factorBlock(base, slivers)) continue;
    failed++;
    memory.fill(base, 0, size);
    for (let b = 0; b < r; b++) store<f64>(entry(base, b, b), sqrt(load<f64>(ridge + (<usize>b << 3))));
  }
  return failed;
}

/** d_i ← A_i⁻¹ d_i with the factors of `factorRows`; `step` 0: one factor for all. */
export function solveRows(from: i32, to: i32, blocks: usize, step: usize, d: usize, stride: usize, r: i32): void {
  for (let i = from; i < to; i++) {
    const base = blocks + <usize>i * step;
    const row = d + <usize>i * stride;
    solveForward(base, r, row);
    solveTransposed(base, r, row);
  }
}

/** `sum` and every ‖L_iᵀ d_i‖² = d_iᵀ A_i d_i, row after row. */
export function normRows(from: i32, to: i32, blocks: usize, step: usize, d: usize, stride: usize, r: i32, sum: f64): f64 {
  for (let i = from; i < to; i++) {
    const base = blocks + <usize>i * step;
    const row = d + <usize>i * stride;
    for (let k = 0; k < r; k++) {
      let y: f64 = 0;
      for (let a = k; a < r; a++) y += load<f64>(entry(base, a, k)) * load<f64>(row + (<usize>a << 3));
      sum += y * y;
    }
  }
  return sum;
}
