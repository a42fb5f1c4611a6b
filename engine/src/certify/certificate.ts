/**
 * The certificate file: a versioned record of a run's result and of everything `verify` needs to prove it again.
 * `verify` recomputes every number from the data and the factors; what stands here is only compared.
 */
import type { BranchReport, Evidence, ExtraValues, Gap, PolarBracket, RunStatus, Verdict } from "../events.ts";

export const CERTIFICATE_FORMAT = "optimality-certificate";
export const CERTIFICATE_VERSION = 3;

/** One array the proof rests on. Digests are over shape and little-endian float64 values, not over file bytes. */
export interface DataRecord {
  readonly role: "target" | "mask" | "input" | "sensing" | "constraint";
  /** Relative to the certificate's folder, `#array` for one array of an archive. */
  readonly file: string;
  readonly shape: readonly number[];
  readonly digest: string;
}

/** What the proof of a polar's upper end rests on. */
export interface WitnessRecord {
  readonly kind: string;
  readonly threshold: number;
  /** Names of its arrays in the factors file; null where a check needs none and does again what the proof did. */
  readonly arrays: readonly string[] | null;
}

export interface Certificate {
  readonly format: typeof CERTIFICATE_FORMAT;
  readonly version: typeof CERTIFICATE_VERSION;
  /** Version of the engine that wrote it. */
  readonly engine: string;
  /** Digest of the problem statement (data, loss, mapping, regularizer, lambda, gap), not of comments or search settings. */
  readonly config: { readonly file: string; readonly digest: string };
  readonly data: readonly DataRecord[];
  readonly factors: { readonly file: string; readonly digest: string; readonly branches: number };
  readonly problem: {
    readonly mapping: string;
    readonly loss: string;
    readonly regularizer: string;
    readonly formula: string;
    /** Lengths of the target's axes. */
    readonly shape: readonly number[];
    readonly observed: number;
    readonly lambda: number;
    readonly lambdaMax: number;
  };
  readonly verdict: Verdict;
  readonly status: RunStatus;
  readonly objective: number;
  readonly lowerBound: number | null;
  readonly gap: Gap | null;
  readonly gapTolerance: number;
  /** The dual point is scale · Z; Z comes from the factors, or from the array `dual` of the factors file when an earlier point bounds better. */
  readonly dual: {
    readonly source: "factors" | "array";
    readonly scale: number;
    /** Of the polar at the dual array. */
    readonly witness: WitnessRecord | null;
  } | null;
  readonly polar: (PolarBracket & { readonly witness: WitnessRecord }) | null;
  readonly branches: readonly BranchReport[];
  readonly evidence: Evidence | null;
  readonly extra: ExtraValues | null;
  readonly stationarity: number;
  /** What was added to the objective and taken from the lower bound for rounding. */
  readonly rounding: { readonly objective: number; readonly lowerBound: number } | null;
  readonly seed: number | null;
  readonly iterations: number;
  readonly seconds: number;
  /** Digest of everything above, in canonical JSON: shows an accident, not a forger; `verify` does not rely on it. */
  readonly seal: string;
}
