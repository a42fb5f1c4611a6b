/** What may be written at a place of a half-written config. All of it comes from the schema and its descriptions. */
import { z } from "zod";
import type { Position, Range } from "../diagnose/finding.ts";
import { type Cursor, cursorInJson, cursorInYaml, neighborsOf } from "./cursor.ts";
import { exampleAt } from "./example.ts";
import { isSingle } from "./key.ts";
import { isJsonFile } from "./parse.ts";
import { formatPath, type Segment } from "./path.ts";
import { configSchema, type KeyInfo } from "./schema.ts";
import {
  alternativesOf,
  type ChildSchema,
  childrenOf,
  constantsOf,
  infoOf,
  isList,
  isMapping,
  itemsOf,
  openMappings,
  type Schema,
} from "./schema-tree.ts";
import { childNode, lineTable, MAX_TEXT_LENGTH, plainValue, type SourceNode, withoutByteOrderMark } from "./source.ts";
import { jsonText, yamlText } from "./text-edit.ts";
import { readYaml } from "./yaml-source.ts";

export interface ConfigCompletion {
  readonly kind: "key" | "value" | "file" | "folder" | "config";
  readonly label: string;
  /** One or two words beside the label, such as `required`. */
  readonly detail?: string;
  readonly insertText: string;
  /** Where the cursor goes, as an offset into `insertText`. */
  readonly caret: number;
  /** More can be completed where the cursor goes. */
  readonly continues: boolean;
  /** What `insertText` replaces, on one line. */
  readonly range: Range;
  /** What the replaced text is compared with. */
  readonly filterText: string;
  /** The key it is, or whose value it is. */
  readonly about?: { readonly path: string; readonly info: KeyInfo };
}

/** A place in a config, with what may be written there. */
export interface CompletionPlace {
  /** The file name that is typed, with the extensions that fit; absent where no file is named. */
  readonly file?: { readonly typed: string; readonly extensions: readonly string[] };
  /**
   * The most likely first. `files` are the names the value of a file key may have, relative to the config; folders end
   * in `/`.
   */
  items(files?: readonly string[]): ConfigCompletion[];
}

/** What may be written at `position`. Never throws: there is nothing to say of a text that cannot be read. */
export function completionAt(
  text: string,
  position: Position,
  options: { readonly fileName: string },
): CompletionPlace {
  const place = placeAt(text, position, options.fileName);
  if (place === undefined) return { items: () => [] };
  const { at, typed } = place.cursor;
  const extensions = at === "value" ? (place.about?.info.files?.extensions ?? []) : [];
  return {
    ...(extensions.length > 0 ? { file: { typed, extensions } } : {}),
    items(files = []) {
      const fileItems = extensions.length > 0 ? fileNames(place, files, extensions) : [];
      const keyItems = at === "value" || (at === "either" && place.json) ? [] : keys(place);
      const valueItems = at === "key" ? [] : values(place, fileItems.length > 0);
      // The items of a list are mostly plain values.
      const inList = typeof place.cursor.path.at(-1) === "number";
      const mixed = inList ? [...valueItems, ...keyItems] : [...keyItems, ...valueItems];
      const seen = new Set<string>();
      return [...wholeConfig(place), ...fileItems, ...mixed].filter(
        ({ insertText }) => !seen.has(insertText) && seen.add(insertText) !== undefined,
      );
    },
  };
}

interface Place {
  readonly cursor: Cursor;
  /** What may stand at the cursor's path. */
  readonly schemas: readonly Schema[];
  /** The innermost key of the path that has a description. */
  readonly about: { readonly path: string; readonly info: KeyInfo } | undefined;
  readonly node: SourceNode | undefined;
  readonly json: boolean;
  readonly range: Range;
}

function placeAt(text: string, position: Position, fileName: string): Place | undefined {
  const body = withoutByteOrderMark(text);
  if (body.length > MAX_TEXT_LENGTH || body.includes("\0")) return undefined;
  const lines = lineTable(body);
  const offset = lines.offsetAt(position);
  const json = isJsonFile(fileName);
  const cursor = json ? cursorInJson(body, offset) : cursorInYaml(body, offset);
  if (cursor === undefined) return undefined;
  let schemas: readonly Schema[] = [configSchema];
  let node = cursor.root;
  let about: Place["about"];
  for (const [depth, segment] of cursor.path.entries()) {
    schemas =
      typeof segment === "number" ? schemas.flatMap((each) => itemsOf(each, segment)) : below(schemas, segment, node);
    node = childNode(node, segment);
    const info = schemas.map(infoOf).find((each) => each !== undefined);
    if (info !== undefined) about = { path: formatPath(cursor.path.slice(0, depth + 1)), info };
    else if (typeof segment === "string") about = undefined;
  }
  return { cursor, schemas, about, node, json, range: lines.rangeOf(cursor.word) };
}

function below(schemas: readonly Schema[], key: Segment, node: SourceNode | undefined): Schema[] {
  const open = openMappings(schemas, node, String(key));
  return open.flatMap((each) => childrenOf(each).flatMap((child) => (child.key === key ? [child.schema] : [])));
}

function keys(place: Place): ConfigCompletion[] {
  const { cursor, json } = place;
  const neighbors = neighborsOf(cursor);
  const children = new Map<string, ChildSchema[]>();
  for (const mapping of openMappings(place.schemas, place.node, cursor.keyBeingTyped)) {
    if (isSingle(mapping) && neighbors.size > 0) continue;
    for (const child of childrenOf(mapping)) {
      if (!neighbors.has(child.key)) children.set(child.key, [...(children.get(child.key) ?? []), child]);
    }
  }
  const items = [...children].map(([name, same]) => {
    const info = same.map(({ schema }) => infoOf(schema)).find((each) => each !== undefined);
    const required = same.every((child) => child.required);
    const word = json ? JSON.stringify(name) : `${cursor.quote}${name}${cursor.quote}`;
    const value = valueShape(
      same.map(({ schema }) => schema),
      json,
    );
    const insertText = cursor.colonFollows ? word : `${word}: ${value.text}${cursor.separator}`;
    const item: ConfigCompletion = {
      kind: "key",
      label: name,
      insertText,
      caret: cursor.colonFollows ? word.length : word.length + 2 + value.caret,
      continues: !cursor.colonFollows,
      range: place.range,
      filterText: cursor.quote === "" ? name : word,
      ...(info === undefined ? {} : { about: { path: formatPath([...cursor.path, name]), info } }),
      ...(required ? { detail: "required" } : {}),
    };
    return { item, required };
  });
  return [...items.filter((each) => each.required), ...items.filter((each) => !each.required)].map(({ item }) => item);
}

interface Shape {
  readonly text: string;
  readonly caret: number;
}

/** How the value of a new key begins: brackets, with the keys that have to be there, when it cannot be a plain value. */
function valueShape(schemas: readonly Schema[], json: boolean, depth = 0): Shape {
  const alternatives = schemas.flatMap(alternativesOf);
  if (depth > 3 || alternatives.length === 0) return { text: "", caret: 0 };
  if (alternatives.every(isList)) return { text: "[]", caret: 1 };
  return alternatives.every(isMapping) ? mappingShape(alternatives, json, depth) : { text: "", caret: 0 };
}

/** Braces with the keys that all of the mappings need. */
function mappingShape(mappings: readonly Schema[], json: boolean, depth = 0): Shape {
  const [first, ...others] = mappings.map(childrenOf);
  const shared = (first ?? []).filter(
    ({ key, required }) =>
      required && others.every((each) => each.some((other) => other.key === key && other.required)),
  );
  return braces(shared, json, depth);
}

function braces(children: readonly ChildSchema[], json: boolean, depth: number): Shape {
  const parts = children.map(({ key, schema }) => {
    const name = `${json ? JSON.stringify(key) : key}: `;
    const value = valueShape([schema], json, depth + 1);
    return { text: name + value.text, caret: name.length + value.caret };
  });
  return { text: `{${parts.map(({ text }) => text).join(", ")}}`, caret: 1 + (parts[0]?.caret ?? 0) };
}

/** Values of the key at the cursor: those the schema lists, the default, the example, and the brackets of lists and mappings. */
function values(place: Place, filesAreKnown: boolean): ConfigCompletion[] {
  const { cursor, schemas, about, json } = place;
  if (cursor.path.length === 0 || (cursor.at === "either" && neighborsOf(cursor).size > 0)) return [];
  const alternatives = schemas.flatMap(alternativesOf);
  const constants = alternatives.flatMap(constantsOf);
  const fallback = readValue(about?.info.fallback);
  const items: ConfigCompletion[] = constants.map((value) =>
    valueItem(place, String(value), value, value === fallback?.value && isOwn(place) ? "default" : undefined),
  );
  items.sort((a, b) => Number(b.detail === "default") - Number(a.detail === "default"));
  const shapes = new Set<string>();
  const add = (text: string, value: unknown, detail: string): void => {
    if (typeof value === "string" && constants.length > 0 && detail === "default") return;
    if (!schemas.some((schema) => z.safeParse(schema, value).success)) return;
    if (typeof value === "object" && value !== null) shapes.add(Object.keys(value).join());
    items.push(valueItem(place, text, value, detail));
  };
  if (about !== undefined && !filesAreKnown) {
    if (isOwn(place) && fallback !== undefined && typeof fallback.value !== "string")
      add(about.info.fallback ?? "", fallback.value, "default");
    const example = exampleAt(about.info.example, cursor.path);
    if (example !== undefined) add(example.text, example.value, "example");
  }
  if (cursor.quote !== "") return items.filter((item) => item.insertText.startsWith(cursor.quote));
  if (cursor.at === "either") {
    if (alternatives.some(isList)) items.push(bracketItem(place, "- …", { text: "- ", caret: 2 }));
    return items;
  }
  for (const mapping of alternatives.filter(isMapping)) {
    const children = childrenOf(mapping);
    const starts = isSingle(mapping) ? children.map((child) => [child]) : [children.filter(({ required }) => required)];
    for (const start of starts) {
      if (shapes.has(start.map(({ key }) => key).join())) continue;
      const shape = braces(start, json, 0);
      items.push(bracketItem(place, `${shape.text.slice(0, shape.caret)}…${shape.text.slice(shape.caret)}`, shape));
    }
  }
  if (alternatives.some(isList)) items.push(bracketItem(place, "[…]", { text: "[]", caret: 1 }));
  return items;
}

/** Whether what is known at the cursor is about this value itself, not about the list it is in. */
function isOwn({ about, cursor }: Place): boolean {
  return about?.path === formatPath(cursor.path);
}

function valueItem(place: Place, label: string, value: unknown, detail: string | undefined): ConfigCompletion {
  const { json, cursor } = place;
  const isText = typeof value === "string";
  const written = json ? jsonText(value) : isText ? yamlString(value, cursor.quote) : label;
  return {
    ...placed(place, written, { text: written, caret: written.length }),
    kind: "value",
    label,
    continues: false,
    ...(detail === undefined ? {} : { detail }),
  };
}

function bracketItem(place: Place, label: string, shape: Shape): ConfigCompletion {
  return { ...placed(place, shape.text, shape), kind: "value", label, continues: true };
}

function placed(place: Place, filterText: string, { text, caret }: Shape) {
  const lead = place.cursor.needsBlank ? " " : "";
  return {
    insertText: `${lead}${text}${place.cursor.separator}`,
    caret: lead.length + caret,
    range: place.range,
    filterText,
    ...(place.about === undefined ? {} : { about: place.about }),
  };
}

/** Names of our own output; people factorize data. */
const NOT_DATA = /\.optimality\.json$|\.certificate\.json$/;

function fileNames(place: Place, files: readonly string[], extensions: readonly string[]): ConfigCompletion[] {
  const fits = (name: string) =>
    name.endsWith("/") || (!NOT_DATA.test(name) && extensions.some((each) => name.toLowerCase().endsWith(`.${each}`)));
  return files.filter(fits).map((name) => {
    const text = place.json ? JSON.stringify(name) : yamlString(name, place.cursor.quote);
    const isFolder = name.endsWith("/");
    // Inside the quotes, where the next name goes.
    const caret = isFolder && /["']$/.test(text) ? text.length - 1 : text.length;
    return {
      ...placed(place, text, { text, caret }),
      kind: isFolder ? "folder" : "file",
      label: name,
      continues: isFolder,
    };
  });
}

function wholeConfig(place: Place): ConfigCompletion[] {
  const info = infoOf(configSchema);
  const { cursor } = place;
  if (cursor.path.length > 0 || cursor.at !== "either") return [];
  if (info === undefined || neighborsOf(cursor).size > 0 || cursor.quote !== "" || cursor.colonFollows) return [];
  const value = readValue(info.example)?.value;
  const text = place.json ? JSON.stringify(value, null, 2) : `${info.example}\n`;
  return [
    {
      kind: "config",
      label: "smallest config",
      insertText: text,
      caret: text.length,
      continues: false,
      range: place.range,
      filterText: text.split("\n", 1)[0] ?? "",
      about: { path: "", info },
    },
  ];
}

/** A string that means the same inside brackets, in the quotes that are open. */
function yamlString(value: string, quote: Cursor["quote"]): string {
  if (quote === '"') return JSON.stringify(value);
  if (quote === "'") return `'${value.replaceAll("'", "''")}'`;
  return yamlText([value]).slice(1, -1);
}

function readValue(text: string | undefined): { readonly value: unknown } | undefined {
  if (text === undefined) return undefined;
  const { root, problems } = readYaml(text);
  return root === undefined || problems.length > 0 ? undefined : { value: plainValue(root) };
}
