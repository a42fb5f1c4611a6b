/** Runs a config of examples/ and reads its data, without the engine's readers. */
import { readFileSync } from "node:fs";
import path from "node:path";
import type { RunOutcome } from "@optimality-lens/engine";
import { loadProblem } from "@optimality-lens/engine/node";
import { solve } from "./problems.ts";

export const examples = path.resolve(import.meta.dirname, "../../examples");

export async function diagnose(file: string): Promise<RunOutcome> {
  const loaded = await loadProblem(path.join(examples, file));
  if (!loaded.ok) throw new Error(`${file}: ${loaded.findings.map(({ message }) => message).join("; ")}`);
  return (await solve(loaded.loaded.problem)).outcome;
}

/** Rows of a csv file; NaN where a cell is empty. */
export function readCsv(file: string): number[][] {
  const lines = readFileSync(path.join(examples, file), "utf8").trimEnd().split("\n");
  return lines.map((line) => line.split(",").map((cell) => (cell === "" ? Number.NaN : Number(cell))));
}

/** The entries of a .npy file of version 1, last axis fastest. */
export function readNpy(file: string): Float64Array {
  const bytes = readFileSync(path.join(examples, file));
  const start = 10 + bytes.readUInt16LE(8);
  if (bytes.toString("latin1", 10, start).includes("'|i1'"))
    return Float64Array.from(new Int8Array(bytes.subarray(start)));
  return Float64Array.from({ length: (bytes.length - start) / 8 }, (_, k) => bytes.readDoubleLE(start + 8 * k));
}
