/**
 * An independent reference: singular values by one-sided Jacobi rotations (Hestenes 1958), which shares no code and no
 * method with the engine. `a` is m×n, row-major. Accurate to a few ulps of each singular value.
 */
export function singularValues(a: Float64Array, m: number, n: number): number[] {
  return rotated(a, m, n)
    .map(({ x }) => Math.hypot(...x))
    .sort((x, y) => y - x);
}

export interface Triplet {
  readonly sigma: number;
  readonly u: readonly number[];
  readonly v: readonly number[];
}

/** In descending order; u of a zero value is zero. */
export function singularTriplets(a: Float64Array, m: number, n: number): Triplet[] {
  return rotated(a, m, n)
    .map(({ x, v }) => {
      const sigma = Math.hypot(...x);
      return { sigma, u: Array.from(x, (entry) => (sigma > 0 ? entry / sigma : 0)), v: Array.from(v) };
    })
    .sort((x, y) => y.sigma - x.sigma);
}

/** The columns of A V, orthogonal, and those of V. */
function rotated(a: Float64Array, m: number, n: number): { readonly x: Float64Array; readonly v: Float64Array }[] {
  const basis = Array.from({ length: n }, (_, j) => Float64Array.from({ length: n }, (_, i) => (i === j ? 1 : 0)));
  const columns = Array.from({ length: n }, (_, j) => Float64Array.from({ length: m }, (_, i) => a[i * n + j]));
  for (let sweep = 0; sweep < 60; sweep++) {
    let turned = false;
    for (let p = 0; p < n; p++) {
      for (let q = p + 1; q < n; q++) {
        const [x, y] = [columns[p], columns[q]];
        let alpha = 0;
        let beta = 0;
        let gamma = 0;
        for (let i = 0; i < m; i++) {
          alpha += x[i] * x[i];
          beta += y[i] * y[i];
          gamma += x[i] * y[i];
        }
        if (Math.abs(gamma) <= 1e-16 * Math.sqrt(alpha * beta) || gamma === 0) continue;
        turned = true;
        const zeta = (beta - alpha) / (2 * gamma);
        const t = Math.sign(zeta || 1) / (Math.abs(zeta) + Math.sqrt(1 + zeta * zeta));
        const c = 1 / Math.sqrt(1 + t * t);
        const s = c * t;
        for (const [left, right] of [
          [x, y],
          [basis[p], basis[q]],
        ]) {
          for (let i = 0; i < left.length; i++) {
            const xi = left[i];
            left[i] = c * xi - s * right[i];
            right[i] = s * xi + c * right[i];
          }
        }
      }
    }
    if (!turned) break;
  }
  return columns.map((x, j) => ({ x, v: basis[j] }));
}

/** min over X of (c/2)‖Y − X‖²_F + λ‖X‖_*, from the singular values of Y. */
export function nuclearOptimum(sigma: readonly number[], lambda: number, c = 1): number {
  return sigma.reduce((sum, s) => sum + (c * s > lambda ? lambda * s - lambda ** 2 / (2 * c) : (c / 2) * s * s), 0);
}
