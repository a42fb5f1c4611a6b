/** assembly/householder.ts without WebAssembly: the same sums in the same order. Every matrix is row-major. */

/** Beside entries up to 1, a sum of squares that is nothing, and may have lost its digits to underflow. */
const NEGLIGIBLE = 1e-290;

/** Σ_j a_(from+j) b_(at+j): every fourth term apart, then the first two of the four sums to the last two, then together. */
function product(a: Float64Array, from: number, b: Float64Array, at: number, count: number): number {
  let [s0, s1, s2, s3] = [0, 0, 0, 0];
  let j = 0;
  for (; j + 4 <= count; j += 4) {
    s0 += a[from + j] * b[at + j];
    s1 += a[from + j + 1] * b[at + j + 1];
    s2 += a[from + j + 2] * b[at + j + 2];
    s3 += a[from + j + 3] * b[at + j + 3];
  }
  if (j < count) s0 += a[from + j] * b[at + j];
  if (j + 1 < count) s1 += a[from + j + 1] * b[at + j + 1];
  if (j + 2 < count) s2 += a[from + j + 2] * b[at + j + 2];
  return s0 + s2 + (s1 + s3);
}

/** A = Q T Qᵀ; reflector k (from n − 1 down to 1) stays in row k of A, left of the diagonal. */
export function plainTridiagonalize(
  a: Float64Array,
  n: number,
  diagonal: Float64Array,
  beside: Float64Array,
  factor: Float64Array,
  p: Float64Array,
): void {
  for (let k = n - 1; k >= 1; k--) {
    const v = k * n;
    const square = product(a, v, a, v, k - 1);
    diagonal[k] = a[v + k];
    const last = a[v + k - 1];
    factor[k] = 0;
    beside[k - 1] = last;
    if (square < NEGLIGIBLE) continue;
    // v = x − length e, H = I − v vᵀ / half, half = ‖v‖²/2.
    const root = Math.sqrt(square + last * last);
    const length = last > 0 ? -root : root;
    beside[k - 1] = length;
    a[v + k - 1] = last - length;
    const half = length * length - last * length;
    factor[k] = 1 / half;
    for (let i = 0; i < k; i++) p[i] = 0;
    for (let i = 0; i < k; i++) {
      const row = i * n;
      const vi = a[v + i];
      const sum = product(a, row, a, v, i);
      for (let j = 0; j < i; j++) p[j] += a[row + j] * vi;
      p[i] += sum + a[row + i] * vi;
    }
    for (let i = 0; i < k; i++) p[i] /= half;
    const shift = product(p, 0, a, v, k) / (2 * half);
    for (let i = 0; i < k; i++) p[i] -= shift * a[v + i];
    for (let i = 0; i < k; i++) {
      const row = i * n;
      const vi = a[v + i];
      const pi = p[i];
      for (let j = 0; j <= i; j++) a[row + j] -= vi * p[j] + pi * a[v + j];
    }
  }
  if (n > 0) diagonal[0] = a[0];
}

/** Rows of q: the columns of Q, the product of all reflectors. */
export function plainAccumulate(q: Float64Array, a: Float64Array, n: number, factor: Float64Array): void {
  q.fill(0, 0, n * n);
  for (let i = 0; i < n; i++) q[i * n + i] = 1;
  for (let k = 1; k < n; k++) {
    if (factor[k] === 0) continue;
    const v = k * n;
    // Before this step only the leading k × k block differs from the identity.
    for (let i = 0; i < k; i++) {
      const row = i * n;
      const sum = product(q, row, a, v, k) * factor[k];
      for (let j = 0; j < k; j++) q[row + j] -= sum * a[v + j];
    }
  }
}

/** For k from high down to low, rows k and k + 1 of q: (x, y) ← (c x − s y, s x + c y). */
export function plainRotateRows(
  q: Float64Array,
  width: number,
  [low, high]: readonly [number, number],
  cosines: Float64Array,
  sines: Float64Array,
): void {
  for (let k = high; k >= low; k--) {
    const c = cosines[k];
    const s = sines[k];
    for (let j = k * width; j < (k + 1) * width; j++) {
      const x = q[j];
      const y = q[j + width];
      q[j + width] = s * x + c * y;
      q[j] = c * x - s * y;
    }
  }
}
