import { describe, expect, it } from "vitest";
import { decodePanelMessage, pngBytes } from "../../../extension/protocol/codec.ts";
import type { PanelToHost } from "../../../extension/protocol/panel.ts";
import { decodeWorkerMessage } from "../../../extension/protocol/worker-codec.ts";
import { batchOf, finishedOf, pathMessages, pathPointOf, problem, progressAt } from "./samples.ts";

const good: readonly PanelToHost[] = [
  { kind: "ready" },
  { kind: "ack", runId: 1, points: 20 },
  { kind: "drawn", runId: 0, points: 0 },
  { kind: "run" },
  { kind: "cancel" },
  { kind: "path" },
  { kind: "lambda", to: "config", pathId: 2, point: 7 },
  { kind: "lambda", to: "clipboard", pathId: 0, point: 0 },
  { kind: "action", action: "add-zero-branch" },
  { kind: "apply", runId: 1, finding: 0, suggestion: 2 },
  { kind: "export", format: "csv" },
  { kind: "export", format: "path-json" },
  { kind: "export", format: "png", png: "data:image/png;base64,AAEC" },
  { kind: "export", format: "path-png", png: "data:image/png;base64,AAEC" },
  { kind: "reveal", path: "regularizer.norms[1]" },
  { kind: "explain", code: "degree-mismatch" },
];

const bad: readonly unknown[] = [
  undefined,
  null,
  "ready",
  7,
  [],
  {},
  { kind: "toString" },
  { kind: "__proto__" },
  { kind: "eval", code: "1" },
  { kind: ["ready"] },
  { kind: "ack", runId: "1", points: 2 },
  { kind: "ack", runId: 1, points: -1 },
  { kind: "drawn", runId: 1, points: Number.NaN },
  { kind: "action", action: "constructor" },
  { kind: "apply", runId: 1, finding: 0.5, suggestion: 0 },
  { kind: "lambda", to: "shell", pathId: 1, point: 0 },
  { kind: "lambda", to: "config", pathId: 1, point: -1 },
  { kind: "lambda", to: "config", point: 1 },
  { kind: "export", format: "exe" },
  { kind: "export", format: "png" },
  { kind: "export", format: "path-png" },
  { kind: "export", format: "png", png: "data:text/html;base64,AAEC" },
  { kind: "reveal", path: "x".repeat(2000) },
  { kind: "explain", code: "../../etc/passwd" },
  { kind: "explain", code: "" },
];

describe("messages of the panel", () => {
  it.each(good)("lets through %j", (message) => {
    expect(decodePanelMessage({ ...message })).toEqual(message);
  });

  it.each(bad)("refuses %j", (message) => {
    expect(decodePanelMessage(message)).toBeUndefined();
  });

  it("passes no field that it did not check", () => {
    expect(decodePanelMessage({ kind: "run", path: "/etc" })).toEqual({ kind: "run" });
  });

  it("reads the bytes of a chart", () => {
    expect([...pngBytes("data:image/png;base64,AAEC")]).toEqual([0, 1, 2]);
  });
});

describe("messages of the worker", () => {
  it("lets through every kind", () => {
    const messages = [
      { kind: "started", runId: 1, problem },
      batchOf(1, [1, 2]),
      finishedOf(1),
      ...pathMessages(1, [3, 2]),
      { kind: "path-progress", runId: 1, progress: progressAt(2) },
      { kind: "rejected", runId: 1, findings: [] },
      { kind: "failed", runId: 1, message: "m", detail: "d" },
    ];
    for (const message of messages) expect(decodeWorkerMessage(message)).toBe(message);
  });

  it("refuses unknown kinds, missing ids and columns of different lengths", () => {
    const batch = batchOf(1, [1, 2]);
    const uneven = {
      ...batch,
      columns: { ...(batch.kind === "batch" ? batch.columns : {}), seconds: new Float64Array(5) },
    };
    for (const message of [
      null,
      { kind: "started" },
      { kind: "hello", runId: 1 },
      uneven,
      { kind: "finished", runId: 1 },
      { kind: "path-started", runId: 1, problem, lambdas: [] },
      { kind: "path-started", runId: 1, problem, lambdas: ["3"] },
      { kind: "path-point", runId: 1, point: { ...pathPointOf(3), gap: 4 } },
      { kind: "path-point", runId: 1, point: { ...pathPointOf(3), rank: null } },
      { kind: "path-finished", runId: 1, status: "converged" },
    ]) {
      expect(decodeWorkerMessage(message)).toBeUndefined();
    }
  });
});
