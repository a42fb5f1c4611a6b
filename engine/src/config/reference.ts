/** The schema, read: what is known about the key at a path, all keys in order, and the JSON Schema file. */
import { z } from "zod";
import { configSchema, type KeyInfo } from "./schema.ts";
import { childrenOf, infoOf, itemsOf, type Schema } from "./schema-tree.ts";

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

/** Every key of the config in the order of the schema, for the reference page, completion and hovers; each path once. */
export function keyReference(): readonly KeyReference[] {
  const found = new Map<string, KeyReference>();
  // What contains itself (layers inside a layer) is described once.
  const open = new Set<Schema>();
  const visit = (schema: Schema, shown: string): void => {
    if (open.has(schema)) return;
    open.add(schema);
    for (const child of childrenOf(schema)) {
      const path = shown === "" ? child.key : `${shown}.${child.key}`;
      const info = infoOf(child.schema);
      if (info !== undefined && !found.has(path)) {
        found.set(path, { path, required: child.required, ...info });
      }
      visit(child.schema, path);
      for (const item of itemsOf(child.schema)) visit(item, `${path}[]`);
    }
    open.delete(schema);
  };
  visit(configSchema, "");
  return [...found.values()];
}
