/**
 * An independent reference: singular values by one-sided Jacobi rotations (Hestenes 1958), which shares no code and no
 * method with the engine. `a` is m×n, row-major. Accurate to a few ulps of each singular value.
 */
export function singularValues(a: Float64Array, m: number, n: number): number[] {
  const columns = Array.from({ length: n }, (_, j) => Float64Array.from({ length: m }, (_, i) => a[i * n + j]));
  for (let sweep = 0; sweep < 60; sweep++) {
    let rotated = false;
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
        rotated = true;
        const zeta = (beta - alpha) / (2 * gamma);
        const t = Math.sign(zeta || 1) / (Math.abs(zeta) + Math.sqrt(1 + zeta * zeta));
        const c = 1 / Math.sqrt(1 + t * t);
        const s = c * t;
        for (let i = 0; i < m; i++) {
          const xi = x[i];
          x[i] = c * xi - s * y[i];
          y[i] = s * xi + c * y[i];
        }
      }
    }
    if (!rotated) break;
  }
  return columns.map((x) => Math.hypot(...x)).sort((x, y) => y - x);
}

/** min over X of (c/2)‖Y − X‖²_F + λ‖X‖_*, from the singular values of Y. */
export function nuclearOptimum(sigma: readonly number[], lambda: number, c = 1): number {
  return sigma.reduce((sum, s) => sum + (c * s > lambda ? lambda * s - lambda ** 2 / (2 * c) : (c / 2) * s * s), 0);
}
