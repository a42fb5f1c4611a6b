/** Something wrong with a config, before it has a place in the text. */
import type { FindingCode, Suggestion } from "../diagnose/finding.ts";
import type { Segment } from "./path.ts";

export interface Issue {
  readonly code: FindingCode;
  readonly message: string;
  readonly path: readonly Segment[];
  /** Point at the key, not the value. */
  readonly atKey?: boolean;
  readonly suggestions?: readonly Suggestion[];
}

/** A value as it would be written, cut to 60 characters. */
export function show(value: unknown): string {
  const text = typeof value === "number" ? String(value) : (JSON.stringify(value) ?? String(value));
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}
