/** The schema, read: what is known about the key at a path, all keys in order, and the JSON Schema file. */
import { z } from "zod";
import { configSchema, type KeyInfo, keyInfo } from "./schema.ts";

/** One key of the reference: `path` with `[]` for the items of a list. */
export interface KeyReference extends KeyInfo {
  readonly path: string;
  readonly required: boolean;
}

/** JSON Schema (draft 7, the one editors speak) of the config. */
export function configJsonSchema(): Record<string, unknown> {
  const { $schema, ...schema } = z.toJSONSchema(configSchema, { target: "draft-7", io: "input" });
  return { $schema, $id: "optimality.schema.json", title: "Optimality Lens config", ...schema };
}

function unwrap(schema: z.core.$ZodType): z.core.$ZodType {
  return schema instanceof z.ZodOptional ? unwrap(schema.unwrap()) : schema;
}

/** The keys a mapping may have at `schema`, with their schemas; unions offer the keys of all their alternatives. */
function childrenOf(schema: z.core.$ZodType): { readonly key: string; readonly schema: z.core.$ZodType }[] {
  const inner = unwrap(schema);
  if (inner instanceof z.ZodObject)
    return Object.entries(inner.shape).map(([name, child]) => ({ key: name, schema: child }));
  if (inner instanceof z.ZodUnion) return inner.options.flatMap(childrenOf);
  return [];
}

function itemOf(schema: z.core.$ZodType): z.core.$ZodType | undefined {
  const inner = unwrap(schema);
  if (inner instanceof z.ZodArray) return inner.element;
  if (inner instanceof z.ZodUnion) return inner.options.map(itemOf).find((item) => item !== undefined);
  return undefined;
}

function schemaAt(path: readonly (string | number)[]): z.core.$ZodType | undefined {
  let schema: z.core.$ZodType | undefined = configSchema;
  for (const segment of path) {
    if (schema === undefined) return undefined;
    schema =
      typeof segment === "number" ? itemOf(schema) : childrenOf(schema).find((child) => child.key === segment)?.schema;
  }
  return schema;
}

/** What is known about the key at `path`; undefined for a key there is none of, and for items that have no text of their own. */
export function keyInfoAt(path: readonly (string | number)[]): KeyInfo | undefined {
  const schema = schemaAt(path);
  return schema === undefined ? undefined : (keyInfo.get(schema) ?? keyInfo.get(unwrap(schema)));
}

/** The names of the keys that may stand under `path`. */
export function knownKeysAt(path: readonly (string | number)[]): string[] {
  const schema = schemaAt(path);
  return schema === undefined ? [] : childrenOf(schema).map((child) => child.key);
}

/** Every key of the config in the order of the schema, for the reference page, completion and hovers. */
export function keyReference(): readonly KeyReference[] {
  const found: KeyReference[] = [];
  const visit = (schema: z.core.$ZodType, path: readonly string[], shown: string): void => {
    for (const child of childrenOf(schema)) {
      const childPath = [...path, child.key];
      const childShown = shown === "" ? child.key : `${shown}.${child.key}`;
      const info = keyInfo.get(child.schema) ?? keyInfo.get(unwrap(child.schema));
      if (info !== undefined) {
        found.push({ path: childShown, required: !(child.schema instanceof z.ZodOptional), ...info });
      }
      const item = itemOf(child.schema);
      visit(item ?? child.schema, childPath, item === undefined ? childShown : `${childShown}[]`);
    }
  };
  visit(configSchema, [], "");
  return found;
}
