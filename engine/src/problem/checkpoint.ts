/** Arrays factor1 … factorK of a file → the factors of a mapping, or what is wrong with them. */
import type { NumericArray } from "../data/array.ts";
import type { InputCode } from "../diagnose/finding.ts";
import type { Factors } from "./factors.ts";
import { sliceOf } from "./factors.ts";
import type { Mapping } from "./mapping/mapping.ts";
import type { Norm } from "./regularizer/norm.ts";

type Read =
  | { readonly ok: true; readonly factors: Factors }
  | { readonly ok: false; readonly code: InputCode; readonly message: string };

/** Shapes only: last axis = branch; the axes before it as in the mapping, or flattened into one. */
export function factorsFrom(arrays: readonly NumericArray[], mapping: Mapping): Read {
  const { factors } = mapping;
  const names = factors.map((_, k) => `factor${k + 1}`);
  if (arrays.length !== factors.length) {
    const found = arrays.length === 1 ? "1 factor" : `${arrays.length} factors`;
    const message = `${found} for a mapping with ${factors.length}; save ${names.join(", ")}`;
    return { ok: false, code: "shape-mismatch", message };
  }
  const branches = arrays[0].shape.at(-1) ?? 0;
  const shown = arrays.map(({ shape }, k) => `${names[k]} is ${shape.join("×")}`).join(" and ");
  for (const [k, { shape, size }] of factors.entries()) {
    const given = arrays[k].shape;
    const fits =
      given.at(-1) === branches &&
      arrays[k].data.length === size * branches &&
      (given.length === 2 ||
        (given.length === shape.length + 1 && shape.every((length, axis) => length === given[axis])));
    if (fits && branches > 0) continue;
    if (branches === 0) {
      return { ok: false, code: "shape-mismatch", message: "the factors have no branch; save at least one column" };
    }
    const message = `${shown}; ${names[k]} needs ${[...shape, branches].join("×")}, one column per branch`;
    return { ok: false, code: "shape-mismatch", message };
  }
  return { ok: true, factors: { branches, values: arrays.map(({ data }) => data) } };
}

/** A point to start from also has to be finite and feasible. */
export function checkpointFactors(arrays: readonly NumericArray[], mapping: Mapping, norms: readonly Norm[]): Read {
  const read = factorsFrom(arrays, mapping);
  if (!read.ok) return read;
  const { branches, values } = read.factors;
  for (const [k, value] of values.entries()) {
    const place = (at: number) =>
      `row ${Math.floor(at / branches) + 1}, column ${(at % branches) + 1} of factor${k + 1} is ${value[at]}`;
    const odd = value.findIndex((x) => !Number.isFinite(x));
    if (odd >= 0) return { ok: false, code: "invalid-data", message: `${place(odd)}; factors have to be finite` };
    if (!norms[k].constrained) continue;
    const negative = norms[k].nonnegative ? value.findIndex((x) => x < 0) : -1;
    if (negative >= 0) {
      return { ok: false, code: "invalid-data", message: `${place(negative)}; the factor has to be nonnegative` };
    }
    for (let b = 0; b < branches; b++) {
      const violation = norms[k].violation(sliceOf(value, branches, b));
      if (violation === undefined) continue;
      return { ok: false, code: "invalid-data", message: `branch ${b} of factor${k + 1}: ${violation}` };
    }
  }
  return read;
}
