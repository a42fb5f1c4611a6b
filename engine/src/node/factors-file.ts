/** `FILE.factors.npz`: factor1, factor2, … with the branch as last axis, the dual array when there is one, and what proves the polars. */
import { basename } from "node:path";
import type { SavedArrays } from "../certify/verify.ts";
import { namedArrays, proofsIn } from "../certify/verify.ts";
import type { NumericArray } from "../data/array.ts";
import { readAllNpz, writeNpz } from "../data/npz.ts";
import { readBytes } from "./files.ts";

export function factorsBytes(saved: SavedArrays): Uint8Array {
  return writeNpz(namedArrays(saved));
}

/** Whether the arrays fit a problem is for its mapping to say (`factorsFrom`). */
export async function readFactors(
  path: string,
): Promise<({ readonly ok: true } & SavedArrays) | { readonly ok: false; readonly message: string }> {
  const name = basename(path);
  const read = await readBytes(path);
  if (!read.ok) return { ok: false, message: `${name}: ${read.message}` };
  const archive = readAllNpz(read.bytes, name);
  if (!archive.ok) return archive;
  const factors: NumericArray[] = [];
  for (let k = 1; ; k++) {
    const factor = archive.arrays[`factor${k}`];
    if (factor === undefined) break;
    factors.push(factor);
  }
  if (factors.length === 0) {
    return {
      ok: false,
      message: `${name}: needs the arrays factor1, factor2, …, one per factor; save them with numpy.savez`,
    };
  }
  const branches = factors[0].shape.at(-1);
  if (factors.some(({ shape }) => shape.length < 2 || shape.at(-1) !== branches)) {
    const shown = factors
      .map(({ shape }, k) => `factor${k + 1} is ${shape.length === 0 ? "a single number" : shape.join("×")}`)
      .join(" and ");
    return { ok: false, message: `${name}: ${shown}; all need one column per branch` };
  }
  return { ok: true, factors, dual: archive.arrays["dual"] ?? null, proofs: proofsIn(archive.arrays) };
}
