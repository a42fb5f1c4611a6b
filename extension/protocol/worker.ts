/** What host and worker thread say to each other: one worker serves one run. Types only; `worker-codec.ts` validates. */
import type {
  CertificateSnapshot,
  Factors,
  Finding,
  ProblemSummary,
  Progress,
  RunAction,
  RunResult,
} from "@optimality-lens/engine";

/** The time series of a run, one array per column, all of one length. */
export interface SeriesColumns {
  readonly iteration: Float64Array;
  readonly seconds: Float64Array;
  readonly objective: Float64Array;
  /** NaN where none was proven yet. */
  readonly lowerBound: Float64Array;
}

export interface ResumeFrom {
  readonly action: RunAction;
  /** The point to continue from, or the factors file that holds it. */
  readonly from: { readonly factors: Factors } | { readonly factorsFile: string };
}

export interface RunJob {
  readonly runId: number;
  /** Absolute path of the saved config. */
  readonly configPath: string;
  /** Absent: start as the config says. */
  readonly resume: ResumeFrom | null;
  /** One Int32; anything but 0 asks the run to stop. */
  readonly cancel: SharedArrayBuffer;
  /** Write certificate and factors beside the config when the run finishes. */
  readonly writeCertificate: boolean;
}

/** Absolute paths of what was written. */
export interface WrittenFiles {
  readonly certificate: string;
  readonly factors: string;
}

export type WorkerToHost =
  | { readonly kind: "started"; readonly runId: number; readonly problem: ProblemSummary }
  /** Everything since the last batch, at most ten a second; the columns are transferred. */
  | {
      readonly kind: "batch";
      readonly runId: number;
      readonly columns: SeriesColumns;
      readonly progress: Progress | null;
      readonly snapshot: CertificateSnapshot | null;
    }
  | {
      readonly kind: "finished";
      readonly runId: number;
      readonly result: RunResult;
      readonly factors: Factors;
      readonly files: WrittenFiles | null;
      /** Why the certificate could not be written, when it should have been. */
      readonly writeFailure: string | null;
    }
  /** The input cannot be used; the findings say why. */
  | { readonly kind: "rejected"; readonly runId: number; readonly findings: readonly Finding[] }
  /** Our fault: one line for people, the stack for the log. */
  | { readonly kind: "failed"; readonly runId: number; readonly message: string; readonly detail: string };
