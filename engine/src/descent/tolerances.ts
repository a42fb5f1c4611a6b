/** How stationary a point is to be before the next certificate, and how much descent there is between two of them. */
import type { MethodName } from "../config/config.ts";
import type { Problem } from "../problem/problem.ts";
import { isMostlyObserved } from "./methods/thresholding.ts";

/** First and last tolerance on stationarity; in between each certificate says how much finer to go. */
const FIRST_TOLERANCE = 1e-3;
export const LAST_TOLERANCE = 1e-13;
/** Newton's end game is quick, and too early where branches are missing. */
const NEWTON_TOLERANCE = 3e-2;
/** Thresholding on a full table adds branches by itself: it goes on until the gap, which falls with the stationarity, should be met. */
const STATIONARITY_OF_GAP = 10;

/** Once the gap is met, a few steps more make the point itself sharp (its rank, its slacks), to this stationarity. */
const POLISH_TOLERANCE = 1e-8;
/** Where a polar stays open, a point this stationary is done when its objective has settled. */
export const SETTLED_STATIONARITY = 1e-5;

/** Descent does this much work for one unit of certificate work, so that proofs stay under a quarter of a run; and at least so many flops. */
const CERTIFICATE_SHARE = 4;
const LEAST_WORK = 2e9;

export function firstTolerance(method: MethodName, problem: Problem): number {
  if (method === "newton" || (method === "thresholding" && !isMostlyObserved(problem))) return NEWTON_TOLERANCE;
  if (method !== "thresholding") return FIRST_TOLERANCE;
  return Math.min(FIRST_TOLERANCE, STATIONARITY_OF_GAP * problem.config.search.gap);
}

/** Thresholding has the rank right by itself, and each of its steps costs as much as many of another method. */
export function polishTolerance(method: MethodName): number {
  return method === "thresholding" ? SETTLED_STATIONARITY : POLISH_TOLERANCE;
}

/**
 * Flops of descent between two certificates on the way. A certificate is counted as the polar of a matrix with the target's entries: the
 * products of a Gram matrix over the shorter side, a factor, and the search; others cost some small multiple of it.
 */
export function workBetweenCertificates({ target }: Problem): number {
  const shorter = Math.min(target.rows, target.columns);
  const entries = target.value.length;
  const products = entries * (entries / Math.max(target.rows, target.columns));
  return Math.max(LEAST_WORK, CERTIFICATE_SHARE * 2 * (products + shorter ** 3 / 3 + 100 * entries));
}
