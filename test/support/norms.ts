/** Norms for tests of polars, by name, for slices that are vectors of any length. */
import type { NormSpec } from "../../engine/src/config/config.ts";
import type { Norm } from "../../engine/src/problem/regularizer/norm.ts";
import type { ResolvedConstraint } from "../../engine/src/problem/regularizer/registry.ts";
import { normOf } from "../../engine/src/problem/regularizer/registry.ts";

export function normFor(
  spec: NormSpec,
  shape: readonly number[],
  constraints: readonly ResolvedConstraint[] = [],
): Norm {
  const made = normOf(spec, { shape, constraints });
  if (!made.ok) throw new Error(made.message);
  return made.norm;
}

/** A norm with its condition on slices of any length. */
export interface NormCase {
  readonly name: string;
  readonly of: (size: number) => Norm;
}

/** All norms that u vᵀ and CP have on vectors, with the constraints that go with any length. */
export const VECTOR_NORMS: readonly NormCase[] = [
  { name: "l2", of: (n) => normFor("l2", [n]) },
  { name: "l1", of: (n) => normFor("l1", [n]) },
  { name: "linf", of: (n) => normFor("linf", [n]) },
  { name: "l2 + l1/2", of: (n) => normFor({ l2: 1, l1: 0.5 }, [n]) },
  { name: "3 l1", of: (n) => normFor({ l1: 3 }, [n]) },
  { name: "lq 3", of: (n) => normFor({ lq: 3 }, [n]) },
  { name: "lq 1/2", of: (n) => normFor({ lq: 0.5 }, [n]) },
  { name: "l2, nonnegative", of: (n) => normFor("l2", [n], ["nonnegative"]) },
  { name: "l1, nonnegative", of: (n) => normFor("l1", [n], ["nonnegative"]) },
  { name: "linf, nonnegative", of: (n) => normFor("linf", [n], ["nonnegative"]) },
  { name: "l2, 2-sparse", of: (n) => normFor("l2", [n], [{ sparse: 2 }]) },
  { name: "l1, 2-sparse, nonnegative", of: (n) => normFor("l1", [n], [{ sparse: 2 }, "nonnegative"]) },
  { name: "l2, kernel", of: (n) => normFor("l2", [n], [{ kernel: alternating(n) }]) },
  { name: "l2, inequality", of: (n) => normFor("l2", [n], [{ inequality: alternating(n) }]) },
];

/** Its dual norm needs a splitting, so it takes its time. */
export const L1_IN_KERNEL: NormCase = {
  name: "l1, kernel",
  of: (n) => normFor("l1", [n], [{ kernel: alternating(n) }]),
};

/** One row 1, −1, 1, … */
function alternating(n: number) {
  return { shape: [1, n], data: Float64Array.from({ length: n }, (_, i) => (i % 2 === 0 ? 1 : -1)) };
}

/** A slice that obeys the norm, from any numbers; zero when nothing is left of them. */
export function feasible(norm: Norm, x: Float64Array): Float64Array {
  const out = Float64Array.from(x);
  norm.proxInto(out, 0);
  return out;
}
