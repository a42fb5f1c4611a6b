/** Which files a config can name, as they would be written in it. */
import { readdir } from "node:fs/promises";
import { isAbsolute, resolve } from "node:path";

/** More than anyone reads through; typing narrows it. */
const MAX_NAMES = 1000;

/**
 * The files and folders (with a `/` behind) in the folder that `typed` has reached, relative to `folder`. None for absolute
 * paths: they do not travel with the config, and on Windows they can name other machines.
 */
export async function dataFileNames(folder: string, typed: string): Promise<readonly string[]> {
  const reached = typed.slice(0, typed.lastIndexOf("/") + 1);
  if (isAbsolute(reached) || reached.includes("\\")) return [];
  try {
    const entries = await readdir(resolve(folder, reached), { withFileTypes: true });
    const visible = entries.filter(({ name }) => !name.startsWith(".") && name !== "node_modules");
    const names = (folders: boolean) =>
      visible
        .filter((entry) => entry.isDirectory() === folders)
        .map(({ name }) => `${reached}${name}${folders ? "/" : ""}`)
        .sort();
    return [...names(false), ...names(true)].slice(0, MAX_NAMES);
  } catch {
    // Not a folder, or not readable: nothing to offer.
    return [];
  }
}
