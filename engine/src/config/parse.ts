/** Config text → `Config`, or everything that is wrong with it, each at its place. Never throws. */
import type { ConfigPath, Finding, Position, Range, Suggestion } from "../diagnose/finding.ts";
import { explain } from "../diagnose/pages.ts";
import { checkWritten } from "./check.ts";
import type { Config, MappingConfig } from "./config.ts";
import type { Issue } from "./issue.ts";
import { readJson } from "./json-source.ts";
import { toConfig } from "./normalize.ts";
import { readMapping } from "./normalize-mapping.ts";
import { formatPath, parsePath, type Segment } from "./path.ts";
import { type NamedFile, namedFiles } from "./reference.ts";
import { configSchema } from "./schema.ts";
import {
  lineTable,
  MAX_TEXT_LENGTH,
  pathAtOffset,
  plainValue,
  type Source,
  type SourceNode,
  spanOf,
  withoutByteOrderMark,
} from "./source.ts";
import { readYaml } from "./yaml-source.ts";

export interface ParsedConfig {
  /** Absent when a finding of severity `error` says why. */
  readonly config?: Config;
  /** There whenever nothing is wrong with the mapping itself, whatever is wrong elsewhere. */
  readonly mapping?: MappingConfig;
  /** Everything at once, in the order of the text. */
  readonly findings: readonly Finding[];
  /** The files that are named, also when something else is wrong: they can be looked for all the same. */
  readonly named: readonly NamedFile[];
  /** Where `path` lies: its value, else its key, else the nearest key above it. Undefined when the text holds no keys. */
  locate(path: ConfigPath): Range | undefined;
  /** The innermost key or value at a position; the empty path outside all of them. */
  pathAt(position: Position): ConfigPath;
}

/** `.json` files are read as JSON (with comments), all others as YAML. */
export function readSource(text: string, fileName: string): Source {
  return isJsonFile(fileName) ? readJson(text) : readYaml(text);
}

export function isJsonFile(fileName: string): boolean {
  return /\.jsonc?$/i.test(fileName);
}

export function parseConfig(text: string, options: { readonly fileName: string }): ParsedConfig {
  const body = withoutByteOrderMark(text);
  const lines = lineTable(body);
  if (body.length > MAX_TEXT_LENGTH) {
    const message = `the config has ${body.length} characters; at most ${MAX_TEXT_LENGTH} are read`;
    return unreadable([textFinding(message, lines.rangeOf({ start: 0, end: 1 }))]);
  }
  const nul = body.indexOf("\0");
  if (nul >= 0) {
    const message = "the config holds binary data, not text; save it as UTF-8";
    return unreadable([textFinding(message, lines.rangeOf({ start: nul, end: nul + 1 }))]);
  }
  const source = readSource(body, options.fileName);
  const root = source.root;
  const syntax = source.problems.map((problem) => textFinding(problem.message, lines.rangeOf(problem.span)));
  const place = (issue: Issue): Finding => {
    const span = issue.atKey === true ? keySpanOf(root, issue.path) : undefined;
    const found = span ?? spanOf(root, issue.path, body);
    return {
      code: issue.code,
      severity: "error",
      message: printable(issue.message),
      path: formatPath(issue.path),
      range: lines.rangeOf(found ?? { start: 0, end: 0 }),
      explanation: explain(issue.code),
      suggestions: issue.suggestions ?? [],
    };
  };
  const views = {
    locate: (path: ConfigPath) => {
      const span = spanOf(root, writtenPath(root, parsePath(path)), body);
      return span === undefined ? undefined : lines.rangeOf(span);
    },
    pathAt: (position: Position) => formatPath(pathAtOffset(root, lines.offsetAt(position))),
  };
  // What stands after a syntax error may be read as something else: judge the values only when the structure is sure.
  if (syntax.length > 0) return { findings: firstPerPlace(syntax), named: [], ...views };
  const { config, issues } = judge(root);
  const findings = dedupe(issues.map(place)).sort(byPlace);
  const wrong = new Set(findings.map(({ path }) => path));
  const named = (root === undefined ? [] : namedFiles(plainValue(root))).filter(({ path }) => !wrong.has(path));
  if (config !== undefined) return { config, mapping: config.mapping, findings, named, ...views };
  const mapping = root === undefined ? undefined : mappingOf(plainValue(root));
  return mapping === undefined ? { findings, named, ...views } : { mapping, findings, named, ...views };
}

/** `constraint` at the top is another place for `regularizer.constraint`. */
function writtenPath(root: SourceNode | undefined, path: readonly Segment[]): readonly Segment[] {
  const [first, second, ...rest] = path;
  const isAtTop = root?.kind === "map" && root.entries.some(({ key }) => key === "constraint");
  return isAtTop && first === "regularizer" && second === "constraint" ? [second, ...rest] : path;
}

/** Judged alone. */
function mappingOf(value: unknown): MappingConfig | undefined {
  const written = typeof value === "object" && value !== null && "mapping" in value ? value.mapping : undefined;
  const parsed = configSchema.shape.mapping.safeParse(written);
  const issues: Issue[] = [];
  const mapping = parsed.success ? readMapping(parsed.data, issues) : undefined;
  return issues.length === 0 ? mapping : undefined;
}

function unreadable(findings: readonly Finding[]): ParsedConfig {
  return { findings, named: [], locate: () => undefined, pathAt: () => "" };
}

/** Everything that can be said about the values. A config comes out only when nothing is wrong. */
function judge(root: SourceNode | undefined): { readonly config?: Config; readonly issues: readonly Issue[] } {
  if (root === undefined) {
    const start = { data: { target: "y.csv" }, mapping: { kind: "matrix" }, lambda: { relative: 0.1 } };
    const edits = Object.entries(start).map(([path, value]) => ({ op: "set" as const, path, value }));
    const suggestion: Suggestion = { kind: "edit", title: "write the smallest config", edits };
    const message = "the config is empty; it needs data.target, mapping and lambda";
    return { issues: [{ code: "missing-key", message, path: [], suggestions: [suggestion] }] };
  }
  if (root.kind !== "map") {
    const what = root.kind === "list" ? "a list" : "a single value";
    const message = `the config is ${what}, not a mapping of keys; it starts like "data: {target: y.csv}"`;
    return { issues: [{ code: "syntax-error", message, path: [] }] };
  }
  const value = plainValue(root);
  const parsed = configSchema.safeParse(value);
  const issues: Issue[] = [...findDuplicates(root, []), ...checkWritten(parsed.error?.issues ?? [], value)];
  if (!parsed.success) return { issues };
  const normalized = toConfig(parsed.data);
  if (!normalized.ok) return { issues: [...issues, ...normalized.issues] };
  return issues.length === 0 ? { config: normalized.config, issues } : { issues };
}

function findDuplicates(node: SourceNode, path: readonly Segment[]): Issue[] {
  if (node.kind === "list") return node.items.flatMap((item, i) => findDuplicates(item, [...path, i]));
  if (node.kind === "scalar") return [];
  const seen = new Set<string>();
  const issues: Issue[] = [];
  for (const entry of node.entries) {
    const here = [...path, entry.key];
    if (seen.has(entry.key)) {
      issues.push({
        code: "syntax-error",
        message: `${formatPath(here)} is given twice; remove one of the two`,
        path: here,
        atKey: true,
      });
    }
    seen.add(entry.key);
    issues.push(...findDuplicates(entry.node, here));
  }
  return issues;
}

function keySpanOf(root: SourceNode | undefined, path: readonly Segment[]) {
  let node = root;
  let span: { readonly start: number; readonly end: number } | undefined;
  for (const segment of path) {
    if (node?.kind === "map") {
      // The last of duplicates: the first is the one that counts.
      const entry = node.entries.findLast((candidate) => candidate.key === segment);
      span = entry?.keySpan;
      node = entry?.node;
    } else if (node?.kind === "list" && typeof segment === "number") {
      node = node.items[segment];
      span = node?.span;
    } else return undefined;
  }
  return span;
}

function textFinding(message: string, range: Range): Finding {
  return {
    code: "syntax-error",
    severity: "error",
    message: printable(message),
    path: "",
    range,
    explanation: explain("syntax-error"),
    suggestions: [],
  };
}

/** Control characters and line breaks of the quoted text, escaped: a message is one line. */
function printable(message: string): string {
  return message.replace(/[\p{Cc}\u2028\u2029]/gu, (character) => JSON.stringify(character).slice(1, -1));
}

function dedupe(findings: readonly Finding[]): Finding[] {
  const seen = new Set<string>();
  return findings.filter((finding) => {
    const start = finding.range?.start;
    const key = `${finding.message}\n${start?.line}:${start?.character}`;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

/** One unclosed bracket can break several rules at the same character. */
function firstPerPlace(findings: readonly Finding[]): Finding[] {
  const seen = new Set<string>();
  return findings.filter(({ range }) => {
    const key = `${range?.start.line}:${range?.start.character}`;
    return !seen.has(key) && seen.add(key) !== undefined;
  });
}

function byPlace(a: Finding, b: Finding): number {
  const [p, q] = [a.range?.start, b.range?.start];
  return (p?.line ?? 0) - (q?.line ?? 0) || (p?.character ?? 0) - (q?.character ?? 0);
}
