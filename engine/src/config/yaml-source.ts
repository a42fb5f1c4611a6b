/** YAML text → `Source`. Aliases are resolved in place, with caps; nothing here throws on bad text. */
import { isAlias, isMap, isScalar, isSeq, type Node, type ParsedNode, parseDocument } from "yaml";
import {
  MAX_DEPTH,
  MAX_NODES,
  type Source,
  type SourceEntry,
  type SourceNode,
  type SourceProblem,
  type Span,
} from "./source.ts";

/** The `yaml` library recurses; these keep it far from the end of the stack, where a process can die instead of throwing. */
const MAX_BRACKETS = 500;
const MAX_INDENT = 200;
const MAX_INDICATORS_PER_LINE = 32;

export function readYaml(text: string): Source {
  const tooDeep = findExcess(text);
  if (tooDeep !== undefined) return { root: undefined, problems: [tooDeep] };
  const document = parseDocument(text, {
    prettyErrors: false,
    uniqueKeys: false,
    logLevel: "error",
    schema: "core",
    version: "1.2",
  });
  const problems: SourceProblem[] = document.errors.map((error) => ({
    message: plainMessage(error.code, error.message),
    span: { start: error.pos[0], end: error.pos[1] },
  }));
  const contents = document.contents;
  // An empty text and one of comments only have no node, or an empty null.
  if (contents === null || (isScalar(contents) && contents.value === null && isEmpty(contents))) {
    return { root: undefined, problems };
  }
  const reader = createReader(text, problems, (alias) => (isAlias(alias) ? alias.resolve(document) : undefined));
  return { root: reader(contents, 0, new Set()), problems };
}

function isEmpty(node: Node): boolean {
  return node.range === null || node.range === undefined || node.range[0] === node.range[1];
}

type Reader = (node: unknown, depth: number, open: ReadonlySet<unknown>, at?: Span) => SourceNode;

/** `at` is the span of the alias through which a node is reached: what is not in the text there has no span of its own. */
function createReader(text: string, problems: SourceProblem[], resolve: (alias: ParsedNode) => unknown): Reader {
  let nodes = 0;
  let full = false;
  const nothing = (span: Span): SourceNode => ({ kind: "scalar", span, value: null });

  const read: Reader = (node, depth, open, at) => {
    const span = at ?? spanOfNode(node, text);
    nodes++;
    if (nodes > MAX_NODES || depth > MAX_DEPTH) {
      if (!full) {
        const cap = depth > MAX_DEPTH ? `nested deeper than ${MAX_DEPTH} levels` : `more than ${MAX_NODES} values`;
        problems.push({ message: `${cap} once aliases are expanded; write the values out plainly`, span });
      }
      full = true;
      return nothing(span);
    }
    if (full) return nothing(span);
    if (isAlias(node)) {
      const target = resolve(node as ParsedNode);
      if (target === undefined || target === null) {
        problems.push({
          message: `*${node.source} names no anchor (&${node.source}) before it; write the value out`,
          span,
        });
        return nothing(span);
      }
      if (open.has(target)) {
        problems.push({ message: `*${node.source} refers to itself (a circular alias); write the value out`, span });
        return nothing(span);
      }
      return read(target, depth + 1, open, span);
    }
    const inside = new Set(open).add(node);
    if (isMap(node)) {
      const entries: SourceEntry[] = [];
      for (const pair of node.items) {
        const keySpan = at ?? spanOfNode(pair.key, text);
        if (!isScalar(pair.key)) {
          problems.push({ message: "a key must be a plain word", span: keySpan });
          continue;
        }
        const value =
          pair.value === null
            ? nothing({ start: keySpan.end, end: keySpan.end })
            : read(pair.value, depth + 1, inside, at);
        entries.push({ key: String(pair.key.value), keySpan, node: value });
      }
      return { kind: "map", span, flow: node.flow === true || at !== undefined, entries };
    }
    if (isSeq(node)) {
      const items = node.items.map((item) => read(item, depth + 1, inside, at));
      return { kind: "list", span, flow: node.flow === true || at !== undefined, items };
    }
    return { kind: "scalar", span, value: isScalar(node) ? node.value : null };
  };
  return read;
}

/** From the first to the last character of a node; block collections end after their last value, not at the next key. */
function spanOfNode(node: unknown, text: string): Span {
  const range = (node as Partial<Node> | null)?.range;
  if (range === null || range === undefined) return { start: 0, end: 0 };
  const [start, valueEnd] = range;
  let end = valueEnd;
  while (end > start && /\s/.test(text.charAt(end - 1))) end--;
  return { start, end };
}

/** Counts brackets, indentation and indicators without regard to quotes, so that no text can hide its depth. */
function findExcess(text: string): SourceProblem | undefined {
  let brackets = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if ((code === 91 || code === 123) && ++brackets > MAX_BRACKETS) {
      return {
        message: `more than ${MAX_BRACKETS} brackets; a config needs a handful`,
        span: { start: i, end: i + 1 },
      };
    }
  }
  const line = /^([ \t]*)((?:[-?:][ \t]+)*)/gm;
  for (const match of text.matchAll(line)) {
    const start = match.index;
    const indent = match[1]?.length ?? 0;
    const indicators = (match[2]?.match(/[-?:]/g) ?? []).length;
    if (indent > MAX_INDENT && text.charAt(start + indent).trim() !== "") {
      return { message: `indented by more than ${MAX_INDENT} columns`, span: { start, end: start + indent } };
    }
    if (indicators > MAX_INDICATORS_PER_LINE) {
      return {
        message: `nested deeper than ${MAX_INDICATORS_PER_LINE} levels on one line`,
        span: { start, end: start + match[0].length },
      };
    }
  }
  return undefined;
}

/** The library's messages, said for people who write configs. */
function plainMessage(code: string, message: string): string {
  switch (code) {
    case "MULTIPLE_DOCS":
      return "a second document starts here (---); a config is one document, so remove what follows or put it into its own file";
    case "TAB_AS_INDENT":
      return "a tab is used for indentation; YAML needs spaces";
    case "BLOCK_AS_IMPLICIT_KEY":
      return 'a second "key:" on one line; put it on its own line, or write {key: value}';
    case "MULTILINE_IMPLICIT_KEY":
      return "a key must be on one line; check the indentation of this line and the one before";
    case "BAD_INDENT":
      return "a bracket is not closed before this place, or the indentation does not fit";
    case "MISSING_CHAR":
      return `${lowerFirst(message)}; check quotes, brackets, commas and colons here`;
    default:
      return lowerFirst(message).split("\n", 1)[0] ?? message;
  }
}

function lowerFirst(message: string): string {
  return message.charAt(0).toLowerCase() + message.slice(1);
}
