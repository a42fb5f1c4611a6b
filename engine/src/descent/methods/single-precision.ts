/**
 * When products of proximal steps may be in single precision (higham2022): where what that rounds off is small beside what is left to go.
 * Points that come of it are made orthonormal again before anybody else sees them, and nothing that a verdict rests on is computed so.
 */

/** Singular values within these bounds have squares within float32's. */
const RANGE = [1e-15, 1e15] as const;
/** So many times above what rounding makes of it a stationarity is worth something. */
const MARGIN = 100;
/** What single precision may hide of an objective, relatively. */
const EXCESS = 1e-6;

/** An objective of single precision, as much more as that may hide of it. */
export function roughObjective(value: number): number {
  return value + EXCESS * Math.abs(value);
}

/** Whether a stationarity is above rounding by far: 2⁻²⁴ σ₁/τ for the largest singular value of G, where those above τ are kept. */
export function isAboveRounding(stationarity: number, largest: number, tau: number): boolean {
  const [low, high] = RANGE;
  return stationarity > (MARGIN * 2 ** -24 * largest) / tau && largest > low && largest < high;
}
