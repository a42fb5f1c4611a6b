/** The schema's complaints, said for people: which key, which value, what to write instead. */
import type { z } from "zod";
import type { Suggestion } from "../diagnose/finding.ts";
import { type Issue, show } from "./issue.ts";
import { nearest } from "./near.ts";
import { formatPath, isUnder, type Segment } from "./path.ts";
import { keyInfoAt, keyReference, knownKeysAt } from "./reference.ts";

type SchemaIssue = z.core.$ZodIssue;

/** What to add for a key that is missing. */
const STARTERS: Readonly<Record<string, { readonly value: unknown; readonly line: string }>> = {
  data: { value: { target: "y.csv" }, line: "data: {target: y.csv}" },
  "data.target": { value: "y.csv", line: "data: {target: y.csv}" },
  mapping: { value: { kind: "matrix" }, line: "mapping: {kind: matrix}" },
  "mapping.kind": { value: "matrix", line: "mapping: {kind: matrix}" },
  lambda: { value: { relative: 0.1 }, line: "lambda: {relative: 0.1}" },
  "lambda.relative": { value: 0.1, line: "lambda: {relative: 0.1}" },
  "loss.squared": { value: 1, line: "loss: squared" },
  "start.random": { value: { seed: 1 }, line: "start: {random: {seed: 1}}" },
};

/** `later` are the paths that belong to later versions: they have their own finding. */
export function checkWritten(
  schemaIssues: readonly SchemaIssue[],
  value: unknown,
  later: readonly (readonly Segment[])[],
): Issue[] {
  const flat = schemaIssues.flatMap((issue) => flatten(issue, [], value));
  const issues: Issue[] = [];
  const renamed = new Set<string>();
  for (const issue of flat) {
    if (issue.code !== "unrecognized_keys") continue;
    for (const name of issue.keys) {
      const path = [...issue.path, name];
      if (later.some((laterPath) => isUnder(path, laterPath))) continue;
      const found = unknownKey(path, name, value);
      if (found.covers !== undefined) renamed.add(found.covers);
      issues.push(found.issue);
    }
  }
  for (const issue of flat) {
    if (issue.code === "unrecognized_keys") continue;
    if (later.some((path) => isUnder(issue.path, path) || isUnder(path, issue.path))) continue;
    const missing = issue.path.length > 0 && lookUp(value, issue.path) === undefined;
    // `loss: {huber: 1}` lacks nothing: its one key of this version is replaced by one of a later version.
    const parent = issue.path.slice(0, -1);
    if (missing && knownKeysAt(parent).length === 1 && later.some((path) => isUnder(path, parent))) continue;
    if (
      missing &&
      (renamed.has(formatPath(issue.path)) ||
        [...renamed].some((path) => path.startsWith(`${formatPath(issue.path)}.`)))
    )
      continue;
    issues.push(missing ? missingKey(issue.path) : wrongValue(issue, lookUp(value, issue.path)));
  }
  return issues;
}

interface FlatIssue {
  readonly code: SchemaIssue["code"];
  readonly path: readonly Segment[];
  readonly keys: readonly string[];
  /** How a number breaks its range: `> 0`. */
  readonly bound?: string;
  readonly options: readonly string[];
  readonly wholeNumber: boolean;
}

/** Follows a union into the one alternative that has the value's own type; otherwise stays at the union. */
function flatten(issue: SchemaIssue, prefix: readonly Segment[], value: unknown): FlatIssue[] {
  const path = [...prefix, ...issue.path.map((part) => (typeof part === "number" ? part : String(part)))];
  if (issue.code === "invalid_union") {
    const fitting = issue.errors.filter(
      (branch) => !branch.some((inner) => inner.path.length === 0 && isTypeIssue(inner)),
    );
    const only = fitting.length === 1 ? fitting[0] : undefined;
    if (only !== undefined && lookUp(value, path) !== undefined)
      return only.flatMap((inner) => flatten(inner, path, value));
    const named = issue.errors
      .flat()
      .flatMap((inner) => (inner.path.length === 0 && inner.code === "invalid_value" ? inner.values : []));
    return [{ code: issue.code, path, keys: [], options: named.map(String), wholeNumber: false }];
  }
  const keys = issue.code === "unrecognized_keys" ? issue.keys : [];
  const options = issue.code === "invalid_value" ? issue.values.map(String) : [];
  const wholeNumber = issue.code === "invalid_type" && String(issue.expected) === "int";
  const flat = { code: issue.code, path, keys, options, wholeNumber };
  if (issue.code === "too_small" && typeof issue.minimum === "number" && issue.origin !== "string") {
    return [{ ...flat, bound: `${issue.inclusive === true ? "≥" : ">"} ${issue.minimum}` }];
  }
  if (issue.code === "too_big" && typeof issue.maximum === "number" && issue.origin !== "string") {
    return [{ ...flat, bound: `≤ ${issue.maximum}` }];
  }
  return [flat];
}

function isTypeIssue(issue: SchemaIssue): boolean {
  return issue.code === "invalid_type" || issue.code === "invalid_value";
}

function unknownKey(
  path: readonly Segment[],
  name: string,
  value: unknown,
): { readonly issue: Issue; readonly covers?: string } {
  const parent = path.slice(0, -1);
  const known = knownKeysAt(parent);
  const shown = formatPath(path);
  const near = nearest(
    name,
    known.filter((candidate) => lookUp(value, [...parent, candidate]) === undefined),
  );
  if (near !== undefined) {
    const to = formatPath([...parent, near]);
    const suggestion: Suggestion = {
      kind: "edit",
      title: `rename to ${near}`,
      edits: [{ op: "rename", path: shown, to: near }],
    };
    const issue: Issue = {
      code: "unknown-key",
      message: `unknown key ${shown}; did you mean \`${to}\`?`,
      path,
      atKey: true,
      suggestions: [suggestion, removal(shown)],
    };
    return { issue, covers: to };
  }
  // The right key at the wrong place: `gap` beside `search`.
  const elsewhere = keyReference().filter((entry) => entry.path.endsWith(`.${name}`) && !entry.path.includes("[]"));
  const home = elsewhere.length === 1 ? elsewhere[0]?.path : undefined;
  if (home !== undefined) {
    const moved = lookUp(value, path);
    const edits = [
      { op: "remove" as const, path: shown },
      { op: "set" as const, path: home, value: moved },
    ];
    const issue: Issue = {
      code: "unknown-key",
      message: `unknown key ${shown}; did you mean \`${home}\`?`,
      path,
      atKey: true,
      suggestions: [{ kind: "edit", title: `move to ${home}`, edits }, removal(shown)],
    };
    return { issue, covers: home };
  }
  const list = known.length === 0 ? "no key is known here" : `known here: ${known.join(", ")}`;
  return {
    issue: {
      code: "unknown-key",
      message: `unknown key ${shown}; ${list}`,
      path,
      atKey: true,
      suggestions: [removal(shown)],
    },
  };
}

function removal(path: string): Suggestion {
  return { kind: "edit", title: `remove ${path}`, edits: [{ op: "remove", path }] };
}

function missingKey(path: readonly Segment[]): Issue {
  const isData = path.length === 1 && path[0] === "data";
  const shown = isData ? "data.target" : formatPath(path);
  const starter = STARTERS[formatPath(path)];
  if (starter === undefined)
    return { code: "missing-key", message: `${shown} is missing; ${keyInfoAt(path)?.hint ?? "add it"}`, path };
  const edits = [{ op: "set" as const, path: formatPath(path), value: starter.value }];
  return {
    code: "missing-key",
    message: `${shown} is missing; add a line such as \`${starter.line}\``,
    path,
    suggestions: [{ kind: "edit", title: `add ${starter.line}`, edits }],
  };
}

function wrongValue(issue: FlatIssue, value: unknown): Issue {
  const info = keyInfoAt(issue.path);
  const path = formatPath(issue.path);
  const name = path === "" ? "the config" : path;
  const hint = info?.hint ?? "see the config reference";
  const suggestions: Suggestion[] = [];
  const set = (to: unknown): void => {
    suggestions.push({
      kind: "edit",
      title: `set ${path} to ${JSON.stringify(to)}`,
      edits: [{ op: "set", path, value: to }],
    });
  };
  let message: string;
  if (value === null || value === undefined) message = `${name}: no value; ${hint}`;
  else if (issue.bound !== undefined) message = `${name}: ${show(value)} is not ${issue.bound}; ${hint}`;
  else if (issue.wholeNumber && typeof value === "number")
    message = `${name}: ${show(value)} is not a whole number; ${hint}`;
  else {
    const near = typeof value === "string" ? nearest(value, issue.options) : undefined;
    const advice = near === undefined ? hint : `did you mean ${near}?`;
    if (near !== undefined) set(near);
    message = `${name}: ${show(value)} is not ${info?.values ?? "understood"}; ${advice}`;
    if (
      typeof value === "string" &&
      value.trim() !== "" &&
      Number.isFinite(Number(value)) &&
      /number/.test(info?.values ?? "")
    ) {
      message = `${name}: ${show(value)} is text, not a number; remove the quotes`;
      set(Number(value));
    }
  }
  return { code: "invalid-value", message, path: issue.path, suggestions };
}

function lookUp(value: unknown, path: readonly Segment[]): unknown {
  let at: unknown = value;
  for (const segment of path) {
    if (typeof at !== "object" || at === null || !Object.hasOwn(at, segment)) return undefined;
    at = (at as Record<Segment, unknown>)[segment];
  }
  return at;
}
