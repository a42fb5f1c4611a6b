/** What host and worker thread say to each other: one worker serves one run or one λ-path. Types only; `worker-codec.ts` validates. */
import type {
  CertificateSnapshot,
  Factors,
  Finding,
  PathPoint,
  PathResult,
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

interface ConfigJob {
  readonly runId: number;
  /** Absolute path of the saved config. */
  readonly configPath: string;
  /** One Int32; anything but 0 asks for an end. */
  readonly cancel: SharedArrayBuffer;
}

export interface RunJob extends ConfigJob {
  readonly task: "run";
  /** Absent: start as the config says. */
  readonly resume: ResumeFrom | null;
  /** Write certificate and factors beside the config when the run finishes. */
  readonly writeCertificate: boolean;
}

/** How fine a λ-path is, and how far it goes. */
export interface PathExtent {
  readonly points: number;
  /** Of the last λ, as a share of λ_max, between 0 and 1; `null`: the config's own λ. */
  readonly end: number | null;
}

/** λ from λ_max down. */
export interface PathJob extends ConfigJob {
  readonly task: "path";
  readonly extent: PathExtent;
}

export type Job = RunJob | PathJob;

/** Absolute paths of what was written. */
export interface WrittenFiles {
  readonly certificate: string;
  readonly factors: string;
}

/** What a run says of itself. */
export type RunMessage =
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
    };

/** What a path says of itself; `runId` is the id of the path. */
export type PathMessage =
  | {
      readonly kind: "path-started";
      readonly runId: number;
      readonly problem: ProblemSummary;
      /** Descending; one point will come for each. */
      readonly lambdas: readonly number[];
    }
  /** Of the point that is being computed; at most ten a second. */
  | { readonly kind: "path-progress"; readonly runId: number; readonly progress: Progress }
  | { readonly kind: "path-point"; readonly runId: number; readonly point: PathPoint }
  | { readonly kind: "path-finished"; readonly runId: number; readonly status: PathResult["status"] };

export type WorkerToHost =
  | RunMessage
  | PathMessage
  /** The input cannot be used; the findings say why. */
  | { readonly kind: "rejected"; readonly runId: number; readonly findings: readonly Finding[] }
  /** Our fault: one line for people, the stack for the log. */
  | { readonly kind: "failed"; readonly runId: number; readonly message: string; readonly detail: string };
