/** Arrays that do not fit a config are findings, not exceptions. */
import type { Finding, InputCode } from "../diagnose/finding.ts";

export interface Refusal {
  readonly ok: false;
  readonly findings: readonly Finding[];
}

export function refuse(code: InputCode, path: string, message: string): Refusal {
  return { ok: false, findings: [{ code, severity: "error", message, path, explanation: "", suggestions: [] }] };
}
