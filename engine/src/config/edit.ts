/**
 * Edits of a config as minimal edits of its text: comments, order, quotes and untouched lines stay as they are.
 * Every edit is checked by reading the text again; where the surgical way would not give the intended value (aliases,
 * unusual layouts), the YAML library rewrites the document instead.
 */
import { Document, parseDocument } from "yaml";
import type { ConfigEdit, Range } from "../diagnose/finding.ts";
import { isJsonFile, readSource } from "./parse.ts";
import { parsePath, type Segment } from "./path.ts";
import { lineTable, plainValue, withoutByteOrderMark } from "./source.ts";
import { editText } from "./text-edit.ts";

export interface TextChange {
  /** In the text before all edits, without its byte order mark. */
  readonly range: Range;
  readonly newText: string;
}

export interface EditedText {
  /** In order, not overlapping; empty when nothing had to change or the text has syntax errors. */
  readonly edits: readonly TextChange[];
  /** The whole text after the edits. */
  readonly text: string;
}

export function editConfigText(text: string, fileName: string, edits: readonly ConfigEdit[]): EditedText {
  const before = withoutByteOrderMark(text);
  const mark = text.slice(0, text.length - before.length);
  let after = before;
  for (const edit of edits) after = applyOne(after, fileName, edit);
  return { edits: changesBetween(before, after), text: mark + after };
}

/** What a value becomes under an edit, without regard to text: the meaning of `editConfigText`. */
export function applyEditToValue(value: unknown, edit: ConfigEdit): unknown {
  const path = parsePath(edit.path);
  switch (edit.op) {
    case "set":
      return path.length === 0 ? edit.value : setIn(value, path, edit.value);
    case "remove":
      return removeIn(value, path);
    case "rename":
      return renameIn(value, path, edit.to);
  }
}

function applyOne(text: string, fileName: string, edit: ConfigEdit): string {
  const source = readSource(text, fileName);
  if (source.problems.length > 0) return text;
  const before = source.root === undefined ? undefined : plainValue(source.root);
  const intended = applyEditToValue(before, edit);
  if (same(before, intended) && edit.op !== "rename") return text;
  const reached = (candidate: string): boolean => {
    const read = readSource(candidate, fileName);
    return read.problems.length === 0 && same(read.root === undefined ? undefined : plainValue(read.root), intended);
  };
  const surgical = editText(text, source.root, edit, isJsonFile(fileName) ? "json" : "yaml");
  if (surgical !== undefined && reached(surgical)) return surgical;
  const rewritten = isJsonFile(fileName)
    ? `${JSON.stringify(intended, null, indentOf(text))}\n`
    : rewriteYaml(text, edit, intended);
  return reached(rewritten) ? rewritten : text;
}

function rewriteYaml(text: string, edit: ConfigEdit, intended: unknown): string {
  const document = parseDocument(text, { schema: "core", version: "1.2", uniqueKeys: false });
  const path = parsePath(edit.path);
  const options = { lineWidth: 0, flowCollectionPadding: false };
  try {
    if (edit.op === "set") document.setIn(path, document.createNode(edit.value));
    else if (edit.op === "remove") document.deleteIn(path);
    const kept = document.toString(options);
    if (edit.op !== "rename" && same(document.toJS(), intended)) return kept;
  } catch {
    // An alias in the way: write the values out.
  }
  return new Document(intended).toString(options);
}

function indentOf(text: string): string {
  return /^(\t| +)\S/m.exec(text)?.[1] ?? "  ";
}

type Mapping = Record<string, unknown>;

function isMapping(value: unknown): value is Mapping {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function setIn(value: unknown, path: readonly Segment[], to: unknown): unknown {
  const [head, ...rest] = path;
  if (head === undefined) return to;
  if (typeof head === "number" && (Array.isArray(value) || value === undefined || value === null)) {
    const list: unknown[] = Array.isArray(value) ? [...value] : [];
    list[Math.min(head, list.length)] = setIn(list[head], rest, to);
    return list;
  }
  const base = isMapping(value) ? value : {};
  return withOwn(
    base,
    String(head),
    setIn(Object.hasOwn(base, String(head)) ? base[String(head)] : undefined, rest, to),
  );
}

function withOwn(base: Mapping, name: string, value: unknown): Mapping {
  const copy = { ...base };
  Object.defineProperty(copy, name, { value, enumerable: true, writable: true, configurable: true });
  return copy;
}

function removeIn(value: unknown, path: readonly Segment[]): unknown {
  const [head, ...rest] = path;
  if (head === undefined) return value;
  if (Array.isArray(value)) {
    if (typeof head !== "number" || head >= value.length) return value;
    return rest.length === 0 ? value.toSpliced(head, 1) : value.with(head, removeIn(value[head], rest));
  }
  if (!isMapping(value) || !Object.hasOwn(value, String(head))) return value;
  if (rest.length > 0) return withOwn(value, String(head), removeIn(value[String(head)], rest));
  return Object.fromEntries(Object.entries(value).filter(([name]) => name !== String(head)));
}

function renameIn(value: unknown, path: readonly Segment[], to: string): unknown {
  const [head, ...rest] = path;
  if (head === undefined) return value;
  if (Array.isArray(value)) {
    return typeof head === "number" && head < value.length ? value.with(head, renameIn(value[head], rest, to)) : value;
  }
  if (!isMapping(value) || !Object.hasOwn(value, String(head))) return value;
  if (rest.length > 0) return withOwn(value, String(head), renameIn(value[String(head)], rest, to));
  // A name that is taken stays: renaming must not lose a value.
  if (Object.hasOwn(value, to)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, child]) => [name === String(head) ? to : name, child]));
}

/** Equality of plain data, without regard to the order of keys. */
function same(a: unknown, b: unknown): boolean {
  // −0 and 0 are one number here: JSON does not write the sign.
  if (a === b || Object.is(a, b)) return true;
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((item, i) => same(item, b[i]));
  if (!isMapping(a) || !isMapping(b)) return false;
  const names = Object.keys(a);
  return (
    names.length === Object.keys(b).length && names.every((name) => Object.hasOwn(b, name) && same(a[name], b[name]))
  );
}

/** Changes between two texts by lines, each trimmed to the characters that differ. */
function changesBetween(before: string, after: string): TextChange[] {
  if (before === after) return [];
  const lines = lineTable(before);
  return lineHunks(splitLines(before), splitLines(after)).map((hunk) => {
    let { start, end } = hunk;
    let newText = hunk.newText;
    while (start < end && newText !== "" && before[start] === newText[0]) {
      start++;
      newText = newText.slice(1);
    }
    while (end > start && newText !== "" && before[end - 1] === newText.at(-1)) {
      end--;
      newText = newText.slice(0, -1);
    }
    return { range: lines.rangeOf({ start, end }), newText };
  });
}

function splitLines(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

interface Hunk {
  readonly start: number;
  readonly end: number;
  readonly newText: string;
}

/** Longest common subsequence of lines between the common head and tail; O(changed lines²), one hunk beyond 1000. */
function lineHunks(a: readonly string[], b: readonly string[]): Hunk[] {
  let head = 0;
  while (head < a.length && head < b.length && a[head] === b[head]) head++;
  let tail = 0;
  while (tail < a.length - head && tail < b.length - head && a[a.length - 1 - tail] === b[b.length - 1 - tail]) tail++;
  const [x, y] = [a.slice(head, a.length - tail), b.slice(head, b.length - tail)];
  const offset = a.slice(0, head).join("").length;
  if (x.length > 1000 || y.length > 1000)
    return [{ start: offset, end: offset + x.join("").length, newText: y.join("") }];
  const common = Array.from({ length: x.length + 1 }, () => new Int32Array(y.length + 1));
  const length = (i: number, j: number): number => common[i]?.[j] ?? 0;
  for (let i = x.length - 1; i >= 0; i--) {
    for (let j = y.length - 1; j >= 0; j--) {
      const row = common[i];
      if (row !== undefined)
        row[j] = x[i] === y[j] ? length(i + 1, j + 1) + 1 : Math.max(length(i + 1, j), length(i, j + 1));
    }
  }
  const hunks: Hunk[] = [];
  let at = offset;
  let open: { start: number; end: number; newText: string } | undefined;
  let i = 0;
  let j = 0;
  while (i < x.length || j < y.length) {
    const [line, other] = [x[i], y[j]];
    if (line !== undefined && line === other) {
      if (open !== undefined) hunks.push(open);
      open = undefined;
      at += line.length;
      i++;
      j++;
      continue;
    }
    open ??= { start: at, end: at, newText: "" };
    if (other !== undefined && (line === undefined || length(i, j + 1) >= length(i + 1, j))) {
      open.newText += other;
      j++;
    } else if (line !== undefined) {
      at += line.length;
      open.end = at;
      i++;
    }
  }
  if (open !== undefined) hunks.push(open);
  return hunks;
}
