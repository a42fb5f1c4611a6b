/**
 * What host and certificate panel say to each other. Types only; `codec.ts` validates what arrives.
 * The host holds the truth (`runs/run-store.ts`); the panel is a view that can be destroyed and rebuilt at any moment.
 */
import type {
  CertificateSnapshot,
  Finding,
  PathPoint,
  PathResult,
  ProblemSummary,
  Progress,
  RunAction,
  RunResult,
} from "@optimality-lens/engine";

/** Where a run is in its life, as the panel shows it. */
export type RunPhase = "empty" | "loading" | "running" | "finished" | "failed";

/** One finished run of the same config, for the history table. */
export interface HistoryRow {
  readonly runId: number;
  /** Wall-clock start, ISO 8601. */
  readonly startedAt: string;
  readonly label: string;
  readonly verdict: string;
  readonly status: string;
  readonly objective: number;
  readonly relativeGap: number | null;
  readonly rank: number;
  readonly seconds: number;
  readonly current: boolean;
}

/** The newest λ-path of the config, as far as it has come. */
export interface PathState {
  readonly pathId: number;
  readonly phase: Exclude<RunPhase, "empty">;
  /** The config, λ aside, or its data changed since this path started. */
  readonly outOfDate: boolean;
  readonly problem: ProblemSummary | null;
  /** Descending, one for each point there is to be; empty until the data is read. */
  readonly lambdas: readonly number[];
  /** For the first of `lambdas`. */
  readonly points: readonly PathPoint[];
  /** Of the point that is being computed. */
  readonly progress: Progress | null;
  /** `null` until it is over. */
  readonly status: PathResult["status"] | null;
  /** One line: why it ended early, or why a newer one came to nothing. */
  readonly failure: string | null;
}

/** Everything but the time series. Sent whole whenever any of it changes (at most 10 times a second). */
export interface PanelState {
  readonly configName: string;
  /** URI of the config, as a string; also what the serializer keeps. */
  readonly configUri: string;
  readonly runId: number;
  readonly phase: RunPhase;
  /** The config or its data changed on disk or in the editor since this run started. */
  readonly outOfDate: boolean;
  readonly problem: ProblemSummary | null;
  readonly progress: Progress | null;
  readonly snapshot: CertificateSnapshot | null;
  readonly result: RunResult | null;
  /** One line, when phase is `failed`. */
  readonly failure: string | null;
  /** Findings of the run when finished, of the config before that. */
  readonly findings: readonly Finding[];
  readonly history: readonly HistoryRow[];
  /** Where the certificate was written, relative to the workspace. */
  readonly certificateFile: string | null;
  readonly path: PathState | null;
}

/** Points `from`, `from`+1, … of the series of one run; NaN in `lowerBound` where none was proven yet. */
export interface SeriesDelta {
  readonly runId: number;
  /** 0 replaces the series; otherwise it continues what the panel already has. */
  readonly from: number;
  readonly iteration: Float64Array;
  readonly seconds: Float64Array;
  readonly objective: Float64Array;
  readonly lowerBound: Float64Array;
}

export type HostToPanel =
  | { readonly kind: "state"; readonly state: PanelState }
  /** At most one un-acknowledged `series` is in flight. */
  | { readonly kind: "series"; readonly delta: SeriesDelta }
  /** An answer the panel shows in its live region, e.g. "certificate exported to …". */
  | { readonly kind: "notice"; readonly text: string; readonly severity: "info" | "error" };

export type ExportFormat = "certificate" | "json" | "csv" | "markdown" | "png" | "path-csv" | "path-json" | "path-png";

export type LambdaUse = "config" | "clipboard";

export type PanelToHost =
  /** The script runs and wants everything. */
  | { readonly kind: "ready" }
  /** Points received so far; lets the host send the next delta. */
  | { readonly kind: "ack"; readonly runId: number; readonly points: number }
  /** A frame with this many points is on screen (used by tests, harmless otherwise). */
  | { readonly kind: "drawn"; readonly runId: number; readonly points: number }
  | { readonly kind: "run" }
  | { readonly kind: "path" }
  /** The run, or the path. */
  | { readonly kind: "cancel" }
  /** Make the λ of point `point` of path `pathId` the config's, or copy all its digits. */
  | { readonly kind: "lambda"; readonly to: LambdaUse; readonly pathId: number; readonly point: number }
  | { readonly kind: "action"; readonly action: RunAction }
  /** Apply suggestion `suggestion` of finding `finding` (indices into PanelState.findings of run `runId`). */
  | { readonly kind: "apply"; readonly runId: number; readonly finding: number; readonly suggestion: number }
  /** A picture of a chart is drawn by the panel: `png`, a base64 data URL. */
  | { readonly kind: "export"; readonly format: ExportFormat; readonly png?: string }
  | { readonly kind: "reveal"; readonly path: string }
  | { readonly kind: "explain"; readonly code: string };
