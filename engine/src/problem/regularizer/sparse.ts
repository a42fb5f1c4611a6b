/**
 * At most k entries that are not 0, for a norm that is absolute and the same for every order of the entries. Then the k largest
 * |p_i| (of p₊ on x ≥ 0) are the best support: for the dual norm, and for the prox, whose gain grows with each |x_i|. The set is
 * a union of subspaces, not convex; the prox is a global minimizer all the same when the norm is convex.
 */
import { largestIndices } from "./entries.ts";
import { negativeEntry, nonnegative } from "./nonnegative.ts";
import type { Norm } from "./norm.ts";

export function sparse(norm: Norm, k: number, { isNonnegative }: { readonly isNonnegative: boolean }): Norm {
  const base = isNonnegative ? nonnegative(norm) : norm;
  const root = Math.sqrt(k);

  /** p on the k entries that matter most. */
  function kept(p: Float64Array): Float64Array {
    const out = new Float64Array(p.length);
    for (const i of largestIndices(isNonnegative ? p : p.map(Math.abs), k)) out[i] = p[i];
    return out;
  }

  function violation(x: Float64Array): string | undefined {
    const count = x.reduce((total, entry) => total + (entry === 0 ? 0 : 1), 0);
    if (count > k) return `${count} entries are not 0, more than ${k}`;
    return isNonnegative ? negativeEntry(x) : undefined;
  }

  return {
    ...norm,
    constrained: true,
    nonnegative: false,
    support: { limit: k, nonnegative: isNonnegative },
    convex: false,
    condition: (variable) =>
      `${base.condition(variable) === "" ? "" : `${base.condition(variable)}, `}‖${variable}‖₀ ≤ ${k}`,
    // With k entries ‖x‖₂ ≤ √k ‖x‖_∞ and ‖x‖₁ ≤ √k ‖x‖₂; the ends of the scale are ‖x‖_∞ ≤ ‖x‖₂ ≤ ‖x‖₁.
    euclideanFloor: Math.max(norm.euclideanFloor, (unitValue(norm) / root) * (1 - 1e-14)),
    l1Floor: Math.max(norm.l1Floor, (norm.euclideanFloor / root) * (1 - 1e-14), (unitValue(norm) / k) * (1 - 1e-14)),
    value: (x) => (violation(x) === undefined ? norm.value(x) : Number.POSITIVE_INFINITY),
    violation,
    dualValue: (p) => base.dualValue(kept(p)),
    dualUpper: (p, enough) => base.dualUpper(kept(p), enough),
    dualDirection: (p) => kept(base.dualDirection(kept(p))),
    climber: undefined,
    proxInto(x, t) {
      x.set(kept(x));
      base.proxInto(x, t);
    },
    subgradientDistance(p, x) {
      // Entries of the support count, and as many others as may still join it; the rest of p is normal to the set.
      const support = largestIndices(x.map(Math.abs), k);
      const others = p.map((entry, i) => (x[i] === 0 ? (isNonnegative ? entry : Math.abs(entry)) : 0));
      const seen = new Float64Array(p.length);
      for (const i of [...support, ...largestIndices(others, k - support.length)]) seen[i] = p[i];
      return base.subgradientDistance(seen, x);
    },
  };
}

/** ‖e₁‖: an absolute symmetric norm is not below ‖e₁‖ ‖x‖_∞. */
function unitValue(norm: Norm): number {
  return norm.value(Float64Array.of(1)) * (1 - 1e-12);
}
