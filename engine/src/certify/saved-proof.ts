/**
 * The witness of a polar as it is saved beside the factors: its arrays, and the factors of the branch that reaches the lower
 * end as branch1, branch2, …. None where a check does again what the proof did.
 */
import type { NumericArray } from "../data/array.ts";
import type { WitnessRecord } from "./certificate.ts";
import type { ProvenPolar } from "./dual.ts";
import type { PolarProof } from "./polar/polar.ts";

export type SavedProof = Readonly<Record<string, NumericArray>>;

export function savedProof(bound: ProvenPolar | null): SavedProof {
  if (bound?.witness.arrays === undefined) return {};
  const [best] = bound.directions;
  const branch = (best?.factors ?? []).map((slice, k) => [`branch${k + 1}`, { shape: [slice.length], data: slice }]);
  return { ...bound.witness.arrays, ...Object.fromEntries(branch) };
}

export function witnessRecord(bound: ProvenPolar): WitnessRecord {
  const { kind, threshold, arrays } = bound.witness;
  return { kind, threshold, arrays: arrays === undefined ? null : Object.keys(savedProof(bound)).sort() };
}

/** What a certificate claims, to be checked; undefined where it says that there is nothing to check against. */
export function claimedProof(record: WitnessRecord | null | undefined, saved: SavedProof): PolarProof | undefined {
  if (record === null || record === undefined || record.arrays === null) return undefined;
  const branch: Float64Array[] = [];
  for (let slice = saved["branch1"]; slice !== undefined; slice = saved[`branch${branch.length + 1}`]) {
    branch.push(slice.data);
  }
  const { kind, threshold } = record;
  return { branch: branch.length === 0 ? undefined : branch, witness: { kind, threshold, arrays: saved } };
}
