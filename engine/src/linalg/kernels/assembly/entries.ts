/**
 * Products over the observed entries of a matrix, CSR with columns ascending. Factors are row-major, a row of r numbers padded
 * with zeros to a multiple of 32 bytes: no tail, and the zeros change no sum. Rows are worked on in spans of 16 entries, whose rows
 * of V then come from the first cache the second time. Per entry and number of a row: 2 flops and one load of V for a
 * prediction; 4 flops, a load of V and a load and store of Q for the gradients.
 */

import { logisticSpan } from "./logistic";

/** Entries of a span. `plain-entries.ts` counts the same. */
const SPAN: i32 = 16;

/** Losses that `gradientRows` knows: the weights as they are, weight (y − x), that clipped to ±weight δ, and the logistic one. */
const GIVEN: i32 = 0;
const HUBER: i32 = 2;
const LOGISTIC: i32 = 3;

// @ts-ignore: decorator
@inline
export function at4(base: usize, index: i32): usize {
  return base + (<usize>index << 2);
}

// @ts-ignore: decorator
@inline
export function at8(base: usize, index: i32): usize {
  return base + (<usize>index << 3);
}

// @ts-ignore: decorator
@inline
function rowOf(base: usize, column: usize, offset: usize, stride: usize): usize {
  return base + <usize>load<i32>(column + offset) * stride;
}

// @ts-ignore: decorator
@inline
function lanes<T extends number>(x: v128): f64 {
  if (sizeof<T>() == 8) return f64x2.extract_lane(x, 0) + f64x2.extract_lane(x, 1);
  const low = f32x4.extract_lane(x, 0) + f32x4.extract_lane(x, 1);
  return <f64>(low + (f32x4.extract_lane(x, 2) + f32x4.extract_lane(x, 3)));
}

/** x_k = u · v_j(k): the terms of every lane apart, then together. Four entries share the loads of u. */
function predictSpan<T extends number>(x: usize, column: usize, count: i32, u: usize, v: usize, stride: usize): void {
  while (count >= 4) {
    let v0 = rowOf(v, column, 0, stride);
    let v1 = rowOf(v, column, 4, stride);
    let v2 = rowOf(v, column, 8, stride);
    let v3 = rowOf(v, column, 12, stride);
    let s0 = v128.splat<T>(0), s1 = s0, s2 = s0, s3 = s0;
    const end = u + stride;
    for (let b = u; b < end; b += 32) {
      let ub = v128.load(b);
      s0 = v128.add<T>(s0, v128.mul<T>(ub, v128.load(v0)));
      s1 = v128.add<T>(s1, v128.mul<T>(ub, v128.load(v1)));
      s2 = v128.add<T>(s2, v128.mul<T>(ub, v128.load(v2)));
      s3 = v128.add<T>(s3, v128.mul<T>(ub, v128.load(v3)));
      ub = v128.load(b, 16);
      s0 = v128.add<T>(s0, v128.mul<T>(ub, v128.load(v0, 16)));
      s1 = v128.add<T>(s1, v128.mul<T>(ub, v128.load(v1, 16)));
      s2 = v128.add<T>(s2, v128.mul<T>(ub, v128.load(v2, 16)));
      s3 = v128.add<T>(s3, v128.mul<T>(ub, v128.load(v3, 16)));
      v0 += 32;
      v1 += 32;
      v2 += 32;
      v3 += 32;
    }
    if (sizeof<T>() == 8) {
      v128.store(x, f64x2.add(v128.shuffle<f64>(s0, s1, 0, 2), v128.shuffle<f64>(s0, s1, 1, 3)));
      v128.store(x, f64x2.add(v128.shuffle<f64>(s2, s3, 0, 2), v128.shuffle<f64>(s2, s3, 1, 3)), 16);
    } else {
      store<f64>(x, lanes<T>(s0));
      store<f64>(x, lanes<T>(s1), 8);
      store<f64>(x, lanes<T>(s2), 16);
      store<f64>(x, lanes<T>(s3), 24);
    }
    x += 32;
    column += 16;
    count -= 4;
  }
  while (count > 0) {
    let vj = rowOf(v, column, 0, stride);
    let s = v128.splat<T>(0);
    const end = u + stride;
    for (let b = u; b < end; b += 32) {
      s = v128.add<T>(s, v128.mul<T>(v128.load(b), v128.load(vj)));
      s = v128.add<T>(s, v128.mul<T>(v128.load(b, 16), v128.load(vj, 16)));
      vj += 32;
    }
    store<f64>(x, lanes<T>(s));
    x += 8;
    column += 4;
    count--;
  }
}

/** p += scale Σ_k w_k v_j(k), entry after entry; scale is 1 or −1. */
function gatherSpan<T extends number>(
  p: usize, w: usize, column: usize, count: i32, v: usize, stride: usize, scale: f64,
): void {
  const end = p + stride;
  while (count >= 4) {
    let v0 = rowOf(v, column, 0, stride);
    let v1 = rowOf(v, column, 4, stride);
    let v2 = rowOf(v, column, 8, stride);
    let v3 = rowOf(v, column, 12, stride);
    const w0 = v128.splat<T>(<T>(scale * load<f64>(w)));
    const w1 = v128.splat<T>(<T>(scale * load<f64>(w, 8)));
    const w2 = v128.splat<T>(<T>(scale * load<f64>(w, 16)));
    const w3 = v128.splat<T>(<T>(scale * load<f64>(w, 24)));
    for (let b = p; b < end; b += 32) {
      let s = v128.load(b), t = v128.load(b, 16);
      s = v128.add<T>(s, v128.mul<T>(w0, v128.load(v0)));
      t = v128.add<T>(t, v128.mul<T>(w0, v128.load(v0, 16)));
      s = v128.add<T>(s, v128.mul<T>(w1, v128.load(v1)));
      t = v128.add<T>(t, v128.mul<T>(w1, v128.load(v1, 16)));
      s = v128.add<T>(s, v128.mul<T>(w2, v128.load(v2)));
      t = v128.add<T>(t, v128.mul<T>(w2, v128.load(v2, 16)));
      s = v128.add<T>(s, v128.mul<T>(w3, v128.load(v3)));
      t = v128.add<T>(t, v128.mul<T>(w3, v128.load(v3, 16)));
      v128.store(b, s);
      v128.store(b, t, 16);
      v0 += 32;
      v1 += 32;
      v2 += 32;
      v3 += 32;
    }
    w += 32;
    column += 16;
    count -= 4;
  }
  while (count > 0) {
    let vj = rowOf(v, column, 0, stride);
    const wk = v128.splat<T>(<T>(scale * load<f64>(w)));
    for (let b = p; b < end; b += 16) {
      v128.store(b, v128.add<T>(v128.load(b), v128.mul<T>(wk, v128.load(vj))));
      vj += 16;
    }
    w += 8;
    column += 4;
    count--;
  }
}

/** q_j(k) += scale w_k u for every entry of the span; scale is 1 or −1. */
function scatterSpan<T extends number>(
  q: usize, w: usize, column: usize, count: i32, u: usize, stride: usize, scale: f64,
): void {
  const end = u + stride;
  while (count >= 2) {
    let q0 = rowOf(q, column, 0, stride);
    let q1 = rowOf(q, column, 4, stride);
    const w0 = v128.splat<T>(<T>(scale * load<f64>(w)));
    const w1 = v128.splat<T>(<T>(scale * load<f64>(w, 8)));
    for (let b = u; b < end; b += 32) {
      const s = v128.load(b), t = v128.load(b, 16);
      v128.store(q0, v128.add<T>(v128.load(q0), v128.mul<T>(w0, s)));
      v128.store(q0, v128.add<T>(v128.load(q0, 16), v128.mul<T>(w0, t)), 16);
      v128.store(q1, v128.add<T>(v128.load(q1), v128.mul<T>(w1, s)));
      v128.store(q1, v128.add<T>(v128.load(q1, 16), v128.mul<T>(w1, t)), 16);
      q0 += 32;
      q1 += 32;
    }
    w += 16;
    column += 8;
    count -= 2;
  }
  if (count > 0) {
    let qj = rowOf(q, column, 0, stride);
    const wk = v128.splat<T>(<T>(scale * load<f64>(w)));
    for (let b = u; b < end; b += 16) {
      v128.store(qj, v128.add<T>(v128.load(qj), v128.mul<T>(wk, v128.load(b))));
      qj += 16;
    }
  }
}

/** x_k = u_i · v_j for the entries of rows from ≤ i < to. */
export function predictRows(
  from: i32, to: i32, rowStart: usize, column: usize, x: usize, u: usize, v: usize, stride: usize,
): void {
  predictSpans<f64>(from, to, rowStart, column, x, u, v, stride);
}

/** `predictRows` of U and V in float32, and their sums. */
export function predictRowsSingle(
  from: i32, to: i32, rowStart: usize, column: usize, x: usize, u: usize, v: usize, stride: usize,
): void {
  predictSpans<f32>(from, to, rowStart, column, x, u, v, stride);
}

// @ts-ignore: decorator
@inline
function predictSpans<T extends number>(
  from: i32, to: i32, rowStart: usize, column: usize, x: usize, u: usize, v: usize, stride: usize,
): void {
  for (let i = from; i < to; i++) {
    const k = load<i32>(at4(rowStart, i));
    const count = load<i32>(at4(rowStart, i), 4) - k;
    predictSpan<T>(at8(x, k), at4(column, k), count, u + <usize>i * stride, v, stride);
  }
}

/** w_k ← the negative slope of the loss at the prediction w_k; returns `sum` and the loss of every entry, one by one. */
function squaredSpan(w: usize, y: usize, count: i32, kind: i32, weight: f64, delta: f64, sum: f64): f64 {
  const half = 0.5 * weight;
  const clip = weight * delta;
  for (let k = 0; k < count; k++) {
    const e = load<f64>(y) - load<f64>(w);
    if (kind == HUBER && abs(e) > delta) {
      sum += clip * (abs(e) - 0.5 * delta);
      store<f64>(w, e > 0 ? clip : -clip);
    } else {
      sum += half * (e * e);
      store<f64>(w, weight * e);
    }
    w += 8;
    y += 8;
  }
  return sum;
}

/** c_k (a prediction) ← the curvature of the Huber loss there. */
export function huberCurvatures(c: usize, y: usize, count: i32, weight: f64, delta: f64): void {
  for (let k = 0; k < count; k++) {
    store<f64>(c, abs(load<f64>(y) - load<f64>(c)) > delta ? 0 : weight);
    c += 8;
    y += 8;
  }
}

/** P_i += W_i V and Q += W_iᵀ U_i for rows from ≤ i < to, with W given or the negative slope of a loss at U Vᵀ, left in w. */
export function gradientRows(
  from: i32, to: i32, rowStart: usize, column: usize, y: usize, w: usize,
  u: usize, v: usize, p: usize, q: usize, stride: usize,
  kind: i32, weight: f64, delta: f64, sum: f64,
): f64 {
  for (let i = from; i < to; i++) {
    const ui = u + <usize>i * stride;
    const pi = p + <usize>i * stride;
    const end = load<i32>(at4(rowStart, i), 4);
    for (let k = load<i32>(at4(rowStart, i)); k < end; k += SPAN) {
      const count = min(SPAN, end - k);
      const wk = at8(w, k);
      const columns = at4(column, k);
      if (kind != GIVEN) {
        predictSpan<f64>(wk, columns, count, ui, v, stride);
        const yk = at8(y, k);
        if (kind == LOGISTIC) sum = logisticSpan(wk, yk, wk, 0, count, weight, sum);
        else sum = squaredSpan(wk, yk, count, kind, weight, delta, sum);
      }
      gatherSpan<f64>(pi, wk, columns, count, v, stride, 1);
      scatterSpan<f64>(q, wk, columns, count, ui, stride, 1);
    }
  }
  return sum;
}

/** P_i += W_i V. */
export function timesRows(
  from: i32, to: i32, rowStart: usize, column: usize, w: usize, v: usize, p: usize, stride: usize,
): void {
  timesSpans<f64>(from, to, rowStart, column, w, v, p, stride);
}

/** Q += W_iᵀ U_i. */
export function timesTransposedRows(
  from: i32, to: i32, rowStart: usize, column: usize, w: usize, u: usize, q: usize, stride: usize,
): void {
  timesTransposedSpans<f64>(from, to, rowStart, column, w, u, q, stride);
}

/** `timesRows` of V and P in float32, and W rounded to it. */
export function timesRowsSingle(
  from: i32, to: i32, rowStart: usize, column: usize, w: usize, v: usize, p: usize, stride: usize,
): void {
  timesSpans<f32>(from, to, rowStart, column, w, v, p, stride);
}

/** `timesTransposedRows` of U and Q in float32, and W rounded to it. */
export function timesTransposedRowsSingle(
  from: i32, to: i32, rowStart: usize, column: usize, w: usize, u: usize, q: usize, stride: usize,
): void {
  timesTransposedSpans<f32>(from, to, rowStart, column, w, u, q, stride);
}

// @ts-ignore: decorator
@inline
function timesSpans<T extends number>(
  from: i32, to: i32, rowStart: usize, column: usize, w: usize, v: usize, p: usize, stride: usize,
): void {
  for (let i = from; i < to; i++) {
    const k = load<i32>(at4(rowStart, i));
    const count = load<i32>(at4(rowStart, i), 4) - k;
    gatherSpan<T>(p + <usize>i * stride, at8(w, k), at4(column, k), count, v, stride, 1);
  }
}

// @ts-ignore: decorator
@inline
function timesTransposedSpans<T extends number>(
  from: i32, to: i32, rowStart: usize, column: usize, w: usize, u: usize, q: usize, stride: usize,
): void {
  for (let i = from; i < to; i++) {
    const k = load<i32>(at4(rowStart, i));
    const count = load<i32>(at4(rowStart, i), 4) - k;
    scatterSpan<T>(q, at8(w, k), at4(column, k), count, u + <usize>i * stride, stride, 1);
  }
}

/**
 * With g_k = c_k (du_i · v_j + u_i · dv_j): HU_i += Σ g v_j − w dv_j and HV_j += g u_i − w du_i. `c` 0: the curvature is
 * `constant` everywhere. `work` holds two spans.
 */
export function hessianRows(
  from: i32, to: i32, rowStart: usize, column: usize, c: usize, constant: f64, w: usize,
  u: usize, v: usize, du: usize, dv: usize, hu: usize, hv: usize, stride: usize, work: usize,
): void {
  const second = work + 8 * SPAN;
  for (let i = from; i < to; i++) {
    const row = <usize>i * stride;
    const end = load<i32>(at4(rowStart, i), 4);
    for (let k = load<i32>(at4(rowStart, i)); k < end; k += SPAN) {
      const count = min(SPAN, end - k);
      const columns = at4(column, k);
      predictSpan<f64>(work, columns, count, du + row, v, stride);
      predictSpan<f64>(second, columns, count, u + row, dv, stride);
      for (let s = 0; s < count; s++) {
        const curvature = c != 0 ? load<f64>(at8(c, k + s)) : constant;
        store<f64>(at8(work, s), curvature * (load<f64>(at8(work, s)) + load<f64>(at8(second, s))));
      }
      const wk = at8(w, k);
      gatherSpan<f64>(hu + row, work, columns, count, v, stride, 1);
      gatherSpan<f64>(hu + row, wk, columns, count, dv, stride, -1);
      scatterSpan<f64>(hv, work, columns, count, u + row, stride, 1);
      scatterSpan<f64>(hv, wk, columns, count, du + row, stride, -1);
    }
  }
}

/** Rows of `width` numbers that lie at the end of a room of rows of `padded` numbers move to their places, zeros behind them. */
export function padRows(room: usize, rows: i32, width: i32, padded: i32): void {
  const missing = <usize>(padded - width) << 3;
  let from = room + missing * <usize>rows;
  let to = room;
  const length = <usize>width << 3;
  for (let i = 0; i < rows; i++) {
    memory.copy(to, from, length);
    memory.fill(to + length, 0, missing);
    from += length;
    to += length + missing;
  }
}

/** The padding goes again: rows close up. */
export function closeRows(room: usize, rows: i32, width: i32, padded: i32): void {
  const length = <usize>width << 3;
  const step = <usize>padded << 3;
  for (let i = 1; i < rows; i++) memory.copy(room + <usize>i * length, room + <usize>i * step, length);
}

/** Rows of `width` numbers in float64 to rows of `padded` numbers in float32, zeros behind them. */
export function roundRows(to: usize, from: usize, rows: i32, width: i32, padded: i32): void {
  for (let i = 0; i < rows; i++) {
    let j = 0;
    for (; j + 2 <= width; j += 2) {
      v128.store64_lane(to + (<usize>j << 2), f32x4.demote_f64x2_zero(v128.load(from + (<usize>j << 3))), 0);
    }
    if (j < width) store<f32>(to + (<usize>j << 2), <f32>load<f64>(from + (<usize>j << 3)));
    memory.fill(to + (<usize>width << 2), 0, <usize>(padded - width) << 2);
    from += <usize>width << 3;
    to += <usize>padded << 2;
  }
}

/** The way back, without the padding. */
export function widenRows(to: usize, from: usize, rows: i32, width: i32, padded: i32): void {
  for (let i = 0; i < rows; i++) {
    let j = 0;
    for (; j + 2 <= width; j += 2) {
      v128.store(to + (<usize>j << 3), f64x2.promote_low_f32x4(v128.load64_zero(from + (<usize>j << 2))));
    }
    if (j < width) store<f64>(to + (<usize>j << 3), <f64>load<f32>(from + (<usize>j << 2)));
    from += <usize>padded << 2;
    to += <usize>width << 3;
  }
}
