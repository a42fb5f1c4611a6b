/**
 * A config text as a tree with positions, the same for YAML and JSON: what parsing, locating and editing work on.
 * Offsets are UTF-16 units into the text without its byte order mark, as editors count.
 */
import type { Position, Range } from "../diagnose/finding.ts";
import type { Segment } from "./path.ts";

/** Half-open: from `start` up to, not including, `end`. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

export type SourceNode =
  | { readonly kind: "scalar"; readonly span: Span; readonly value: unknown }
  | { readonly kind: "map"; readonly span: Span; readonly flow: boolean; readonly entries: readonly SourceEntry[] }
  | { readonly kind: "list"; readonly span: Span; readonly flow: boolean; readonly items: readonly SourceNode[] };

export interface SourceEntry {
  readonly key: string;
  readonly keySpan: Span;
  readonly node: SourceNode;
}

export interface SourceProblem {
  readonly message: string;
  readonly span: Span;
}

export interface Source {
  /** `undefined` for an empty text and for one whose syntax hides its structure. */
  readonly root: SourceNode | undefined;
  readonly problems: readonly SourceProblem[];
}

/** A config has some twenty keys; these caps only stop what is not one. */
export const MAX_TEXT_LENGTH = 1_000_000;
export const MAX_NODES = 100_000;
export const MAX_DEPTH = 64;

/** The value of a node as plain data. Later duplicates of a key lose, as they are reported anyway. */
export function plainValue(node: SourceNode): unknown {
  switch (node.kind) {
    case "scalar":
      return node.value;
    case "list":
      return node.items.map(plainValue);
    case "map": {
      const value: Record<string, unknown> = {};
      for (const entry of node.entries) {
        if (Object.hasOwn(value, entry.key)) continue;
        // defineProperty: a key named __proto__ must stay a key.
        Object.defineProperty(value, entry.key, {
          value: plainValue(entry.node),
          enumerable: true,
          writable: true,
          configurable: true,
        });
      }
      return value;
    }
  }
}

export function childEntry(node: SourceNode | undefined, segment: Segment): SourceEntry | undefined {
  if (node?.kind !== "map") return undefined;
  return node.entries.find((entry) => entry.key === String(segment));
}

export function childNode(node: SourceNode | undefined, segment: Segment): SourceNode | undefined {
  if (node?.kind === "list") return typeof segment === "number" ? node.items[segment] : undefined;
  return childEntry(node, segment)?.node;
}

export function nodeAt(root: SourceNode | undefined, path: readonly Segment[]): SourceNode | undefined {
  let node = root;
  for (const segment of path) node = childNode(node, segment);
  return node;
}

/** Turns offsets into positions and back. */
export interface LineTable {
  positionAt(offset: number): Position;
  offsetAt(position: Position): number;
  rangeOf(span: Span): Range;
}

export function lineTable(text: string): LineTable {
  const starts = [0];
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 10 || (code === 13 && text.charCodeAt(i + 1) !== 10)) starts.push(i + 1);
  }
  const positionAt = (offset: number): Position => {
    const at = Math.max(0, Math.min(offset, text.length));
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((starts[middle] ?? 0) <= at) low = middle;
      else high = middle - 1;
    }
    return { line: low, character: at - (starts[low] ?? 0) };
  };
  const offsetAt = (position: Position): number => {
    const start = starts[position.line];
    if (start === undefined) return position.line < 0 ? 0 : text.length;
    const next = starts[position.line + 1] ?? text.length;
    return Math.max(start, Math.min(start + position.character, next));
  };
  return {
    positionAt,
    offsetAt,
    rangeOf: (span) => ({ start: positionAt(span.start), end: positionAt(Math.max(span.start, span.end)) }),
  };
}

export function withoutByteOrderMark(text: string): string {
  return text.startsWith("\uFEFF") ? text.slice(1) : text;
}

/** Where to point for `path`: its value when that is a scalar or on one line, else its key, else the nearest ancestor's key. */
export function spanOf(root: SourceNode | undefined, path: readonly Segment[], text: string): Span | undefined {
  if (root === undefined) return undefined;
  let span = firstSpan(root);
  let node: SourceNode | undefined = root;
  for (const segment of path) {
    const entry = childEntry(node, segment);
    const child: SourceNode | undefined = entry?.node ?? childNode(node, segment);
    if (child === undefined) return span;
    const oneLine = child.span.end > child.span.start && !/[\r\n]/.test(text.slice(child.span.start, child.span.end));
    span = oneLine || entry === undefined ? child.span : entry.keySpan;
    // An ancestor is named by its key, not by all it holds.
    if (entry !== undefined && segment !== path.at(-1)) span = entry.keySpan;
    node = child;
  }
  return span;
}

function firstSpan(root: SourceNode): Span {
  const first = root.kind === "map" ? root.entries[0]?.keySpan : undefined;
  return first ?? { start: root.span.start, end: Math.min(root.span.end, root.span.start + 1) };
}

/** The path of the innermost key or value that contains `offset`; both ends count. */
export function pathAtOffset(root: SourceNode | undefined, offset: number): Segment[] {
  const path: Segment[] = [];
  let node = root;
  const contains = (span: Span) => span.start <= offset && offset <= span.end;
  descend: while (node !== undefined) {
    if (node.kind === "map") {
      for (const entry of node.entries) {
        if (!contains({ start: entry.keySpan.start, end: Math.max(entry.keySpan.end, entry.node.span.end) })) continue;
        path.push(entry.key);
        if (contains(entry.keySpan)) return path;
        node = entry.node;
        continue descend;
      }
    } else if (node.kind === "list") {
      const index = node.items.findIndex((item) => contains(item.span));
      if (index >= 0) {
        path.push(index);
        node = node.items[index];
        continue;
      }
    }
    return path;
  }
  return path;
}
