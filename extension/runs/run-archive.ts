/**
 * Finished runs and paths on disk, so that a window reload finds the panel again with its run and path. One JSON file, replaced atomically;
 * a file that cannot be read means no history, never a failure.
 */
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import type { Factors } from "@optimality-lens/engine";
import type { Log } from "../log.ts";
import { messageOf } from "../log.ts";
import type { SeriesColumns } from "../protocol/worker.ts";
import { isPathPoint } from "../protocol/worker-codec.ts";
import type { PathRun } from "./path-run.ts";
import type { Run } from "./run.ts";
import type { History, StoredRun } from "./run-store.ts";
import { decimate, Series } from "./series.ts";

const VERSION = 2;
/** Newest runs kept, over all configs. */
const MAX_RUNS = 30;
const MAX_POINTS = 2000;
/** Factors that no file holds (a cancelled run) are kept up to this many numbers. */
const MAX_FACTOR_NUMBERS = 500_000;

const NOTHING: History = { runs: [], paths: [] };

interface ArchivedRun {
  readonly run: Omit<Run, "factors"> & { readonly factors: { branches: number; values: readonly string[] } | null };
  /** Columns as base64 of little-endian float64: exact, NaN included. */
  readonly series: Readonly<Record<keyof SeriesColumns, string>>;
}

function toBase64(values: Float64Array): string {
  return Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString("base64");
}

function fromBase64(text: unknown): Float64Array {
  const bytes = Buffer.from(String(text), "base64");
  const aligned = new Uint8Array(bytes.length - (bytes.length % 8));
  aligned.set(bytes.subarray(0, aligned.length));
  return new Float64Array(aligned.buffer);
}

function archiveFactors(run: Run): ArchivedRun["run"]["factors"] {
  const { factors, factorsFile } = run;
  if (factors === null || factorsFile !== null) return null;
  if (factors.values.reduce((all, value) => all + value.length, 0) > MAX_FACTOR_NUMBERS) return null;
  return { branches: factors.branches, values: factors.values.map(toBase64) };
}

export function encodeArchive({ runs: stored, paths }: History): string {
  const runs = stored.slice(-MAX_RUNS).map(({ run, series }): ArchivedRun => {
    const columns = decimate(series.slice(), MAX_POINTS);
    return {
      run: { ...run, factors: archiveFactors(run) },
      series: {
        iteration: toBase64(columns.iteration),
        seconds: toBase64(columns.seconds),
        objective: toBase64(columns.objective),
        lowerBound: toBase64(columns.lowerBound),
      },
    };
  });
  return JSON.stringify({ version: VERSION, runs, paths: paths.slice(-MAX_RUNS) });
}

/** Infinity and NaN are `null` in JSON; a record that lacks what a view needs is dropped. */
export function decodeArchive(text: string): History {
  const parsed: unknown = JSON.parse(text);
  if (typeof parsed !== "object" || parsed === null) return NOTHING;
  const { version, runs, paths } = parsed as { version?: unknown; runs?: unknown; paths?: unknown };
  if (version !== VERSION || !Array.isArray(runs)) return NOTHING;
  return {
    runs: runs.map(decodeRun).filter((stored) => stored !== undefined),
    // Archives of earlier versions have none.
    paths: Array.isArray(paths) ? paths.filter(isPath) : [],
  };
}

function decodeRun(value: unknown): StoredRun | undefined {
  const { run, series: columns } = (value ?? {}) as Partial<ArchivedRun>;
  if (run === undefined || columns === undefined || !isReadable(run)) return undefined;
  const series = new Series();
  const decoded = {
    iteration: fromBase64(columns.iteration),
    seconds: fromBase64(columns.seconds),
    objective: fromBase64(columns.objective),
    lowerBound: fromBase64(columns.lowerBound),
  };
  if (new Set(Object.values(decoded).map((column) => column.length)).size !== 1) return undefined;
  series.append(decoded);
  const factors: Factors | null =
    run.factors === null ? null : { branches: run.factors.branches, values: run.factors.values.map(fromBase64) };
  return { run: { ...run, factors }, series };
}

function hasConfig(record: { readonly id: number; readonly config: Partial<Run["config"]> | undefined }): boolean {
  const { id, config } = record;
  return (
    Number.isSafeInteger(id) &&
    typeof config?.uri === "string" &&
    typeof config.path === "string" &&
    typeof config.name === "string"
  );
}

function isPath(value: unknown): value is PathRun {
  const path = (value ?? {}) as PathRun;
  const { phase, lambdas, points, inputs } = path;
  return (
    hasConfig(path) &&
    (phase === "finished" || phase === "failed") &&
    Array.isArray(lambdas) &&
    Array.isArray(inputs) &&
    Array.isArray(points) &&
    points.every(isPathPoint)
  );
}

function isReadable(run: ArchivedRun["run"]): boolean {
  return (
    hasConfig(run) &&
    (run.phase === "failed" || (run.phase === "finished" && run.result !== null)) &&
    Array.isArray(run.findings) &&
    Array.isArray(run.inputs)
  );
}

/** The file the runs live in. Writes follow one another; only the newest text counts. */
export class RunArchive {
  readonly #file: string;
  readonly #log: Log;
  #pending: string | undefined;
  #writing: Promise<void> = Promise.resolve();

  constructor(file: string, log: Log) {
    this.#file = file;
    this.#log = log;
  }

  async read(): Promise<History> {
    try {
      return decodeArchive(await readFile(this.#file, "utf8"));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") {
        this.#log.warn(`the history of runs could not be read and starts empty: ${messageOf(error)}`);
      }
      return NOTHING;
    }
  }

  write(history: History): void {
    this.#pending = encodeArchive(history);
    this.#writing = this.#writing.then(() => this.#flush());
  }

  /** Resolves when everything is on disk. */
  settled(): Promise<void> {
    return this.#writing;
  }

  async #flush(): Promise<void> {
    const text = this.#pending;
    if (text === undefined) return;
    this.#pending = undefined;
    const temporary = `${this.#file}.new`;
    try {
      await mkdir(dirname(this.#file), { recursive: true });
      await writeFile(temporary, text);
      await rename(temporary, this.#file);
    } catch (error) {
      this.#log.error(`the history of runs could not be kept: ${messageOf(error)}`);
    }
  }
}
