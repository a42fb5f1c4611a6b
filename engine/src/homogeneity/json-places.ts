/** Where given paths stand in a JSON text, without building a tree of it: model files have megabytes, findings a few places. */
import { createScanner } from "jsonc-parser";
import type { Span } from "../config/source.ts";
import type { Place } from "./graph.ts";

/** `SyntaxKind` of jsonc-parser, whose constant enum cannot be imported by itself. */
const TOKEN = {
  openBrace: 1,
  closeBrace: 2,
  openBracket: 3,
  closeBracket: 4,
  comma: 5,
  colon: 6,
  text: 10,
  unknown: 16,
  end: 17,
} as const;

/** Brackets inside brackets: what model files need is about 30. */
const MAX_JSON_DEPTH = 200;

interface Wanted {
  span?: Span;
  readonly below: Map<string | number, Wanted>;
}

/** The span of each path's value, in order; for a path that is not there, of its nearest ancestor. Never throws. */
export function locatePlaces(text: string, places: readonly Place[]): readonly Span[] {
  const root: Wanted = { below: new Map() };
  const chains = places.map((place) => {
    const chain = [root];
    for (const segment of place) {
      const parent = chain.at(-1) ?? root;
      const next: Wanted = parent.below.get(segment) ?? { below: new Map() };
      parent.below.set(segment, next);
      chain.push(next);
    }
    return chain;
  });
  scan(text, root);
  const start = { start: 0, end: Math.min(1, text.length) };
  return chains.map((chain) => firstLine(text, chain.findLast((wanted) => wanted.span !== undefined)?.span ?? start));
}

interface Open {
  readonly wanted: Wanted | undefined;
  readonly from: number;
  readonly isArray: boolean;
  index: number;
  key: string | undefined;
}

/** The last of two equal keys counts, as for JSON.parse. */
function scan(text: string, root: Wanted): void {
  const scanner = createScanner(text, true);
  const open: Open[] = [];
  const wantedHere = (): Wanted | undefined => {
    const top = open.at(-1);
    if (top === undefined) return root;
    return top.wanted?.below.get(top.isArray ? top.index : (top.key ?? ""));
  };
  const ended = (wanted: Wanted | undefined, from: number): void => {
    if (wanted !== undefined) wanted.span = { start: from, end: scanner.getTokenOffset() + scanner.getTokenLength() };
    const top = open.at(-1);
    if (top !== undefined && !top.isArray) top.key = undefined;
  };
  for (let token: number = scanner.scan(); token !== TOKEN.end; token = scanner.scan()) {
    const top = open.at(-1);
    switch (token) {
      case TOKEN.openBrace:
      case TOKEN.openBracket: {
        const isArray = token === TOKEN.openBracket;
        open.push({ wanted: wantedHere(), from: scanner.getTokenOffset(), isArray, index: 0, key: undefined });
        break;
      }
      case TOKEN.closeBrace:
      case TOKEN.closeBracket: {
        const closed = open.pop();
        if (closed !== undefined) ended(closed.wanted, closed.from);
        break;
      }
      case TOKEN.comma:
        if (top?.isArray === true) top.index++;
        break;
      case TOKEN.colon:
        break;
      default:
        if (top !== undefined && !top.isArray && top.key === undefined && token === TOKEN.text)
          top.key = scanner.getTokenValue();
        else ended(wantedHere(), scanner.getTokenOffset());
    }
  }
}

/** A layer of many lines is marked at its first one. */
function firstLine(text: string, span: Span): Span {
  const line = text.slice(span.start, Math.min(span.end, span.start + 200)).search(/[\r\n]/);
  return line <= 0
    ? { start: span.start, end: Math.min(span.end, text.length) }
    : { start: span.start, end: span.start + line };
}

/** What is wrong with the text's syntax and where: the first place that is not JSON. */
export function syntaxProblem(text: string): { readonly message: string; readonly span: Span } {
  const scanner = createScanner(text, true);
  const open: number[] = [];
  let depth = 0;
  const here = () => ({
    start: scanner.getTokenOffset(),
    end: scanner.getTokenOffset() + Math.max(1, scanner.getTokenLength()),
  });
  for (let token: number = scanner.scan(); token !== TOKEN.end; token = scanner.scan()) {
    if (token === TOKEN.unknown || scanner.getTokenError() !== 0)
      return { message: "this is not valid JSON here", span: here() };
    if (token === TOKEN.openBrace || token === TOKEN.openBracket) {
      open.push(token);
      if (++depth > MAX_JSON_DEPTH) return { message: `nested deeper than ${MAX_JSON_DEPTH} levels`, span: here() };
    }
    if (token === TOKEN.closeBrace || token === TOKEN.closeBracket) {
      const expected = token === TOKEN.closeBrace ? TOKEN.openBrace : TOKEN.openBracket;
      if (open.pop() !== expected)
        return { message: "this bracket closes nothing; the text is not valid JSON here", span: here() };
      depth--;
    }
  }
  const end = text.trimEnd().length;
  const message =
    open.length > 0 ? "the text ends inside a bracket; the file is cut off" : "the text is not valid JSON";
  return { message, span: { start: Math.max(0, end - 1), end } };
}
