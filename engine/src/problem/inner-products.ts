/** How far branches point the same way. */
import { gramInto } from "../linalg/kernels/multiply.ts";
import type { Branch } from "./factors.ts";
import { factorsOf } from "./factors.ts";
import type { Problem } from "./problem.ts";

/**
 * ⟨φ_i, φ_j⟩, r × r row-major: of rank-one tensors the product of the factors' inner products to their degrees, of networks that of
 * their outputs. Cost r² inner products, and for networks r predictions.
 */
export function innerProducts({ mapping, sizes, target }: Problem, branches: readonly Branch[]): Float64Array {
  const r = branches.length;
  if (mapping.kind === "network") {
    const outputs = new Float64Array(target.value.length * r);
    const x = new Float64Array(target.value.length);
    for (const [b, branch] of branches.entries()) {
      mapping.predictInto(x, factorsOf([branch], sizes, 1));
      for (let k = 0; k < x.length; k++) outputs[k * r + b] = x[k];
    }
    const products = new Float64Array(r * r);
    gramInto(products, outputs, x.length, r);
    return products;
  }
  const products = new Float64Array(r * r).fill(1);
  const own = new Float64Array(r * r);
  for (const [k, value] of factorsOf(branches, sizes, r).values.entries()) {
    gramInto(own, value, sizes[k], r);
    const degree = mapping.factors[k].degree ?? 1;
    for (let at = 0; at < own.length; at++) products[at] *= degree === 1 ? own[at] : own[at] ** degree;
  }
  return products;
}
