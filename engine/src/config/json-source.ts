/** JSON text → `Source`. Comments are allowed, as in the editor's own settings files; trailing commas are not. */
import { type Node, type ParseError, type ParseErrorCode, parseTree, printParseErrorCode } from "jsonc-parser";
import { MAX_DEPTH, type Source, type SourceEntry, type SourceNode, type SourceProblem, type Span } from "./source.ts";

/** Total brackets: keeps the recursive parser away from the end of the stack whatever quotes hide. */
const MAX_BRACKETS = 2000;

/** The bracket that is one too many. */
export function findExcessBracket(text: string): SourceProblem | undefined {
  let brackets = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if ((code === 91 || code === 123) && ++brackets > MAX_BRACKETS) {
      const message = `more than ${MAX_BRACKETS} brackets; a config needs a handful`;
      return { message, span: { start: i, end: i + 1 } };
    }
  }
  return undefined;
}

export function readJson(text: string): Source {
  const excess = findExcessBracket(text);
  if (excess !== undefined) return { root: undefined, problems: [excess] };
  const errors: ParseError[] = [];
  const tree = parseTree(text, errors, { allowTrailingComma: false, disallowComments: false, allowEmptyContent: true });
  const problems: SourceProblem[] = errors.map((error) => ({
    message: describe(error.error),
    span: { start: error.offset, end: error.offset + Math.max(1, error.length) },
  }));
  return { root: tree === undefined ? undefined : read(tree, 0, problems), problems };
}

function read(node: Node, depth: number, problems: SourceProblem[]): SourceNode {
  const span = spanOfNode(node);
  if (depth > MAX_DEPTH) {
    problems.push({ message: `nested deeper than ${MAX_DEPTH} levels`, span });
    return { kind: "scalar", span, value: null };
  }
  if (node.type === "object") {
    const entries: SourceEntry[] = [];
    for (const property of node.children ?? []) {
      const [key, value] = property.children ?? [];
      if (key === undefined) continue;
      const end = property.offset + property.length;
      const child: SourceNode =
        value === undefined
          ? { kind: "scalar", span: { start: end, end }, value: null }
          : read(value, depth + 1, problems);
      entries.push({ key: String(key.value), keySpan: spanOfNode(key), node: child });
    }
    return { kind: "map", span, flow: true, entries };
  }
  if (node.type === "array") {
    return {
      kind: "list",
      span,
      flow: true,
      items: (node.children ?? []).map((child) => read(child, depth + 1, problems)),
    };
  }
  return { kind: "scalar", span, value: node.value ?? null };
}

function spanOfNode(node: Node): Span {
  return { start: node.offset, end: node.offset + node.length };
}

/** `CommaExpected` → `comma expected`. */
function describe(code: ParseErrorCode): string {
  const words = printParseErrorCode(code)
    .replace(/([a-z])([A-Z])/g, "$1 $2")
    .toLowerCase();
  return `${words}; this is not valid JSON here`;
}
