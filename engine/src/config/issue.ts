/** Something wrong with a config, before it has a place in the text. */
import type { FindingCode, Suggestion } from "../diagnose/finding.ts";
import { formatPath, type Segment } from "./path.ts";

export interface Issue {
  readonly code: FindingCode;
  readonly message: string;
  readonly path: readonly Segment[];
  /** Point at the key, not the value. */
  readonly atKey?: boolean;
  readonly suggestions?: readonly Suggestion[];
}

/** `message` follows the path: "3 norms for 2 factors". */
export function issueAt(
  code: FindingCode,
  path: readonly Segment[],
  message: string,
  suggestions: readonly Suggestion[] = [],
): Issue {
  return { code, message: `${formatPath(path)}: ${message}`, path, suggestions };
}

export function invalidValue(
  path: readonly Segment[],
  message: string,
  suggestions: readonly Suggestion[] = [],
): Issue {
  return issueAt("invalid-value", path, message, suggestions);
}

export function setSuggestion(path: readonly Segment[], value: unknown, title?: string): Suggestion {
  const shown = formatPath(path);
  return {
    kind: "edit",
    title: title ?? `set ${shown} to ${typeof value === "string" ? value : JSON.stringify(value)}`,
    edits: [{ op: "set", path: shown, value }],
  };
}

export function removalSuggestion(path: readonly Segment[]): Suggestion {
  const shown = formatPath(path);
  return { kind: "edit", title: `remove ${shown}`, edits: [{ op: "remove", path: shown }] };
}

/** A value as it would be written, cut to 60 characters. */
export function show(value: unknown): string {
  const text = typeof value === "number" ? String(value) : (JSON.stringify(value) ?? String(value));
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}
