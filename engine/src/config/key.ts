/** How the schema says what a key means: one description for hovers, messages, the JSON Schema and the reference page. */
import { z } from "zod";

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
  /** For a key whose value names a file: the extensions it may have. */
  readonly files?: readonly string[];
}

/** What is said about each schema that is the value of a key. */
export const keyInfo = z.registry<KeyInfo>();

/** The schema with its description; the description also goes into the JSON Schema. */
export function key<S extends z.ZodType>(schema: S, info: KeyInfo, json: Readonly<Record<string, unknown>> = {}): S {
  const described = schema.meta({ description: info.description, ...json });
  keyInfo.add(described, info);
  return described;
}
