/**
 * y = A x and y = Aᵀ x for row-major A (m×n), y = S x for symmetric S. Reading the matrix is the cost, so plain loops do as well as
 * compiled ones that would have to copy it first; who multiplies with the same matrix again and again keeps it resident
 * (`residentSymmetric`).
 */
export interface VectorProduct {
  readonly m: number;
  readonly n: number;
  /** y (n) = Aᵀ x instead of y (m) = A x. */
  readonly transpose?: boolean;
}

/** Cost 2·m·n flops. Sums: the even and the odd terms apart, then together; transposed: the rows in order. */
export function multiplyVectorInto(
  y: Float64Array,
  a: Float64Array,
  x: Float64Array,
  { m, n, transpose = false }: VectorProduct,
): void {
  if (transpose) addRowsInto(y, a, x, m, n);
  else multiplyRowsInto(y, a, x, m, n);
}

/** Four rows at a time: a sum waits for its last addition. */
function multiplyRowsInto(y: Float64Array, a: Float64Array, x: Float64Array, m: number, n: number): void {
  const even = n - (n % 2);
  for (let i = 0; i < m; i += 4) {
    const [i1, i2, i3] = [Math.min(i + 1, m - 1), Math.min(i + 2, m - 1), Math.min(i + 3, m - 1)];
    const [a0, a1, a2, a3] = [i * n, i1 * n, i2 * n, i3 * n];
    // One by one: a list of them would be made anew for every row.
    let s0 = 0;
    let s1 = 0;
    let s2 = 0;
    let s3 = 0;
    let t0 = 0;
    let t1 = 0;
    let t2 = 0;
    let t3 = 0;
    for (let j = 0; j < even; j += 2) {
      const xs = x[j];
      const xt = x[j + 1];
      s0 += a[a0 + j] * xs;
      t0 += a[a0 + j + 1] * xt;
      s1 += a[a1 + j] * xs;
      t1 += a[a1 + j + 1] * xt;
      s2 += a[a2 + j] * xs;
      t2 += a[a2 + j + 1] * xt;
      s3 += a[a3 + j] * xs;
      t3 += a[a3 + j + 1] * xt;
    }
    if (even < n) {
      const last = x[even];
      s0 += a[a0 + even] * last;
      s1 += a[a1 + even] * last;
      s2 += a[a2 + even] * last;
      s3 += a[a3 + even] * last;
    }
    y[i] = s0 + t0;
    y[i1] = i1 > i ? s1 + t1 : y[i];
    y[i2] = i2 > i1 ? s2 + t2 : y[i1];
    y[i3] = i3 > i2 ? s3 + t3 : y[i2];
  }
}

function addRowsInto(y: Float64Array, a: Float64Array, x: Float64Array, m: number, n: number): void {
  y.fill(0, 0, n);
  let i = 0;
  for (; i + 4 <= m; i += 4) {
    const a0 = i * n;
    const [a1, a2, a3] = [a0 + n, a0 + 2 * n, a0 + 3 * n];
    const [x0, x1, x2, x3] = [x[i], x[i + 1], x[i + 2], x[i + 3]];
    for (let j = 0; j < n; j++) y[j] = y[j] + a[a0 + j] * x0 + a[a1 + j] * x1 + a[a2 + j] * x2 + a[a3 + j] * x3;
  }
  for (; i < m; i++) {
    const xi = x[i];
    for (let j = 0, at = i * n; j < n; j++, at++) y[j] += a[at] * xi;
  }
}

/**
 * y = S x for symmetric S (n×n, row-major), of which the lower triangle is read. Cost 2n² flops. Sums: four rows at a time; as rows, the
 * even and the odd terms apart, then together, and the rest of them by itself; as columns, in order.
 */
export function multiplySymmetricInto(y: Float64Array, s: Float64Array, x: Float64Array, n: number): void {
  let i = 0;
  for (; i + 4 <= n; i += 4) {
    const [a0, a1, a2, a3] = [i * n, (i + 1) * n, (i + 2) * n, (i + 3) * n];
    const [x0, x1, x2, x3] = [x[i], x[i + 1], x[i + 2], x[i + 3]];
    // One by one, as above.
    let s0 = 0;
    let s1 = 0;
    let s2 = 0;
    let s3 = 0;
    let t0 = 0;
    let t1 = 0;
    let t2 = 0;
    let t3 = 0;
    for (let j = 0; j < i; j += 2) {
      const xs = x[j];
      const xt = x[j + 1];
      s0 += s[a0 + j] * xs;
      t0 += s[a0 + j + 1] * xt;
      s1 += s[a1 + j] * xs;
      t1 += s[a1 + j + 1] * xt;
      s2 += s[a2 + j] * xs;
      t2 += s[a2 + j + 1] * xt;
      s3 += s[a3 + j] * xs;
      t3 += s[a3 + j + 1] * xt;
    }
    for (let j = 0; j < i; j++) y[j] += s[a0 + j] * x0 + s[a1 + j] * x1 + (s[a2 + j] * x2 + s[a3 + j] * x3);
    const at = (row: number, column: number) => s[(i + row) * n + i + column];
    y[i] = s0 + t0 + (at(0, 0) * x0 + at(1, 0) * x1 + (at(2, 0) * x2 + at(3, 0) * x3));
    y[i + 1] = s1 + t1 + (at(1, 0) * x0 + at(1, 1) * x1 + (at(2, 1) * x2 + at(3, 1) * x3));
    y[i + 2] = s2 + t2 + (at(2, 0) * x0 + at(2, 1) * x1 + (at(2, 2) * x2 + at(3, 2) * x3));
    y[i + 3] = s3 + t3 + (at(3, 0) * x0 + at(3, 1) * x1 + (at(3, 2) * x2 + at(3, 3) * x3));
  }
  for (; i < n; i++) {
    const xi = x[i];
    let sum = 0;
    for (let j = 0, at = i * n; j < i; j++, at++) {
      sum += s[at] * x[j];
      y[j] += s[at] * xi;
    }
    y[i] = sum + s[i * n + i] * xi;
  }
}
