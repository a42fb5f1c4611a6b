/**
 * λ_max of one small dense symmetric matrix after another (n × n, both triangles): Lanczos with full reorthogonalization, the
 * largest eigenvalue of its tridiagonal matrix by bisection. An estimate from below that proves nothing. Cost of k steps
 * 2kn² + 2k²n flops; k grows until the value gains less than 1e-14 of itself, at the latest to n. Source: simon2000.
 */
export function topEigenvalues(n: number): (s: Float64Array) => number {
  const basis = new Float64Array(n * n);
  const alpha = new Float64Array(n);
  const beta = new Float64Array(n);
  const w = new Float64Array(n);
  const start = Float64Array.from({ length: n }, (_, i) => 1 + 0.37 * Math.sin(1 + 2.3 * i));
  return (s) => {
    let value = Number.NEGATIVE_INFINITY;
    normalizeInto(basis, 0, start);
    for (let k = 0; k < n; k++) {
      const at = k * n;
      for (let i = 0; i < n; i++) {
        let sum = 0;
        for (let j = 0; j < n; j++) sum += s[i * n + j] * basis[at + j];
        w[i] = sum;
      }
      let a = 0;
      for (let i = 0; i < n; i++) a += w[i] * basis[at + i];
      alpha[k] = a;
      for (let pass = 0; pass < 2; pass++) {
        for (let b = 0; b <= k; b++) {
          let sum = 0;
          for (let i = 0; i < n; i++) sum += w[i] * basis[b * n + i];
          for (let i = 0; i < n; i++) w[i] -= sum * basis[b * n + i];
        }
      }
      let square = 0;
      for (let i = 0; i < n; i++) square += w[i] * w[i];
      const before = value;
      value = largestOf(alpha, beta, k + 1);
      const length = Math.sqrt(square);
      if (k + 1 === n || !(length > 1e-15 * Math.abs(value)) || value - before <= 1e-14 * Math.abs(value)) break;
      beta[k] = length;
      for (let i = 0; i < n; i++) basis[at + n + i] = w[i] / length;
    }
    return value;
  };
}

function normalizeInto(out: Float64Array, at: number, x: Float64Array): void {
  let square = 0;
  for (const entry of x) square += entry * entry;
  const length = Math.sqrt(square);
  for (let i = 0; i < x.length; i++) out[at + i] = x[i] / length;
}

/** Of the tridiagonal k × k matrix with diagonal alpha and beta beside it, by counting negative pivots (Sturm). */
function largestOf(alpha: Float64Array, beta: Float64Array, k: number): number {
  let low = Number.NEGATIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < k; i++) {
    low = Math.max(low, alpha[i]);
    high = Math.max(high, alpha[i] + (i > 0 ? beta[i - 1] : 0) + (i + 1 < k ? beta[i] : 0));
  }
  while (high - low > 1e-15 * Math.max(Math.abs(low), Math.abs(high))) {
    const middle = (low + high) / 2;
    if (middle <= low || middle >= high) break;
    // Whether an eigenvalue lies above the middle: a pivot of T − middle I is positive.
    let pivot = alpha[0] - middle;
    let isAbove = pivot > 0;
    for (let i = 1; i < k && !isAbove; i++) {
      pivot = alpha[i] - middle - (beta[i - 1] * beta[i - 1]) / pivot;
      isAbove = pivot > 0 || Number.isNaN(pivot);
    }
    if (isAbove) low = middle;
    else high = middle;
  }
  return low;
}
