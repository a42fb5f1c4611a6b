/**
 * u uᵀ with ‖u‖²: Ω°(W) = sup uᵀSu over ‖u‖ ≤ 1, S = (W + Wᵀ)/2.
 *   ℓ2              max(0, λ_max(S)): Lanczos for the value, Cholesky of T I − S for the proof;
 *   anything else   a bracket: max(0, λ_max(S))/c² (of P S P for u in a subspace), for u ≥ 0 also λ_max(S₊)/c², and the bounds by lines of S, which do not
 *                   need the two sides to be equal. Below: alternating maximization.
 * Cost of a proof: n³/3 flops.
 */
import { largestEigenpairs, proveObservedBound } from "../../linalg/eigen.ts";
import { nonnegativeBound } from "../../linalg/nonnegative-bound.ts";
import type { Observed } from "../../linalg/observed.ts";
import { bilinear, dividedBy, isAffordable, positivePart, symmetricPart } from "../../linalg/observed.ts";
import { gamma, powerOfTwoAbove, roundedUp, UNIT_ROUNDOFF } from "../../linalg/rounding.ts";
import { euclideanLength, lengthBound, opposite } from "../../linalg/vector.ts";
import type { Branch } from "../../problem/factors.ts";
import { entryObservation } from "../../problem/mapping/observations.ts";
import { symmetricMapping } from "../../problem/mapping/symmetric.ts";
import type { Norm } from "../../problem/regularizer/norm.ts";
import { isPlain } from "../../problem/regularizer/norm.ts";
import { divided, withLines } from "./bounded.ts";
import type { UpperBound } from "./bracket.ts";
import { bracket, kindOf, wantedBranches, widened, zeroResult } from "./bracket.ts";
import type { Closer } from "./closing.ts";
import { closed } from "./closing.ts";
import { confined } from "./confined.ts";
import type { PolarBranch, PolarOptions, PolarResult } from "./polar.ts";
import { SMALLEST_POLAR } from "./polar.ts";
import { foundBranches, searchBranches } from "./search.ts";
import { symmetricSupportsCloser } from "./sparse-supports.ts";
import { clusterTolerance, MODULI_METHOD, MODULI_WHY } from "./spectral.ts";
import { squareSplitting } from "./splitting-closer.ts";
import { symmetricCover } from "./symmetric-cover.ts";

const METHOD = "largest eigenvalue, Lanczos, proven by Cholesky";

/** W square. */
export function symmetricPolar(w: Observed, norm: Norm, options: PolarOptions): PolarResult {
  const scale = powerOfTwoAbove(w.value);
  if (scale === 0) return zeroResult(METHOD);
  const s = symmetricPart(dividedBy(w, scale));
  const size = powerOfTwoAbove(s.value);
  // What one rounding per entry of S can change.
  const error = roundedUp(UNIT_ROUNDOFF * euclideanLength(s.value), s.value.length + 6);
  if (size === 0) return { ...zeroResult(METHOD), upper: SMALLEST_POLAR };
  const unit = dividedBy(s, size);
  const whole = scale * size;
  const inner = { ...options, above: options.above / whole };
  const lost = error / size;
  const found = isPlain(norm, "l2")
    ? eigenvaluePolar(unit, lost, inner)
    : widened(boundedSymmetric(unit, norm, inner), divided(lost, [norm, norm]));
  return {
    ...found,
    lower: found.lower * whole,
    upper: Math.max(found.upper * whole, SMALLEST_POLAR),
    witness: { ...found.witness, threshold: found.witness.threshold * whole },
    branches: found.branches.map(({ value, factors }) => ({ value: value * whole, factors })),
  };
}

/** S symmetric with entries up to 1, known but for `lost` in Frobenius norm. */
function eigenvaluePolar(s: Observed, lost: number, options: PolarOptions): PolarResult {
  const { above, stopped } = options;
  // What uᵀSu of a unit u may be although it is 0: where S ⪯ 0, all that is found.
  const noise = gamma(2 * s.rows) * euclideanLength(s.value);
  const pairs = largestEigenpairs(s, { above, tolerance: clusterTolerance(options), stopped });
  const branches = wantedBranches(
    pairs
      .map(({ vector }): PolarBranch => ({ value: bilinear(s, vector, vector), factors: [vector] }))
      .filter(({ value }) => value > noise),
    options.above,
  );
  const lower = branches[0]?.value ?? 0;
  if (options.effort === "estimate") {
    const upper = roundedUp(euclideanLength(s.value) + lost, s.value.length + 6);
    const witness = { kind: "none", threshold: 0 };
    return { lower, upper, method: "Lanczos, not proven", kind: "bound", witness, branches };
  }
  if (!isAffordable((s.rows * (s.rows + 1)) / 2, s)) {
    const threshold = Math.min(lengthBound(s.value), nonnegativeBound(s));
    const upper = roundedUp(threshold + lost, 2);
    const witness = { kind: "moduli", threshold };
    return { lower, upper, method: MODULI_METHOD, why: MODULI_WHY, kind: kindOf(lower, upper), witness, branches };
  }
  const proof = proveObservedBound(s, pairs[0] === undefined ? 0 : pairs[0].value + pairs[0].error, stopped);
  const upper = Math.max(0, proof.bound + roundedUp(lost + UNIT_ROUNDOFF * Math.abs(proof.bound), 6));
  return {
    lower,
    upper,
    method: proof.proven ? METHOD : "Lanczos, proven by the Frobenius norm",
    // Where S has no eigenvalue above 0 nothing is left between 0 and a proven 0.
    kind: upper === 0 ? "exact" : kindOf(lower, upper),
    witness: { kind: proof.proven ? "cholesky" : "frobenius", threshold: Math.max(0, proof.threshold) },
    branches,
  };
}

function boundedSymmetric(s: Observed, norm: Norm, options: PolarOptions): PolarResult {
  const { table, slack } = confined(s, norm, norm);
  const own = slack === 0 ? s : symmetricPart(table);
  const lost = slack === 0 ? 0 : roundedUp(slack + UNIT_ROUNDOFF * euclideanLength(own.value), own.value.length + 6);
  const single = { above: Number.POSITIVE_INFINITY, effort: options.effort, stopped: options.stopped };
  const largest = eigenvaluePolar(own, lost, single);
  const starts = () => largest.branches.flatMap(({ factors: [u] }) => [[u], [opposite(u)]]);
  const gauge = { norms: [norm], matched: true, scale: 1, exponents: [2] };
  const mapping = symmetricMapping(entryObservation(s));
  const climb = (start: Branch) => searchBranches(mapping, gauge, s.value, [start], { ...options, randomStarts: 0 })[0];
  const branches = foundBranches(mapping, gauge, s.value, starts, options);
  const lower = branches[0]?.value ?? 0;
  const plain = divided(largest.upper, [norm, norm]);
  if (options.effort === "estimate") return { ...largest, lower, upper: plain, method: "search", branches };
  const bounds: UpperBound[] = [{ upper: plain, method: "largest eigenvalue", witness: "eigenvalue" }];
  if (norm.nonnegative) {
    const positive = eigenvaluePolar(positivePart(s), 0, single);
    bounds.push({
      upper: divided(positive.upper, [norm, norm]),
      method: "largest eigenvalue of the positive part",
      witness: "eigenvalue-positive",
    });
  }
  const open = bracket(lower, withLines(bounds, s, [norm, norm], options.stopped), branches);
  return closed(open, () => symmetricClosers(s, norm), climb, options);
}

function symmetricClosers(s: Observed, norm: Norm): Closer[] {
  const closers = [symmetricSupportsCloser(s, norm), squareSplitting(s, norm), symmetricCover(s, norm)];
  return closers.filter((closer) => closer !== undefined);
}
