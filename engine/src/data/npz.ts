/** numpy's .npz archives: a zip of .npy files. Sizes are judged by the directory of the archive before anything is unpacked. */
import { unzipSync, zipSync } from "fflate";
import type { NumericArray, SparseArray } from "./array.ts";
import { failure, MAX_FILE_BYTES, type ReadResult, showBytes } from "./limits.ts";
import { readNpy, writeNpy } from "./npy.ts";
import { isSparseArchive, readSparseNpz } from "./sparse-npz.ts";

/** Archives of parameters have a few arrays; this only stops what is not one. */
const MAX_MEMBERS = 10_000;

interface Member {
  readonly file: string;
  readonly bytes: number;
}

/** The arrays of an archive by their names, each unpacked when it is asked for. */
export interface Archive {
  readonly names: readonly string[];
  /** Of the `.npy` file; the name is one of `names`. */
  bytesOf(
    array: string,
  ): { readonly ok: true; readonly bytes: Uint8Array } | { readonly ok: false; readonly message: string };
}

/** One array of an archive; without `array`, the only one there is, or the sparse table that all of them are. */
export function readNpz(bytes: Uint8Array, name: string, array?: string): ReadResult<NumericArray | SparseArray> {
  const listed = listMembers(bytes, name);
  if (!listed.ok) return listed;
  const names = listed.members.map(arrayName);
  if ((array === undefined || array === "") && isSparseArchive(names)) {
    return readSparseNpz({ names, bytesOf: (key) => memberBytes(bytes, name, listed.members, key) }, name);
  }
  const chosen = choose(listed.members, name, array);
  if (!chosen.ok) return chosen;
  const content = memberBytes(bytes, name, listed.members, arrayName(chosen.member));
  return content.ok ? readNpy(content.bytes, `${name}#${arrayName(chosen.member)}`) : content;
}

/** Every array of an archive that this engine wrote. */
export function readAllNpz(
  bytes: Uint8Array,
  name: string,
):
  | { readonly ok: true; readonly arrays: Readonly<Record<string, NumericArray>> }
  | { readonly ok: false; readonly message: string } {
  const listed = listMembers(bytes, name);
  if (!listed.ok) return listed;
  const unpacked = unpack(bytes, name, listed.members);
  if (!unpacked.ok) return unpacked;
  const arrays: Record<string, NumericArray> = {};
  for (const member of listed.members) {
    const content = unpacked.files[member.file];
    if (content === undefined) return failure(`${name}: ${member.file} cannot be unpacked`);
    const read = readNpy(content, `${name}#${arrayName(member)}`);
    if (!read.ok) return read;
    arrays[arrayName(member)] = read.array;
  }
  return { ok: true, arrays };
}

/** Names in the order given; the same arrays always give the same bytes. */
export function writeNpz(arrays: Readonly<Record<string, NumericArray>>): Uint8Array {
  const files: Record<string, Uint8Array> = {};
  for (const [name, array] of Object.entries(arrays)) files[`${name}.npy`] = writeNpy(array);
  // Zip files carry a date; a fixed one keeps them comparable, and the engine reads no clock.
  // Stored, not compressed, as numpy.savez does: noise does not shrink.
  return zipSync(files, { level: 0, mtime: new Date(1980, 0, 1) });
}

function listMembers(
  bytes: Uint8Array,
  name: string,
): { readonly ok: true; readonly members: readonly Member[] } | { readonly ok: false; readonly message: string } {
  const members: Member[] = [];
  let count = 0;
  try {
    unzipSync(bytes, {
      filter: (file) => {
        count++;
        if (count <= MAX_MEMBERS && file.name.endsWith(".npy"))
          members.push({ file: file.name, bytes: file.originalSize });
        return false;
      },
    });
  } catch (error) {
    return failure(unzipMessage(name, error));
  }
  if (count > MAX_MEMBERS) return failure(`${name}: has ${count} files; at most ${MAX_MEMBERS} are read`);
  if (members.length === 0) return failure(`${name}: holds no arrays (no .npy files inside); save it with numpy.savez`);
  return { ok: true, members };
}

function choose(
  members: readonly Member[],
  name: string,
  array: string | undefined,
): { readonly ok: true; readonly member: Member } | { readonly ok: false; readonly message: string } {
  const names = members.map(arrayName);
  const list = names.slice(0, 12).join(", ") + (names.length > 12 ? ", …" : "");
  if (array === undefined || array === "") {
    const [only, ...others] = members;
    if (only !== undefined && others.length === 0) return { ok: true, member: only };
    return failure(`${name}: holds ${names.length} arrays (${list}); write ${name}#${names[0]} to take one`);
  }
  const member = members.find((candidate) => arrayName(candidate) === array);
  return member === undefined
    ? failure(`${name}: has no array ${JSON.stringify(array)}; it holds ${list}`)
    : { ok: true, member };
}

function memberBytes(
  bytes: Uint8Array,
  name: string,
  members: readonly Member[],
  array: string,
): ReturnType<Archive["bytesOf"]> {
  const chosen = choose(members, name, array);
  if (!chosen.ok) return chosen;
  const unpacked = unpack(bytes, name, [chosen.member]);
  if (!unpacked.ok) return unpacked;
  const content = unpacked.files[chosen.member.file];
  return content === undefined
    ? failure(`${name}: ${chosen.member.file} cannot be unpacked`)
    : { ok: true, bytes: content };
}

function unpack(
  bytes: Uint8Array,
  name: string,
  members: readonly Member[],
):
  | { readonly ok: true; readonly files: Readonly<Record<string, Uint8Array>> }
  | { readonly ok: false; readonly message: string } {
  const total = members.reduce((sum, member) => sum + member.bytes, 0);
  if (!(total <= MAX_FILE_BYTES))
    return failure(`${name}: unpacks to ${showBytes(total)}; at most ${showBytes(MAX_FILE_BYTES)} are read`);
  const wanted = new Set(members.map((member) => member.file));
  try {
    return {
      ok: true,
      files: unzipSync(bytes, { filter: (file) => wanted.has(file.name) && file.originalSize <= MAX_FILE_BYTES }),
    };
  } catch (error) {
    return failure(unzipMessage(name, error));
  }
}

function arrayName(member: Member): string {
  return member.file.replace(/\.npy$/, "");
}

function unzipMessage(name: string, error: unknown): string {
  const reason = error instanceof Error ? error.message : String(error);
  return `${name}: is not a .npz archive that can be read, or is damaged (${reason}); save it again with numpy.savez`;
}
