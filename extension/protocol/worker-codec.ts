/** Checks what crosses the worker boundary. Both ends are ours: kinds, ids and array lengths are checked, records are not walked. */
import type { PathPoint } from "@optimality-lens/engine";
import type { SeriesColumns, WorkerToHost } from "./worker.ts";

type Fields = Readonly<Record<string, unknown>>;

function isRecord(value: unknown): value is Fields {
  return typeof value === "object" && value !== null;
}

function isColumns(value: unknown): value is SeriesColumns {
  if (!isRecord(value)) return false;
  const columns = [value["iteration"], value["seconds"], value["objective"], value["lowerBound"]];
  const lengths = columns.map((column) => (column instanceof Float64Array ? column.length : -1));
  return lengths[0] !== -1 && lengths.every((length) => length === lengths[0]);
}

function isNumber(value: unknown): value is number {
  return typeof value === "number";
}

const POINT_NUMBERS = ["lambda", "relative", "rank", "objective", "loss", "regularizer", "iterations", "seconds"];

/** What a view of a point needs; of a path that was kept on disk too. */
export function isPathPoint(value: unknown): value is PathPoint {
  if (!isRecord(value)) return false;
  const { gap, lowerBound } = value;
  return (
    POINT_NUMBERS.every((name) => isNumber(value[name])) &&
    ["verdict", "status", "reason"].every((name) => typeof value[name] === "string") &&
    (lowerBound === null || isNumber(lowerBound)) &&
    (gap === null || (isRecord(gap) && isNumber(gap["absolute"]) && isNumber(gap["relative"])))
  );
}

function isFactors(value: unknown): boolean {
  return (
    isRecord(value) &&
    typeof value["branches"] === "number" &&
    Array.isArray(value["values"]) &&
    value["values"].every((factor) => factor instanceof Float64Array)
  );
}

const CHECKS: Readonly<Record<WorkerToHost["kind"], (message: Fields) => boolean>> = {
  started: (message) => isRecord(message["problem"]),
  batch: (message) => isColumns(message["columns"]),
  finished: (message) => isRecord(message["result"]) && isFactors(message["factors"]),
  "path-started": ({ problem, lambdas }) =>
    isRecord(problem) && Array.isArray(lambdas) && lambdas.length > 0 && lambdas.every(isNumber),
  "path-progress": (message) => isRecord(message["progress"]),
  "path-point": (message) => isPathPoint(message["point"]),
  "path-finished": ({ status }) => status === "complete" || status === "cancelled",
  rejected: (message) => Array.isArray(message["findings"]),
  failed: (message) => typeof message["message"] === "string" && typeof message["detail"] === "string",
};

export function decodeWorkerMessage(value: unknown): WorkerToHost | undefined {
  if (!isRecord(value) || typeof value["runId"] !== "number") return undefined;
  const kind = value["kind"];
  if (typeof kind !== "string" || !Object.hasOwn(CHECKS, kind)) return undefined;
  return CHECKS[kind as WorkerToHost["kind"]](value) ? (value as unknown as WorkerToHost) : undefined;
}
