/**
 * The least that a composition of norms can reach when the factors of a branch are rescaled against one another. For a separable φ
 * of degree m_k in factor k, scaling the factors by e^{x_k} with Σ m_k x_k = 0 leaves φ as it is, and log g is convex in x (a sum
 * of products of powers is a sum of exponentials of linear functions of x).
 */
import { rootBetween } from "../../linalg/root.ts";
import type { Composition } from "./composition.ts";

/** Pairs of factors that are balanced in turn, at most; for two factors the first one is the last. */
const MAX_PAIRS = 200;
/** Shares that agree up to this are equal: at a minimum g is then off by the square of it. */
const BALANCED = 1e-9;
/** Where the least is approached but never reached, a factor is scaled by no more than e to this, a pair. */
const LARGEST_STEP = 64;

/**
 * One scale per factor, at which all h_k/m_k agree, h_k = ∂ log g / ∂x_k = Σ n_j ∂g/∂n_j / g over the norms of factor k: the pair
 * that is furthest apart is balanced in turn, each time by the root of a falling function. 1s where nothing is gained.
 */
export function balancingScales(
  composition: Composition,
  sizes: readonly number[],
  degrees: readonly number[],
): readonly number[] {
  const ones = degrees.map(() => 1);
  const before = composition.value(sizes);
  if (degrees.length < 2 || !sizes.every((n) => n > 0) || !(before > 0 && before < Number.POSITIVE_INFINITY))
    return ones;
  const logs = degrees.map(() => 0);
  const scaled = () => sizes.map((n, j) => n * Math.exp(logs[composition.leaves[j].factor]));
  const shares = () => {
    const at = scaled();
    const slopes = composition.slopes(at);
    const g = composition.value(at);
    const sums = degrees.map(() => 0);
    composition.leaves.forEach(({ factor }, j) => {
      sums[factor] += (at[j] * slopes[j]) / g;
    });
    return sums.map((sum, k) => sum / degrees[k]);
  };
  for (let pair = 0; pair < MAX_PAIRS; pair++) {
    const now = shares();
    const most = now.indexOf(Math.max(...now));
    const least = now.indexOf(Math.min(...now));
    const apart = now[most] - now[least];
    if (!(apart > BALANCED * now[most])) break;
    const [high, low] = [logs[most], logs[least]];
    const moveTo = (t: number) => {
      logs[most] = high - t / degrees[most];
      logs[least] = low + t / degrees[least];
    };
    const excess = (t: number) => {
      moveTo(t);
      const there = shares();
      return there[most] - there[least];
    };
    const tolerance = (BALANCED / 4) * now[most];
    let end = { at: 1e-3, value: excess(1e-3) };
    while (end.value > tolerance && end.at < LARGEST_STEP) end = { at: 2 * end.at, value: excess(2 * end.at) };
    moveTo(end.value < 0 ? rootBetween(excess, { at: 0, value: apart }, end, { tolerance: 0, steps: 60 }) : end.at);
  }
  return composition.value(scaled()) < before ? logs.map(Math.exp) : ones;
}
