/** How the schema says what a key means: one description for hovers, messages, the JSON Schema and the reference page. */
import { z } from "zod";

/** What a named file is read as. */
export type FileContent = "array" | "factors" | "model";

/** What is said about a key in hovers, messages and the reference page. */
export interface KeyInfo {
  readonly description: string;
  /** Which values there are, as the end of "x is not …". */
  readonly values: string;
  /** The default in words; absent for a required key and for one whose default is "not given". */
  readonly fallback?: string;
  /** One or more lines of YAML from the top level. */
  readonly example: string;
  /** What to write instead of a wrong value, as an imperative. */
  readonly hint: string;
  /** For a key whose value names a file: what it holds, and the extensions it may have. */
  readonly files?: { readonly hold: FileContent; readonly extensions: readonly string[] };
}

/** What is said about each schema that is the value of a key. */
export const keyInfo = z.registry<KeyInfo>();

/** The schema with its description; the description also goes into the JSON Schema. */
export function key<S extends z.ZodType>(schema: S, info: KeyInfo, json: Readonly<Record<string, unknown>> = {}): S {
  const described = schema.meta({ description: info.description, ...json });
  keyInfo.add(described, info);
  return described;
}

const singles = z.registry<{ readonly noun: string }>();

/** A mapping of which exactly one key is written: `{huber: 1}`, `{dense: 5}`. `advice` is what to write instead of none. */
export function single<S extends z.ZodObject>(
  schema: S,
  { noun, nouns, advice }: { readonly noun: string; readonly nouns: string; readonly advice: string },
): S {
  const one = schema
    .superRefine((value, context) => {
      const names = Object.entries(value).flatMap(([name, each]) => (each === undefined ? [] : [name]));
      if (names.length === 1) return;
      const count = names.length === 2 ? "two" : names.length;
      const list = `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
      const several = `${list} are ${count} ${nouns}; keep one of them`;
      const message = names.length === 0 ? `{} names no ${noun}; ${advice}` : several;
      // `continue`: a union must not take this for its only alternative.
      context.addIssue({ code: "custom", message, continue: false });
    })
    .meta({ minProperties: 1, maxProperties: 1 });
  singles.add(one, { noun });
  return one;
}

/** Whether only one key of the mapping may be written. */
export function isSingle(schema: z.core.$ZodType): boolean {
  return singles.has(schema);
}
