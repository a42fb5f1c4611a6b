/** Where in a half-written config the cursor stands: before a key or a value of which path, and which text is being typed. */
import { findNodeAtLocation, getLocation, parseTree, visit } from "jsonc-parser";
import { findExcessBracket, readJson } from "./json-source.ts";
import type { Segment } from "./path.ts";
import { nodeAt, type SourceNode, type Span } from "./source.ts";
import { readYaml } from "./yaml-source.ts";

export interface Cursor {
  /** `either` where a mapping's first key or a plain value may stand: below a key, in a list, in an empty text. */
  readonly at: "key" | "value" | "either";
  /** The mapping whose key is typed, or the value. */
  readonly path: readonly Segment[];
  /** What is typed, up to the cursor, without its quote. */
  readonly typed: string;
  /** What a completion replaces: the word under the cursor with its quotes. */
  readonly word: Span;
  readonly quote: "" | '"' | "'";
  /** Inside brackets, where only one line may be written. */
  readonly flow: boolean;
  /** The colon behind the key is there already. */
  readonly colonFollows: boolean;
  /** What has to be written behind the completion, as another key or value follows without a comma between. */
  readonly separator: "" | "," | ", ";
  /** `key:` without the blank that has to follow. */
  readonly needsBlank: boolean;
  /** What can be read of the text. */
  readonly root: SourceNode | undefined;
  /** The key at the cursor as `root` has it. */
  readonly keyBeingTyped: string | undefined;
}

/** Stands for what will be typed. A text that contains it (a private character) has no completions. */
const MARK = "\uE0F0";

export function cursorInYaml(text: string, offset: number): Cursor | undefined {
  if (text.includes(MARK)) return undefined;
  const before = text.slice(0, offset);
  // `key:` at the end: the value is asked for, one blank further on.
  const needsBlank = /(?:^|[\s{,[])[\w"'-]+:$/.test(before);
  // Twice, as the last character of a string that is not closed yet is taken for its closing quote.
  const from = sectionStart(before);
  const cut = `${before.slice(from)}${needsBlank ? " " : ""}${MARK}${MARK}`;
  // What comes before the cursor decides where it is: brackets that nobody has closed yet must not swallow what follows.
  const cutRoot = readYaml(cut).root;
  const found = findMark(cutRoot, cut);
  if (found === undefined) return undefined;
  const start = from + found.start;
  const written = cut.slice(found.start);
  if (/[\r\n]/.test(written)) return undefined;
  const first = written.charAt(0);
  const quote = first === '"' || first === "'" ? first : "";
  const typed = written.slice(quote.length, -2);
  if (needsBlank && typed !== "") return undefined;
  const rest = text.slice(offset);
  const restOfWord = quote === "" ? endOfPlain(rest, found) : endOfQuoted(rest, quote);
  const word = { start: needsBlank ? offset : start, end: offset + restOfWord.length };
  const after = (/^[^\r\n]*/.exec(text.slice(word.end))?.[0] ?? "").replace(/(^|\s)#.*$/, "").trim();
  const colonFollows = found.at !== "value" && /^:(\s|$)/.test(after);
  const closes = after === "" || /^[,\]}]/.test(after);
  if (!colonFollows && !closes && !found.flow) return undefined;
  if (!found.flow && /^[,\]}]/.test(after)) return undefined;
  // Now the whole text, with the word as a key or value of its own, to know the neighbors behind the cursor.
  const ending = found.at === "value" || colonFollows ? "" : found.flow ? "," : ":";
  const whole = `${text.slice(0, word.start)}${needsBlank ? " " : ""}${MARK}${ending}${text.slice(word.end)}`;
  const wholeRoot = readYaml(whole).root;
  const seen = wholeRoot === undefined ? undefined : findMark(wholeRoot, whole);
  const agrees = seen !== undefined && seen.path.join("\0") === found.path.join("\0");
  return {
    at: found.at,
    path: found.path,
    typed,
    word,
    quote,
    flow: found.flow,
    colonFollows,
    separator: found.flow && !colonFollows && !closes ? separatorAt(text, word.end) : "",
    needsBlank,
    root: agrees ? wholeRoot : cutRoot,
    keyBeingTyped: agrees ? seen.key : found.key,
  };
}

/**
 * The start of the last line that begins with a key of the config itself: what is broken above it says nothing about what
 * is below. A config that is all in brackets is one section.
 */
function sectionStart(before: string): number {
  let start = 0;
  let first = true;
  for (let line = 0; line >= 0 && line < before.length; line = before.indexOf("\n", line) + 1 || -1) {
    if (/[\s#}\])-]/.test(before.charAt(line))) continue;
    if (first && /[{[]/.test(before.charAt(line))) return 0;
    first = false;
    start = line;
  }
  return start;
}

interface Mark {
  readonly at: Cursor["at"];
  readonly path: readonly Segment[];
  readonly start: number;
  readonly flow: boolean;
  readonly key?: string;
}

function findMark(root: SourceNode | undefined, text: string): Mark | undefined {
  const search = (node: SourceNode, path: readonly Segment[], value: Pick<Mark, "at" | "flow">): Mark | undefined => {
    switch (node.kind) {
      case "scalar":
        if (typeof node.value !== "string" || !node.value.includes(MARK)) return undefined;
        return { ...value, path, start: node.span.start };
      case "list":
        for (const [i, item] of node.items.entries()) {
          const found = search(item, [...path, i], { at: node.flow ? "value" : "either", flow: node.flow });
          if (found !== undefined) return found;
        }
        return undefined;
      case "map":
        for (const { key, keySpan, node: child } of node.entries) {
          if (key.includes(MARK)) return { at: "key", path, start: keySpan.start, flow: node.flow, key };
          const below = /[\r\n]/.test(text.slice(keySpan.end, child.span.start));
          const at = below && !node.flow ? "either" : "value";
          const found = search(child, [...path, key], { at, flow: node.flow });
          if (found !== undefined) return found;
        }
        return undefined;
    }
  };
  return root === undefined ? undefined : search(root, [], { at: "either", flow: false });
}

/** The rest of a word without quotes: keys end at a colon, in brackets also at a comma or bracket. */
function endOfPlain(rest: string, { at, flow }: Mark): string {
  if (at !== "value") return /^[\w.-]*/.exec(rest)?.[0] ?? "";
  return (flow ? /^[^\s,[\]{}:#"']*/ : /^[^\s#"'{}[\]]*/).exec(rest)?.[0] ?? "";
}

function separatorAt(text: string, offset: number): "," | ", " {
  return /\s/.test(text.charAt(offset)) ? "," : ", ";
}

/** Up to and with the closing quote, when it is on this line. */
function endOfQuoted(rest: string, quote: string): string {
  const close = rest.indexOf(quote);
  const line = /[\r\n]/.exec(rest)?.index ?? rest.length;
  return close >= 0 && close < line ? rest.slice(0, close + 1) : "";
}

export function cursorInJson(text: string, offset: number): Cursor | undefined {
  // What follows recurses over brackets.
  if (findExcessBracket(text) !== undefined) return undefined;
  const { root } = readJson(text);
  const plain = withoutComments(text, offset);
  if (plain === undefined) return undefined;
  const location = getLocation(text, offset);
  const node = location.previousNode;
  const inside = node !== undefined && node.offset < offset && offset <= node.offset + node.length;
  const isString = inside && text.charAt(node.offset) === '"';
  const closed = isString && node.length > 1 && text.charAt(node.offset + node.length - 1) === '"';
  if (isString && closed && offset === node.offset + node.length) return undefined;
  const back = isString ? offset - node.offset : (/[\w.+-]*$/.exec(plain.slice(0, offset))?.[0].length ?? 0);
  const start = offset - back;
  const end = isString
    ? offset + endOfQuoted(text.slice(offset), '"').length
    : offset + (/^[\w.+-]*/.exec(plain.slice(offset))?.[0].length ?? 0);
  const lead = plain.slice(0, start).trimEnd().slice(-1);
  const isKey = location.isAtPropertyKey;
  if (!(isKey ? "{," : ":[,").includes(lead === "" ? (isKey ? "x" : ":") : lead)) return undefined;
  const path = isKey ? location.path.slice(0, -1) : location.path;
  const after = plain.slice(end).trimStart();
  const colonFollows = isKey && after.startsWith(":");
  const closes = colonFollows || after === "" || /^[,\]}]/.test(after);
  const tree = parseTree(text);
  const parent = tree === undefined ? undefined : path.length === 0 ? tree : findNodeAtLocation(tree, [...path]);
  const keyNode = parent?.children?.map((property) => property.children?.[0]).find((key) => key?.offset === start);
  return {
    at: isKey ? "key" : path.length === 0 ? "either" : "value",
    path,
    typed: text.slice(start + (isString ? 1 : 0), offset),
    word: { start, end },
    quote: isString ? '"' : "",
    flow: true,
    colonFollows,
    separator: closes ? "" : separatorAt(text, end),
    needsBlank: !isKey && text.charAt(offset - 1) === ":",
    root,
    keyBeingTyped: isKey && typeof keyNode?.value === "string" ? keyNode.value : undefined,
  };
}

/** Comments as blanks; undefined when `offset` is in one. */
function withoutComments(text: string, offset: number): string | undefined {
  const pieces: string[] = [];
  let done = 0;
  let commented = false;
  visit(text, {
    onComment: (start, length) => {
      const end = start + length;
      const line = text.startsWith("//", start);
      if (start < offset && (line ? offset <= end : offset < end)) commented = true;
      pieces.push(text.slice(done, start), " ".repeat(length));
      done = end;
    },
  });
  return commented ? undefined : pieces.join("") + text.slice(done);
}

/** The keys that stand beside the one that is being typed. */
export function neighborsOf({ root, path, keyBeingTyped }: Cursor): ReadonlySet<string> {
  const node = nodeAt(root, path);
  const keys = node?.kind === "map" ? node.entries.map((entry) => entry.key) : [];
  return new Set(keys.filter((key) => key !== keyBeingTyped));
}
