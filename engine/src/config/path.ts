/** Config paths as text (`regularizer.norms[1]`, `["odd key"].x`) and as segments. */
import type { ConfigPath } from "../diagnose/finding.ts";

/** A key of a mapping, or an index of a list. */
export type Segment = string | number;

const PLAIN_KEY = /^[A-Za-z_][A-Za-z0-9_-]*$/;
const SEGMENT = /\.?([A-Za-z_][A-Za-z0-9_-]*)|\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]/y;

/** Keys that are not plain words are written as `["…"]` with JSON escapes. */
export function formatPath(segments: readonly Segment[]): ConfigPath {
  let path = "";
  for (const segment of segments) {
    if (typeof segment === "number") path += `[${segment}]`;
    else if (!PLAIN_KEY.test(segment)) path += `[${JSON.stringify(segment)}]`;
    else path += path === "" ? segment : `.${segment}`;
  }
  return path;
}

/** Inverse of `formatPath`; reading stops at the first character that belongs to no segment. */
export function parsePath(path: ConfigPath): Segment[] {
  const segments: Segment[] = [];
  SEGMENT.lastIndex = 0;
  for (let match = SEGMENT.exec(path); match !== null; match = SEGMENT.exec(path)) {
    if (match[2] !== undefined) segments.push(Number(match[2]));
    else if (match[3] !== undefined) segments.push(JSON.parse(match[3]) as string);
    else segments.push(match[1] ?? "");
  }
  return segments;
}
