/** The schema, read: what is known about the key at a path, all keys in order, and the JSON Schema file. */
import { z } from "zod";
import type { ConfigPath } from "../diagnose/finding.ts";
import type { FileContent } from "./key.ts";
import { formatPath } from "./path.ts";
import { configSchema, type KeyInfo } from "./schema.ts";
import { alternativesOf, childrenOf, constantsOf, infoOf, itemsOf, type Schema } from "./schema-tree.ts";

/** A file that a config names. */
export interface NamedFile {
  readonly path: ConfigPath;
  /** Relative to the config, with `#array` where one is named. */
  readonly file: string;
  readonly hold: FileContent;
}

/** One key of the reference: `path` with `[]` for the items of a list. */
export interface KeyReference extends KeyInfo {
  readonly path: string;
  readonly required: boolean;
}

/** What a hover says about a key, in Markdown. */
export function describeKey(info: KeyInfo): string {
  // Our own texts are Markdown; what looks like a tag in them is not.
  const text = (words: string) => words.replaceAll("<", "\\<");
  return [
    text(info.description),
    `*Values:* ${text(info.values)}`,
    ...(info.fallback === undefined ? [] : [`*Default:* ${text(info.fallback)}`]),
    `\`\`\`yaml\n${info.example}\n\`\`\``,
  ].join("\n\n");
}

/** JSON Schema (draft 7, the one editors speak) of the config. `markdownDescription` is what editors show in hovers. */
export function configJsonSchema(): Record<string, unknown> {
  const { $schema, ...schema } = z.toJSONSchema(configSchema, {
    target: "draft-7",
    io: "input",
    override: ({ zodSchema, jsonSchema }) => {
      const info = infoOf(zodSchema);
      if (info !== undefined) jsonSchema["markdownDescription"] = describeKey(info);
    },
  });
  return { $schema, $id: "optimality.schema.json", title: "Optimality Lens config", ...schema };
}

/** Where alternatives have the same key, each leads on. */
function schemasAt(path: readonly (string | number)[]): readonly Schema[] {
  let schemas: readonly Schema[] = [configSchema];
  for (const segment of path) {
    const next = schemas.flatMap((schema) =>
      typeof segment === "number"
        ? itemsOf(schema, segment)
        : childrenOf(schema).flatMap((child) => (child.key === segment ? [child.schema] : [])),
    );
    schemas = [...new Set(next)];
  }
  return schemas;
}

/** What is known about the key at `path`; undefined for a key there is none of, and for items that have no text of their own. */
export function keyInfoAt(path: readonly (string | number)[]): KeyInfo | undefined {
  return schemasAt(path)
    .map(infoOf)
    .find((info) => info !== undefined);
}

/** The names of the keys that may stand under `path`. */
export function knownKeysAt(path: readonly (string | number)[]): string[] {
  return [...new Set(schemasAt(path).flatMap((schema) => childrenOf(schema).map((child) => child.key)))];
}

/** The words that may stand at `path` as a value. */
export function knownWordsAt(path: readonly (string | number)[]): string[] {
  const constants = schemasAt(path).flatMap(alternativesOf).flatMap(constantsOf);
  return [...new Set(constants.filter((each) => typeof each === "string"))];
}

/**
 * Every key of the config in the order of the schema, for the reference page; each path once. What may stand at several
 * places (norms, layers inside a layer) is described at the first.
 */
export function keyReference(): readonly KeyReference[] {
  return REFERENCE;
}

function readReference(): KeyReference[] {
  const found = new Map<string, KeyReference>();
  const described = new Set<Schema>();
  const visit = (schema: Schema, shown: string): void => {
    const fresh = childrenOf(schema).filter((child) => !described.has(child.schema));
    // All of them before what is below any: a sum inside a product is not what describes a sum.
    for (const child of fresh) described.add(child.schema);
    for (const child of fresh) {
      const path = shown === "" ? child.key : `${shown}.${child.key}`;
      const info = infoOf(child.schema);
      if (info !== undefined && !found.has(path)) found.set(path, { path, required: child.required, ...info });
      visit(child.schema, path);
      for (const item of itemsOf(child.schema)) visit(item, `${path}[]`);
    }
  };
  visit(configSchema, "");
  return [...found.values()];
}

const REFERENCE: readonly KeyReference[] = readReference();

/** The files that a config names, in its order; also of one that is wrong elsewhere. */
export function namedFiles(config: unknown): NamedFile[] {
  const found: NamedFile[] = [];
  const visit = (value: unknown, schemas: readonly Schema[], path: readonly (string | number)[]): void => {
    if (schemas.length === 0) return;
    if (typeof value === "string") {
      const files = schemas.map((schema) => infoOf(schema)?.files).find((each) => each !== undefined);
      if (files !== undefined && value !== "") found.push({ path: formatPath(path), file: value, hold: files.hold });
    } else if (Array.isArray(value)) {
      for (const [i, item] of value.entries()) {
        if (typeof item === "object")
          visit(
            item,
            schemas.flatMap((each) => itemsOf(each, i)),
            [...path, i],
          );
      }
    } else if (typeof value === "object" && value !== null) {
      const children = schemas.flatMap(childrenOf);
      for (const [name, item] of Object.entries(value)) {
        const below = children.flatMap(({ key, schema }) => (key === name ? [schema] : []));
        visit(item, below, [...path, name]);
      }
    }
  };
  visit(config, [configSchema], []);
  return found;
}
