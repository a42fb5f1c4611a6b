/** How stationary a point is to be before the next certificate, and how much descent there is between two of them. */
import type { MethodName } from "../config/config.ts";
import type { Problem } from "../problem/problem.ts";

/** First and last tolerance on stationarity; in between each certificate says how much finer to go. */
const FIRST_TOLERANCE = 1e-3;
export const LAST_TOLERANCE = 1e-13;
/** Newton's end game is quick, and too early where branches are missing. */
const NEWTON_TOLERANCE = 3e-2;
/** Thresholding adds branches by itself: it goes on until the gap, which falls with the stationarity, should be met. */
const STATIONARITY_OF_GAP = 10;

/** Once the gap is met, a few steps more make the point itself sharp (its rank, its slacks), to this stationarity. */
const POLISH_TOLERANCE = 1e-8;
/** So many steps at most. */
export const POLISH_STEPS = 12;
/** And so many where branches were merged that were not quite the same. */
export const MERGED_STEPS = 300;
/** Where a polar stays open, a point this stationary is done when its objective has settled. */
export const SETTLED_STATIONARITY = 1e-5;

/** Descent does this much work for one unit of certificate work, so that proofs stay under a quarter of a run; and at least so many flops. */
const CERTIFICATE_SHARE = 4;
const LEAST_WORK = 2e9;
/** More flops than these are worth a second or so. */
const DEAR_WORK = 1e10;
/** And fewer than these some hundredths of one. */
const CHEAP_WORK = 1e8;
/** Points of thresholding have their rank by then. */
const ROUGH_TOLERANCE = 1e-2;

export function firstTolerance(method: MethodName, problem: Problem): number {
  if (method === "newton") return NEWTON_TOLERANCE;
  // Steps in the core of a tensor end quickly, and what comes next is dear: its polar is NP-hard.
  if (method === "alternating" && problem.mapping.kind === "cp") return SETTLED_STATIONARITY;
  if (method !== "thresholding") return FIRST_TOLERANCE;
  return Math.min(ROUGH_TOLERANCE, STATIONARITY_OF_GAP * problem.config.search.gap);
}

/** How much more stationary the next certificate's point is to be, where this one's gap missed its tolerance by 1/`reached`. */
export function refinement(method: MethodName, reached: number): number {
  return method === "thresholding" ? Math.min(0.5, Math.max(0.01, reached / 3)) : 0.01;
}

/** Thresholding has the rank right by itself, and each of its steps costs as much as many of another method. */
export function polishTolerance(method: MethodName, problem: Problem): number {
  if (method !== "thresholding") return POLISH_TOLERANCE;
  return workOfCertificate(problem) <= CHEAP_WORK ? SETTLED_STATIONARITY : ROUGH_TOLERANCE;
}

/** Steps that follow once the gap is met: thresholding is left where it is unless its certificates are cheap. */
export function polishSteps(method: MethodName, problem: Problem): number {
  return polishTolerance(method, problem) <= SETTLED_STATIONARITY ? POLISH_STEPS : 0;
}

/** Where a certificate is dear, a point that met the gap is left as it is: to polish it would cost another one. */
export function isWorthPolishing(problem: Problem): boolean {
  return workOfCertificate(problem) <= DEAR_WORK;
}

/**
 * Flops of descent between two certificates on the way. Certificates other than of matrices cost some small multiple of what is counted.
 */
export function workBetweenCertificates(problem: Problem): number {
  return Math.max(LEAST_WORK, CERTIFICATE_SHARE * workOfCertificate(problem));
}

/** As the polar of a matrix with the target's entries: the products of a Gram matrix over the shorter side, a factor, and the search. */
export function workOfCertificate({ target }: Problem): number {
  const shorter = Math.min(target.rows, target.columns);
  const entries = target.value.length;
  const products = entries * (entries / Math.max(target.rows, target.columns));
  return 2 * (products + shorter ** 3 / 3 + 100 * entries);
}
