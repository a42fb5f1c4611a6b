/** Reading and writing files with messages instead of exceptions. */
import { randomUUID } from "node:crypto";
import { open, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { nearestAll } from "../config/near.ts";
import { MAX_FILE_BYTES, showBytes } from "../data/limits.ts";

export interface FileStamp {
  readonly size: number;
  readonly mtimeMs: number;
}

export type FileProblem = {
  readonly ok: false;
  /** What is wrong, to follow the name: `does not exist in data/`. */
  readonly message: string;
  /** Names in the same folder that look alike. */
  readonly similar: readonly string[];
};

/** Whether `path` is a file that can be read at all. Pipes and devices are refused: reading them may never end. */
export async function statFile(
  path: string,
  maxBytes = MAX_FILE_BYTES,
): Promise<{ readonly ok: true; readonly stamp: FileStamp } | FileProblem> {
  try {
    const found = await stat(path);
    if (found.isDirectory()) return problem("is a folder, not a file");
    if (!found.isFile()) return problem("is not a regular file");
    if (found.size === 0) return problem("is empty (0 bytes)");
    if (found.size > maxBytes) return problem(`has ${showBytes(found.size)}; at most ${showBytes(maxBytes)} are read`);
    return { ok: true, stamp: { size: found.size, mtimeMs: found.mtimeMs } };
  } catch (error) {
    return await explainMissing(path, error);
  }
}

export async function readBytes(
  path: string,
  maxBytes = MAX_FILE_BYTES,
): Promise<{ readonly ok: true; readonly bytes: Uint8Array } | FileProblem> {
  const found = await statFile(path, maxBytes);
  if (!found.ok) return found;
  try {
    return { ok: true, bytes: await readFile(path) };
  } catch (error) {
    return await explainMissing(path, error);
  }
}

/** All or nothing: a reader sees the old file or the new one, and a failure leaves the old one. */
export async function writeAtomically(path: string, content: string | Uint8Array): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.${randomUUID().slice(0, 8)}.tmp`);
  try {
    const file = await open(temporary, "wx");
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** The reason of a failed file operation in words, for what was not foreseen too. */
export function reasonOf(error: unknown): string {
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  switch (code) {
    case "EACCES":
    case "EPERM":
      return "permission denied";
    case "ENOENT":
      return "does not exist";
    case "ENOTDIR":
      return "a folder of its path is a file";
    case "ENOSPC":
      return "no space left on the disk";
    case "EROFS":
      return "the disk is read-only";
    case "ELOOP":
      return "is a circular link";
    case "ENAMETOOLONG":
      return "has a name that is too long";
    default:
      return code ?? (error instanceof Error ? error.message : String(error));
  }
}

async function explainMissing(path: string, error: unknown): Promise<FileProblem> {
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  if (code === "EACCES" || code === "EPERM") return problem("may not be read (permission denied)");
  if (code !== "ENOENT") return problem(`cannot be read (${reasonOf(error)})`);
  let names: string[];
  try {
    names = await readdir(dirname(path));
  } catch {
    return problem("does not exist, nor does its folder");
  }
  const name = basename(path);
  const stem = name.replace(/\.[^.]*$/, "");
  // The same name with another extension is as likely as a misspelling.
  const twins = names.filter(
    (candidate) => candidate.replace(/\.[^.]*$/, "") === stem && /\.(csv|tsv|npy|npz|mtx|json|ya?ml)$/i.test(candidate),
  );
  return problem("does not exist", [...new Set([...twins, ...nearestAll(name, names)])].slice(0, 3));
}

function problem(message: string, similar: readonly string[] = []): FileProblem {
  return { ok: false, message, similar };
}
