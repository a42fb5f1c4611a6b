/** Shallow validation of what the host sends: unknown or broken messages are ignored, never thrown at the reader. */
import type { HostToPanel, PanelState, SeriesDelta } from "../extension/protocol/panel.ts";

const PHASES: ReadonlySet<unknown> = new Set(["empty", "loading", "running", "finished", "failed"]);

export function readHostMessage(data: unknown): HostToPanel | undefined {
  if (!isRecord(data)) return undefined;
  switch (data["kind"]) {
    case "state":
      return isPanelState(data["state"]) ? { kind: "state", state: data["state"] } : undefined;
    case "series": {
      const delta = readDelta(data["delta"]);
      return delta === undefined ? undefined : { kind: "series", delta };
    }
    case "notice":
      return typeof data["text"] === "string"
        ? { kind: "notice", text: data["text"], severity: data["severity"] === "error" ? "error" : "info" }
        : undefined;
    default:
      return undefined;
  }
}

function isPanelState(value: unknown): value is PanelState {
  return (
    isRecord(value) &&
    typeof value["configName"] === "string" &&
    typeof value["configUri"] === "string" &&
    typeof value["runId"] === "number" &&
    PHASES.has(value["phase"]) &&
    typeof value["outOfDate"] === "boolean" &&
    ["problem", "progress", "snapshot", "result"].every((key) => value[key] === null || isRecord(value[key])) &&
    Array.isArray(value["findings"]) &&
    value["findings"].every(isRecord) &&
    Array.isArray(value["history"]) &&
    value["history"].every(isRecord) &&
    (value["path"] === null || isPathState(value["path"]))
  );
}

function isPathState(value: unknown): boolean {
  return (
    isRecord(value) &&
    typeof value["pathId"] === "number" &&
    value["phase"] !== "empty" &&
    PHASES.has(value["phase"]) &&
    ["problem", "progress"].every((key) => value[key] === null || isRecord(value[key])) &&
    Array.isArray(value["lambdas"]) &&
    value["lambdas"].every((lambda) => typeof lambda === "number") &&
    Array.isArray(value["points"]) &&
    value["points"].every(isRecord)
  );
}

function readDelta(value: unknown): SeriesDelta | undefined {
  if (!isRecord(value)) return undefined;
  const { runId, from } = value;
  const iteration = readColumn(value["iteration"]);
  const seconds = readColumn(value["seconds"]);
  const objective = readColumn(value["objective"]);
  const lowerBound = readColumn(value["lowerBound"]);
  if (typeof runId !== "number" || typeof from !== "number" || !Number.isInteger(from) || from < 0) return undefined;
  if (iteration === undefined || seconds === undefined || objective === undefined || lowerBound === undefined) {
    return undefined;
  }
  return { runId, from, iteration, seconds, objective, lowerBound };
}

/** A float64 column; plain number arrays too, which is what a JSON bridge would make of it. */
function readColumn(value: unknown): Float64Array | undefined {
  if (value instanceof Float64Array) return value;
  if (!Array.isArray(value)) return undefined;
  return Float64Array.from(value, (item: unknown) => (typeof item === "number" ? item : Number.NaN));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
