/** Caps on what is read, and the words for going beyond them. */

/** Of a file on disk, and of what an archive unpacks to. */
export const MAX_FILE_BYTES = 2 ** 30;
/** 400 MB of float64. */
export const MAX_ENTRIES = 5e7;
/** Text is decoded into one string, which JavaScript engines limit to about 512 MB. */
export const MAX_TEXT_BYTES = 400 * 2 ** 20;

/** What reading an array gives. `message` starts with the name of the file. */
export type ReadResult<T> = { readonly ok: true; readonly array: T } | { readonly ok: false; readonly message: string };

export function failure(message: string): { readonly ok: false; readonly message: string } {
  return { ok: false, message };
}

/** `[150, 4]` as `150×4`. */
export function showShape(shape: readonly number[]): string {
  return shape.length === 0
    ? "a single number"
    : shape.length === 1
      ? `${shape[0]} ${shape[0] === 1 ? "entry" : "entries"}`
      : shape.join("×");
}

/** The number of entries of a shape, or why it cannot be: nothing is allocated before this is asked. */
export function countEntries(
  shape: readonly number[],
  name: string,
): { readonly ok: true; readonly count: number } | { readonly ok: false; readonly message: string } {
  let count = 1;
  for (const length of shape) {
    if (!Number.isSafeInteger(length) || length < 0)
      return failure(`${name}: the shape (${shape.join(", ")}) is not made of whole numbers ≥ 0`);
    count *= length;
  }
  if (count > MAX_ENTRIES) {
    return failure(
      `${name}: the shape ${shape.join("×")} has ${count.toLocaleString("en-US")} entries; at most ${MAX_ENTRIES.toLocaleString("en-US")} are read`,
    );
  }
  return { ok: true, count };
}

export function showBytes(bytes: number): string {
  if (bytes < 1024) return `${bytes} bytes`;
  const units = ["KiB", "MiB", "GiB", "TiB"];
  let size = bytes;
  let unit = -1;
  while (size >= 1024 && unit < units.length - 1) {
    size /= 1024;
    unit++;
  }
  return `${size.toFixed(size < 10 ? 1 : 0)} ${units[unit]}`;
}
