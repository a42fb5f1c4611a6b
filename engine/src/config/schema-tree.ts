/** The schema as a tree of keys, items and alternatives, whichever way zod wraps them: what reference and completion walk. */
import { z } from "zod";
import { type KeyInfo, keyInfo } from "./schema.ts";
import { plainValue, type SourceNode } from "./source.ts";

export type Schema = z.core.$ZodType;

export interface ChildSchema {
  readonly key: string;
  readonly schema: Schema;
  /** Whether it has to be written where its mapping is. */
  readonly required: boolean;
}

/** Without what says "may be left out", "has a default" or "is made into something else". */
function unwrap(schema: Schema): Schema {
  if (
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodNullable ||
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodPrefault ||
    schema instanceof z.ZodReadonly ||
    schema instanceof z.ZodCatch ||
    schema instanceof z.ZodLazy
  )
    return unwrap(schema.unwrap());
  if (schema instanceof z.ZodPipe) return unwrap(schema.in instanceof z.ZodTransform ? schema.out : schema.in);
  return schema;
}

/** What a value may be, one schema per alternative, none of them a union or wrapped. */
export function alternativesOf(schema: Schema): Schema[] {
  const inner = unwrap(schema);
  return inner instanceof z.ZodUnion ? inner.options.flatMap(alternativesOf) : [inner];
}

/** Schemas do not change, and each keystroke asks for the keys of each line. */
const knownChildren = new WeakMap<Schema, readonly ChildSchema[]>();

/** The keys a mapping may have at `schema`, with their schemas; unions offer the keys of all their alternatives. */
export function childrenOf(schema: Schema): readonly ChildSchema[] {
  const known = knownChildren.get(schema);
  if (known !== undefined) return known;
  const children = findChildren(unwrap(schema));
  knownChildren.set(schema, children);
  return children;
}

function findChildren(inner: Schema): ChildSchema[] {
  if (inner instanceof z.ZodObject)
    return Object.entries(inner.shape).map(([key, schema]) => ({ key, schema, required: isRequired(schema) }));
  if (inner instanceof z.ZodRecord) {
    const names = alternativesOf(inner.keyType).flatMap(constantsOf);
    return names.map((name) => ({ key: String(name), schema: inner.valueType, required: false }));
  }
  if (inner instanceof z.ZodIntersection) return [inner.def.left, inner.def.right].flatMap(childrenOf);
  if (inner instanceof z.ZodUnion) return inner.options.flatMap(childrenOf);
  return [];
}

/** What the items of a list may be; several for a union of lists and for a list of fixed places. */
export function itemsOf(schema: Schema, index?: number): Schema[] {
  const inner = unwrap(schema);
  if (inner instanceof z.ZodArray) return [inner.element];
  if (inner instanceof z.ZodTuple) {
    const places: readonly Schema[] = inner.def.items;
    const rest: readonly Schema[] = inner.def.rest === null ? [] : [inner.def.rest];
    if (index === undefined) return [...places, ...rest];
    const place = places[index];
    return place === undefined ? [...rest] : [place];
  }
  if (inner instanceof z.ZodUnion) return inner.options.flatMap((option) => itemsOf(option, index));
  return [];
}

/** The values an alternative lists one by one. */
export function constantsOf(alternative: Schema): (string | number | boolean)[] {
  if (alternative instanceof z.ZodEnum) return alternative.options;
  if (alternative instanceof z.ZodBoolean) return [true, false];
  if (!(alternative instanceof z.ZodLiteral)) return [];
  return [...alternative.values].filter(
    (value) => typeof value === "string" || typeof value === "number" || typeof value === "boolean",
  );
}

export function isMapping(alternative: Schema): boolean {
  return (
    alternative instanceof z.ZodObject || alternative instanceof z.ZodRecord || alternative instanceof z.ZodIntersection
  );
}

export function isList(alternative: Schema): boolean {
  return alternative instanceof z.ZodArray || alternative instanceof z.ZodTuple;
}

function isRequired(schema: Schema): boolean {
  return schema._zod.optin === undefined;
}

export function infoOf(schema: Schema): KeyInfo | undefined {
  return keyInfo.get(schema) ?? keyInfo.get(unwrap(schema));
}

/** Whether a mapping that is being written may become `alternative`; the key `except` is not judged. */
function mayBecome(alternative: Schema, node: SourceNode, except: string | undefined): boolean {
  if (node.kind !== "map") return true;
  const children = childrenOf(alternative);
  return node.entries.every((entry) => {
    if (entry.key === except) return true;
    const child = children.find((candidate) => candidate.key === entry.key);
    if (child === undefined) return false;
    const value = plainValue(entry.node);
    const inside = alternativesOf(child.schema);
    const listed = inside.flatMap(constantsOf);
    const isListed = inside.every((each) => constantsOf(each).length > 0);
    return !isListed || value === null || listed.some((constant) => constant === value);
  });
}

/** The mappings among `schemas` that what is already written at `node` leaves open; all of them when it fits none. */
export function openMappings(schemas: readonly Schema[], node: SourceNode | undefined, except?: string): Schema[] {
  const mappings = schemas.flatMap(alternativesOf).filter(isMapping);
  const open = node === undefined ? mappings : mappings.filter((each) => mayBecome(each, node, except));
  return open.length > 0 ? open : mappings;
}
