/** Reading JSON of which nothing may be assumed: every accessor answers undefined instead of failing. */

export type Json = unknown;

/** Own properties only: `__proto__` and `constructor` are no keys of a file. */
export function valueAt(value: Json, key: string): Json {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return undefined;
  return (value as Readonly<Record<string, Json>>)[key];
}

export function isObject(value: Json): value is Readonly<Record<string, Json>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function objectAt(value: Json, key: string): Readonly<Record<string, Json>> | undefined {
  const found = valueAt(value, key);
  return isObject(found) ? found : undefined;
}

export function listAt(value: Json, key: string): readonly Json[] | undefined {
  const found = valueAt(value, key);
  return Array.isArray(found) ? found : undefined;
}

/** Names go into messages on one line: cut, and without control characters. */
export function stringAt(value: Json, key: string): string | undefined {
  const found = valueAt(value, key);
  return typeof found === "string" ? cleanName(found) : undefined;
}

export function numberAt(value: Json, key: string): number | undefined {
  const found = valueAt(value, key);
  return typeof found === "number" && Number.isFinite(found) ? found : undefined;
}

export function cleanName(name: string): string {
  // Nearly all of them; a model file has hundreds of thousands.
  if (/^[ -~]{0,120}$/.test(name)) return name;
  const line = name.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, "�");
  return line.length > 120 ? `${line.slice(0, 119)}…` : line;
}
