/** What the commands have of the process: its streams, its signals, its exit codes, and the form of a refusal. */
import type { Finding } from "../diagnose/finding.ts";
import type { CancelSignal } from "../events.ts";
import { countText, findingsText } from "./report.ts";
import { createStyle } from "./style.ts";

export interface CliIo {
  readonly stdout: { write(text: string): void; readonly isTTY: boolean };
  readonly stderr: { write(text: string): void; readonly isTTY: boolean };
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Ctrl-C: the run stops and what was reached is kept. */
  readonly signal: CancelSignal;
  /** Milliseconds, monotonic. */
  readonly clock: () => number;
  /** Lets other events of the process happen. */
  readonly pause: () => Promise<void>;
  /** A run begins: from here on there is something to keep. */
  readonly onRun?: () => void;
}

export const OK = 0;
export const FOUND = 1;
export const BAD_INPUT = 2;
export const FAULT = 3;
export type ExitCode = typeof OK | typeof FOUND | typeof BAD_INPUT | typeof FAULT;

interface JsonOption {
  readonly json?: boolean | undefined;
}

export function writeJson(io: CliIo, value: unknown): void {
  io.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}

/** Bad usage, in a line; with `--json` also as the one document. */
export function refuse(message: string, { json }: JsonOption, io: CliIo): typeof BAD_INPUT {
  io.stderr.write(`optimality: ${message}\n`);
  if (json === true) writeJson(io, { version: 1, error: message });
  return BAD_INPUT;
}

/** A config that cannot be run, and why. */
export function refuseConfig(
  file: string,
  findings: readonly Finding[],
  { json }: JsonOption,
  io: CliIo,
): typeof BAD_INPUT {
  io.stderr.write(findingsText(file, findings, createStyle(io.stderr.isTTY, io.env)));
  if (json === true) writeJson(io, { version: 1, error: `${file}: ${countText(1, findings)}`, findings });
  return BAD_INPUT;
}
