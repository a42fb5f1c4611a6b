/** Inverse iteration for the leading eigenvectors of a symmetric matrix, or singular vectors of another one, however close they lie. */
import { choleskyInto, choleskySolveBlockInto } from "./cholesky.ts";
import type { Precision } from "./kernels/multiply.ts";
import type { BlockOperator, Directions, Pass } from "./subspace.ts";
import { subspacePass } from "./subspace.ts";

export interface ShiftedInverse {
  /** X ← (T I − S)⁻¹ X for row-major X, n × k. Cost 2 n² k flops. */
  applyInto(x: Float64Array, k: number, precision?: Precision): void;
}

/** T lies above the estimate by this part of it, and by so many times more after each T that was too low. */
const FIRST_EXCESS = 2e-4;
const MORE = 4;
const MOST_ATTEMPTS = 6;
/** The first turn leaves some hundredths of an error, the second what the values next to the block's allow. */
const TURNS = 2;

/**
 * (T I − S)⁻¹ for symmetric S (n × n, both triangles) with T just above λ_max(S), of which `estimate` is one from below: turns a
 * subspace towards the eigenvectors of λ_j by (T − λ_{k+1})/(T − λ_j) each time. Undefined where no T of a few gives a positive definite
 * matrix, or it was stopped. Source: parlett1998, chapter 4. Cost n³/3 flops for each T.
 */
export function shiftedInverse(
  s: Float64Array,
  n: number,
  estimate: number,
  stopped: () => boolean = () => false,
): ShiftedInverse | undefined {
  const factor = new Float64Array(n * n);
  let excess = FIRST_EXCESS;
  for (let attempt = 0; attempt < MOST_ATTEMPTS && !stopped(); attempt++, excess *= MORE) {
    const threshold = estimate * (1 + excess);
    for (let i = 0; i < n; i++) {
      for (let at = i * n; at < i * n + i; at++) factor[at] = -s[at];
      factor[i * n + i] = threshold - s[i * n + i];
    }
    if (choleskyInto(factor, n, stopped))
      return { applyInto: (x, k, precision) => choleskySolveBlockInto(x, k, factor, n, precision) };
  }
  return undefined;
}

/**
 * The leading singular triplets of G from directions q (shorter × k) that nearly span them, to more digits than passes alone would
 * reach where the values lie close together. S = GᵀG (shorter × shorter). `rough` is G in single precision, or itself: what it makes of the
 * directions on the way, the last pass through G makes good. Undefined where rounding is in the way, or it was stopped. Cost of
 * `inverseIterationFlops`, and three passes.
 */
export function sharpTriplets(
  g: BlockOperator,
  s: Float64Array,
  { q, k }: Directions,
  { rough = g, stopped = () => false }: { readonly rough?: BlockOperator; readonly stopped?: () => boolean } = {},
): Pass | undefined {
  let found = subspacePass(rough, q, k);
  if (found.count === 0) return undefined;
  const inverse = shiftedInverse(s, g.shorter, found.values[0] * found.values[0], stopped);
  if (inverse === undefined) return undefined;
  for (let turn = 1; turn <= TURNS; turn++) {
    if (stopped()) return undefined;
    const turned = found.right.slice();
    inverse.applyInto(turned, found.count, rough.precision);
    found = subspacePass(turn < TURNS ? rough : g, turned, found.count);
  }
  return found;
}

/** Flops of the factor and its solutions, for a side n and k directions. */
export function inverseIterationFlops(n: number, k: number): number {
  return n ** 3 / 3 + 2 * TURNS * n * n * k;
}
