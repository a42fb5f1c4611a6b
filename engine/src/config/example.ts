/** The examples of keys, read: what they write at a path. */
import type { Segment } from "./path.ts";
import { childNode, plainValue, type SourceNode } from "./source.ts";
import { readYaml } from "./yaml-source.ts";

export interface Example {
  readonly text: string;
  readonly value: unknown;
}

/** What the example of a key writes at `path`, on one line; of a list that is shorter, its first item. */
export function exampleAt(example: string, path: readonly Segment[]): Example | undefined {
  let node = readYaml(example).root;
  for (const segment of path) node = childNode(node, segment) ?? (node?.kind === "list" ? node.items[0] : undefined);
  if (node === undefined) return undefined;
  const text = example.slice(node.span.start, node.span.end);
  return text === "" || /[\r\n]/.test(text) ? undefined : { text, value: plainValue(node) };
}

/** The first `{name: …}` in the example of a key. */
export function entryIn(example: string, name: string): Example | undefined {
  const search = (node: SourceNode): SourceNode | undefined => {
    if (node.kind === "scalar") return undefined;
    if (node.kind === "list") return firstOf(node.items, search);
    return node.entries.find(({ key }) => key === name)?.node ?? firstOf(node.entries, (entry) => search(entry.node));
  };
  const { root } = readYaml(example);
  const found = root === undefined ? undefined : search(root);
  if (found === undefined) return undefined;
  const text = `{${name}: ${example.slice(found.span.start, found.span.end)}}`;
  return { text, value: { [name]: plainValue(found) } };
}

function firstOf<T>(items: readonly T[], search: (item: T) => SourceNode | undefined): SourceNode | undefined {
  for (const item of items) {
    const found = search(item);
    if (found !== undefined) return found;
  }
  return undefined;
}
