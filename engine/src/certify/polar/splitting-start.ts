/** Where the descent of a splitting begins: a z with norms of 1. */
import { symmetricEigen } from "../../linalg/symmetric-eigen.ts";
import { euclideanLength, opposite } from "../../linalg/vector.ts";
import type { Branch } from "../../problem/factors.ts";
import type { QuadraticForm } from "./splitting-form.ts";

/** The branch, or what the largest eigenvalue of S or one entry of it has to offer. */
export function startingPoint(form: QuadraticForm, branch: Branch | undefined): Float64Array {
  const { size, entries } = form;
  const given = branch === undefined ? undefined : ofBranch(form, branch);
  if (given !== undefined) return given;
  const candidates: Float64Array[] = [];
  const eigen = symmetricEigen(size);
  if (eigen.solve(entries)) {
    const top = eigen.vectors.subarray(0, size);
    candidates.push(top.slice(), opposite(top));
  }
  const at = entries.reduce((most, x, k) => (x > entries[most] ? k : most), 0);
  const unit = new Float64Array(size);
  unit[Math.floor(at / size)] = 1;
  unit[at % size] = 1;
  const points = [...candidates, unit].flatMap((z) => normalized(form, z) ?? []);
  const [first = normalized(form, new Float64Array(size).fill(1)) ?? unit, ...others] = points;
  return others.reduce((most, z) => (valueAt(form, z) > valueAt(form, most) ? z : most), first);
}

function ofBranch(form: QuadraticForm, branch: Branch): Float64Array | undefined {
  const z = new Float64Array(form.size);
  let at = 0;
  for (const factor of form.factors) {
    const slice = branch[factor];
    if (slice === undefined || at + slice.length > z.length) return undefined;
    z.set(slice, at);
    at += slice.length;
  }
  return at === z.length ? normalized(form, z) : undefined;
}

/** In the cone, with the norms of the blocks equal and their squares adding up to 1. */
function normalized(form: QuadraticForm, z: Float64Array): Float64Array | undefined {
  const { size, second, ratio, positive } = form;
  const out = z.map((x, i) => (positive[i * size + i] === 1 ? Math.max(0, x) : x));
  const blocks = second < size ? [out.subarray(0, second), out.subarray(second)] : [out];
  for (const [k, block] of blocks.entries()) {
    const sum = block.reduce((total, x) => total + Math.abs(x), 0);
    const norm = euclideanLength(block) + ratio[k === 0 ? 0 : size - 1] * sum;
    if (!(norm > 0 && Number.isFinite(norm))) return undefined;
    for (let i = 0; i < block.length; i++) block[i] /= norm * Math.sqrt(blocks.length);
  }
  return out;
}

function valueAt({ size, entries }: QuadraticForm, z: Float64Array): number {
  let value = 0;
  for (let i = 0; i < size; i++) for (let j = 0; j < size; j++) value += entries[i * size + j] * z[i] * z[j];
  return value;
}
