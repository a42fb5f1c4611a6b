/** One edit of a YAML or JSON text by cutting and pasting at the positions of its tree. The caller checks the outcome. */
import { stringify } from "yaml";
import type { ConfigEdit } from "../diagnose/finding.ts";
import { parsePath, type Segment } from "./path.ts";
import { childEntry, nodeAt, type SourceNode, type Span } from "./source.ts";

/** How values are written. */
interface Notation {
  /** On one line. */
  value(value: unknown): string;
  pair(name: Segment, value: unknown): string;
}

const YAML: Notation = {
  value: yamlText,
  pair: (name, value) => `${yamlText(String(name))}: ${yamlText(value)}`,
};

const JSON_NOTATION: Notation = {
  value: jsonText,
  pair: (name, value) => `${JSON.stringify(String(name))}: ${jsonText(value)}`,
};

/** The text after the edit; undefined where this way does not lead to the goal. */
export function editText(
  text: string,
  root: SourceNode | undefined,
  edit: ConfigEdit,
  language: "yaml" | "json",
): string | undefined {
  const path = parsePath(edit.path);
  const notation = language === "json" ? JSON_NOTATION : YAML;
  switch (edit.op) {
    case "set":
      return set(text, root, path, edit.value, notation);
    case "remove":
      return remove(text, root, path);
    case "rename": {
      const last = path.at(-1);
      const entry = last === undefined ? undefined : childEntry(nodeAt(root, path.slice(0, -1)), last);
      return entry === undefined ? undefined : splice(text, entry.keySpan, notation.value(edit.to));
    }
  }
}

function set(
  text: string,
  root: SourceNode | undefined,
  path: readonly Segment[],
  value: unknown,
  notation: Notation,
): string | undefined {
  let node = root;
  for (const [depth, segment] of path.entries()) {
    if (node === undefined) {
      // Only the whole text can be missing here: it is empty, or comments.
      const start = text === "" || text.endsWith("\n") ? text : text + eolOf(text);
      const line =
        notation === YAML
          ? notation.pair(segment, nest(path.slice(depth + 1), value))
          : notation.value(nest(path, value));
      return `${start}${line}${eolOf(text)}`;
    }
    if (node.kind === "scalar") return replaceValue(text, node.span, nest(path.slice(depth), value), notation);
    const child: SourceNode | undefined = nodeAt(node, [segment]);
    if (child === undefined) return insert(text, node, segment, nest(path.slice(depth + 1), value), notation);
    node = child;
  }
  return node === undefined ? undefined : replaceValue(text, node.span, value, notation);
}

/** `value` inside new mappings and lists, one per segment. */
function nest(path: readonly Segment[], value: unknown): unknown {
  return path.reduceRight<unknown>((inner, name) => (typeof name === "number" ? [inner] : { [name]: inner }), value);
}

function replaceValue(text: string, span: Span, value: unknown, notation: Notation): string {
  // An empty value sits right behind its colon.
  const gap = span.start === span.end && /[:-]/.test(text.charAt(span.start - 1)) ? " " : "";
  return splice(text, span, gap + notation.value(value));
}

function insert(
  text: string,
  parent: SourceNode,
  segment: Segment,
  value: unknown,
  notation: Notation,
): string | undefined {
  const spans = childSpans(parent);
  const added = parent.kind === "map" ? notation.pair(segment, value) : notation.value(value);
  const last = spans.at(-1);
  if (parent.kind === "scalar") return undefined;
  if (parent.flow) {
    if (last === undefined) return splice(text, { start: parent.span.start + 1, end: parent.span.start + 1 }, added);
    const lead = leadOf(text, last.start);
    const separator = lead.trim() === "" && lead.length < last.start ? `,${eolOf(text)}${lead}` : ", ";
    return splice(text, { start: last.end, end: last.end }, separator + added);
  }
  const first = spans[0];
  if (last === undefined || first === undefined || parent.kind === "list") return undefined;
  const lineEnd = endOfLine(text, last.end);
  const indent = " ".repeat(leadOf(text, first.start).length);
  return splice(text, { start: lineEnd, end: lineEnd }, `${eolOf(text)}${indent}${added}`);
}

/** From the start of a key to the end of its value; a value that is not there leaves its colon. */
function childSpans(parent: SourceNode): Span[] {
  if (parent.kind === "map") {
    return parent.entries.map((entry) => ({
      start: entry.keySpan.start,
      end: Math.max(entry.keySpan.end, entry.node.span.end),
    }));
  }
  return parent.kind === "list" ? parent.items.map((item) => item.span) : [];
}

function remove(text: string, root: SourceNode | undefined, path: readonly Segment[]): string | undefined {
  const parent = nodeAt(root, path.slice(0, -1));
  const last = path.at(-1);
  if (parent === undefined || parent.kind === "scalar" || last === undefined) return undefined;
  const spans = childSpans(parent);
  const index = parent.kind === "map" ? parent.entries.findIndex((entry) => entry.key === last) : Number(last);
  const [before, span, after] = [spans[index - 1], spans[index], spans[index + 1]];
  if (span === undefined) return undefined;
  if (spans.length === 1)
    return parent === root && !parent.flow ? undefined : splice(text, parent.span, parent.kind === "map" ? "{}" : "[]");
  const lead = leadOf(text, span.start);
  const lineStart = span.start - lead.length;
  const lineEnd = endOfLine(text, span.end);
  const wholeLines: Span = { start: lineStart, end: text.indexOf("\n", lineEnd) + 1 };
  if (parent.flow) {
    const alone = lead.trim() === "" && after !== undefined && after.start > lineEnd;
    if (alone) return splice(text, wholeLines, "");
    if (after !== undefined) return splice(text, { start: span.start, end: after.start }, "");
    return before === undefined ? undefined : splice(text, { start: before.end, end: span.end }, "");
  }
  const alone = parent.kind === "map" ? lead.trim() === "" : /^\s*-\s*$/.test(lead);
  if (!alone) return after === undefined ? undefined : splice(text, { start: span.start, end: after.start }, "");
  if (lineEnd < text.length) return splice(text, wholeLines, "");
  return splice(text, { start: Math.max(0, lineStart - eolOf(text).length), end: text.length }, "");
}

export function yamlText(value: unknown): string {
  return stringify(value, {
    collectionStyle: "flow",
    lineWidth: 0,
    flowCollectionPadding: false,
    version: "1.2",
    schema: "core",
  }).trimEnd();
}

/** As people write it on one line: a space behind colons and commas. */
export function jsonText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(jsonText).join(", ")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  return `{${Object.entries(value)
    .map(([name, child]) => JSON_NOTATION.pair(name, child))
    .join(", ")}}`;
}

function splice(text: string, span: Span, replacement: string): string {
  return text.slice(0, span.start) + replacement + text.slice(span.end);
}

/** What stands before `offset` on its line. */
function leadOf(text: string, offset: number): string {
  return text.slice(text.lastIndexOf("\n", offset - 1) + 1, offset);
}

/** Before the line break, whichever it is. */
function endOfLine(text: string, offset: number): number {
  const newline = text.indexOf("\n", offset);
  if (newline < 0) return text.length;
  return text.charAt(newline - 1) === "\r" ? newline - 1 : newline;
}

function eolOf(text: string): string {
  return text.includes("\r\n") ? "\r\n" : "\n";
}
