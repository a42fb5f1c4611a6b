/** The schema's complaints, said for people: which key, which value, what to write instead. */
import type { z } from "zod";
import type { Suggestion } from "../diagnose/finding.ts";
import { entryIn } from "./example.ts";
import { type Issue, removalSuggestion, setSuggestion, show } from "./issue.ts";
import { nearest } from "./near.ts";
import { formatPath, type Segment } from "./path.ts";
import { keyInfoAt, keyReference, knownKeysAt, knownWordsAt } from "./reference.ts";

type SchemaIssue = z.core.$ZodIssue;

/** What to add for a key that is missing. */
const STARTERS: Readonly<Record<string, { readonly value: unknown; readonly line: string }>> = {
  data: { value: { target: "y.csv" }, line: "data: {target: y.csv}" },
  "data.target": { value: "y.csv", line: "data: {target: y.csv}" },
  mapping: { value: { kind: "matrix" }, line: "mapping: {kind: matrix}" },
  "mapping.kind": { value: "matrix", line: "mapping: {kind: matrix}" },
  lambda: { value: { relative: 0.1 }, line: "lambda: {relative: 0.1}" },
  "lambda.relative": { value: 0.1, line: "lambda: {relative: 0.1}" },
};

export function checkWritten(schemaIssues: readonly SchemaIssue[], value: unknown): Issue[] {
  const flat = schemaIssues.flatMap((issue) => flatten(issue, [], value));
  const issues: Issue[] = [];
  const renamed = new Set<string>();
  const withUnknown = new Set<string>();
  for (const issue of flat) {
    if (issue.code !== "unrecognized_keys") continue;
    withUnknown.add(formatPath(issue.path));
    for (const name of issue.keys) {
      const found = unknownKey([...issue.path, name], name, value);
      if (found.covers !== undefined) renamed.add(found.covers);
      issues.push(found.issue);
    }
  }
  for (const issue of flat) {
    if (issue.code === "unrecognized_keys") continue;
    const missing = issue.path.length > 0 && lookUp(value, issue.path) === undefined;
    const path = formatPath(issue.path);
    // Which keys are missing or too many is only known once those that are there are.
    if (issue.message !== undefined && withUnknown.has(path)) continue;
    if (missing && [...renamed].some((covered) => covered === path || covered.startsWith(`${path}.`))) continue;
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
  /** What a rule of our own says. */
  readonly message?: string;
}

/** Follows a union into the one alternative that has the value's own type and most of its keys; otherwise stays at the union. */
function flatten(issue: SchemaIssue, prefix: readonly Segment[], value: unknown): FlatIssue[] {
  const path = [...prefix, ...issue.path.map((part) => (typeof part === "number" ? part : String(part)))];
  if (issue.code === "invalid_union") {
    const only = fittingAlternative(issue.errors);
    if (only !== undefined && lookUp(value, path) !== undefined)
      return only.flatMap((inner) => flatten(inner, path, value));
    const named = issue.errors.flatMap(constantsIn);
    return [{ code: issue.code, path, keys: [], options: named.map(String), wholeNumber: false }];
  }
  const keys = issue.code === "unrecognized_keys" ? issue.keys : [];
  const options = issue.code === "invalid_value" ? issue.values.map(String) : [];
  const wholeNumber = issue.code === "invalid_type" && String(issue.expected) === "int";
  const flat = { code: issue.code, path, keys, options, wholeNumber };
  if (issue.code === "custom") return [{ ...flat, message: issue.message }];
  if (issue.code === "too_small" && isNumeric(issue.origin))
    return [{ ...flat, bound: `${issue.inclusive === true ? "≥" : ">"} ${issue.minimum}` }];
  if (issue.code === "too_big" && isNumeric(issue.origin))
    return [{ ...flat, bound: `${issue.inclusive === true ? "≤" : "<"} ${issue.maximum}` }];
  return [flat];
}

function isNumeric(origin: string): boolean {
  return origin === "number" || origin === "int";
}

/** The one alternative that has the value's type and knows the most of its keys; undefined when two do. */
function fittingAlternative(alternatives: readonly (readonly SchemaIssue[])[]): readonly SchemaIssue[] | undefined {
  const fitting = alternatives.filter(
    (issues) => !issues.some((inner) => inner.path.length === 0 && isTypeIssue(inner)),
  );
  const unknownKeys = fitting.map((issues) =>
    issues.reduce((n, each) => (each.code === "unrecognized_keys" ? n + each.keys.length : n), 0),
  );
  const fewest = Math.min(...unknownKeys);
  const best = fitting.filter((_, i) => unknownKeys[i] === fewest);
  return best.length === 1 ? best[0] : undefined;
}

/** The words that a value may be, also in unions inside a union. */
function constantsIn(issues: readonly SchemaIssue[]): unknown[] {
  return issues.flatMap((inner) => {
    if (inner.path.length > 0) return [];
    if (inner.code === "invalid_union") return inner.errors.flatMap(constantsIn);
    return inner.code === "invalid_value" ? inner.values : [];
  });
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
  const word = wordInstead(path, name, value);
  if (word !== undefined) return { issue: word };
  if (known.includes(name)) {
    const beside = Object.keys((lookUp(value, parent) ?? {}) as object).filter((each) => each !== name);
    const message = `${shown} does not go with ${beside.join(" and ")} beside it; keep one of them`;
    return { issue: { code: "unknown-key", message, path, atKey: true, suggestions: [removalSuggestion(path)] } };
  }
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
      suggestions: [suggestion, removalSuggestion(path)],
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
      suggestions: [{ kind: "edit", title: `move to ${home}`, edits }, removalSuggestion(path)],
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
      suggestions: [removalSuggestion(path)],
    },
  };
}

/** `{relu: 1}` or `{dense: 5, relu: 1}`, where `relu` is a word. */
function wordInstead(path: readonly Segment[], name: string, value: unknown): Issue | undefined {
  const parent = path.slice(0, -1);
  const words = knownWordsAt(parent);
  const known = words.includes(name);
  const word = known ? name : nearest(name, words);
  if (word === undefined || (!known && nearest(name, knownKeysAt(parent)) !== undefined)) return undefined;
  const shown = formatPath(path);
  const alone = Object.keys((lookUp(value, parent) ?? {}) as object).length === 1;
  if (!alone && !known) return undefined;
  const write = alone ? `write ${word} alone` : `write ${word} without braces, as a value of its own`;
  const message = known
    ? `${shown}: ${word} has no settings; ${write}`
    : `unknown key ${shown}; did you mean the word ${word}?`;
  const suggestion = alone ? setSuggestion(parent, word, `write ${word} alone`) : removalSuggestion(path);
  return { code: "unknown-key", message, path, atKey: true, suggestions: [suggestion] };
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
  const hint = info?.hint ?? "write one of these";
  const suggestions: Suggestion[] = [];
  let message: string;
  if (issue.message !== undefined) message = `${name}: ${issue.message}`;
  else if (value === null || value === undefined) message = `${name}: no value; ${hint}`;
  else if (issue.bound !== undefined) message = `${name}: ${show(value)} is not ${issue.bound}; ${hint}`;
  else if (issue.wholeNumber && typeof value === "number")
    message = `${name}: ${show(value)} is not a whole number; ${hint}`;
  else if (typeof value === "string" && knownKeysAt(issue.path).includes(value)) {
    const example = entryIn(keyInfoAt([...issue.path, value])?.example ?? "", value);
    message = `${name}: ${value} needs a value; write ${example?.text ?? `{${value}: …}`}`;
    if (example !== undefined) suggestions.push(setSuggestion(issue.path, example.value));
  } else if (isNumberInQuotes(value) && /number/.test(info?.values ?? "")) {
    message = `${name}: ${show(value)} is text, not a number; remove the quotes`;
    suggestions.push(setSuggestion(issue.path, Number(value)));
  } else {
    const near = typeof value === "string" ? nearest(value, issue.options) : undefined;
    const nearKey =
      typeof value === "string" && near === undefined ? nearest(value, knownKeysAt(issue.path)) : undefined;
    const meant = near ?? (nearKey === undefined ? undefined : `{${nearKey}: …}`);
    if (near !== undefined) suggestions.push(setSuggestion(issue.path, near));
    const values = info?.values ?? (meant === undefined ? listAt(issue.path) : "understood");
    message = `${name}: ${show(value)} is not ${values}; ${meant === undefined ? hint : `did you mean ${meant}?`}`;
  }
  return { code: "invalid-value", message, path: issue.path, suggestions };
}

function isNumberInQuotes(value: unknown): boolean {
  return typeof value === "string" && value.trim() !== "" && Number.isFinite(Number(value));
}

/** The words and keys that may stand at `path`, where nothing better is said: at the items of a list. */
function listAt(path: readonly Segment[]): string {
  const words = knownWordsAt(path);
  const keys = knownKeysAt(path).filter((name) => !words.includes(name));
  const choices = [...words, ...keys.map((name) => `{${name}: …}`)];
  return choices.length === 0 ? "understood" : `one of ${choices.join(", ")}`;
}

function lookUp(value: unknown, path: readonly Segment[]): unknown {
  let at: unknown = value;
  for (const segment of path) {
    if (typeof at !== "object" || at === null || !Object.hasOwn(at, segment)) return undefined;
    at = (at as Record<Segment, unknown>)[segment];
  }
  return at;
}
