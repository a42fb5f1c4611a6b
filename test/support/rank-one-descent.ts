/**
 * A plain reference for sums of outer products with norms on every factor: exact minimization over one slice of one branch at a
 * time (hierarchical alternating least squares with proxes), from many starts. It shares no code and no idea of width with the
 * engine: it has as many branches as it is given, and those that do not pay become zero, at first at a low price.
 */
import { normalStream } from "../../engine/src/linalg/random.ts";

/** Sweeps until the price of a branch has risen to λ. */
const RISE = 40;

export interface Slice {
  /** ‖x‖ in the norm of this factor. */
  norm(x: Float64Array): number;
  /** argmin_x (c/2)‖x‖² − ⟨p, x⟩ + weight·‖x‖. */
  best(p: Float64Array, c: number, weight: number): Float64Array;
}

export const euclidean: Slice = {
  norm: length,
  best: (p, c, weight) => shrunk(p, c, weight),
};

export const nonnegative: Slice = {
  norm: length,
  best: (p, c, weight) =>
    shrunk(
      p.map((x) => Math.max(x, 0)),
      c,
      weight,
    ),
};

/** ‖x‖₂ + γ‖x‖₁. */
export function withOnes(gamma: number): Slice {
  return {
    norm: (x) => length(x) + gamma * x.reduce((sum, e) => sum + Math.abs(e), 0),
    best: (p, c, weight) =>
      shrunk(
        p.map((x) => Math.sign(x) * Math.max(Math.abs(x) - gamma * weight, 0)),
        c,
        weight,
      ),
  };
}

/** min ½‖Y − Σ x¹ ⊗ … ⊗ xᴷ‖² + λ Σ Π ‖xᵏ‖ over `branches` branches: the least objective of `starts` starts. */
export function rankOneDescent(
  y: Float64Array,
  lengths: readonly number[],
  slices: readonly Slice[],
  lambda: number,
  { branches, starts, sweeps }: { readonly branches: number; readonly starts: number; readonly sweeps: number },
): number {
  let best = Number.POSITIVE_INFINITY;
  for (let start = 0; start < starts; start++) {
    const normal = normalStream(1000 + start);
    const model = Array.from({ length: branches }, () =>
      lengths.map((size, k) => {
        const x = Float64Array.from({ length: size }, () =>
          slices[k] === nonnegative ? Math.abs(normal()) : normal(),
        );
        return x.map((e) => e / length(x));
      }),
    );
    best = Math.min(best, descend(y, lengths, slices, lambda, model, sweeps));
  }
  return best;
}

function descend(
  y: Float64Array,
  lengths: readonly number[],
  slices: readonly Slice[],
  lambda: number,
  model: Float64Array[][],
  sweeps: number,
): number {
  const residual = y.slice();
  for (const branch of model) addInto(residual, branch, lengths, -1);
  let objective = Number.POSITIVE_INFINITY;
  for (let sweep = 0; sweep < sweeps; sweep++) {
    const price = lambda * Math.min(1, (sweep + 1) / RISE);
    for (const branch of model) {
      if (branch.some((x) => length(x) === 0)) continue;
      addInto(residual, branch, lengths, 1);
      for (let k = 0; k < lengths.length; k++) {
        const others = branch.filter((_, j) => j !== k);
        const c = others.reduce((all, x) => all * length(x) ** 2, 1);
        const weight = price * branch.reduce((all, x, j) => (j === k ? all : all * slices[j].norm(x)), 1);
        branch[k] = slices[k].best(contracted(residual, branch, lengths, k), c, weight);
        balanceInto(branch);
      }
      addInto(residual, branch, lengths, -1);
    }
    const fit = residual.reduce((sum, r) => sum + (r * r) / 2, 0);
    const next = model.reduce(
      (sum, branch) => sum + lambda * branch.reduce((all, x, k) => all * slices[k].norm(x), 1),
      fit,
    );
    if (sweep > RISE && objective - next <= 1e-13 * next) return next;
    objective = next;
  }
  return objective;
}

/** Equal lengths: scale from one slice to the others keeps the branch. */
function balanceInto(branch: Float64Array[]): void {
  const lengths = branch.map(length);
  const mean = lengths.reduce((all, l) => all * l, 1) ** (1 / branch.length);
  if (mean === 0) return;
  branch.forEach((x, k) => {
    branch[k] = x.map((e) => (e * mean) / lengths[k]);
  });
}

/** out += sign · x¹ ⊗ … ⊗ xᴷ. */
function addInto(out: Float64Array, branch: readonly Float64Array[], lengths: readonly number[], sign: number): void {
  for (let at = 0; at < out.length; at++) {
    let rest = at;
    let product = sign;
    for (let k = lengths.length - 1; k >= 0; k--) {
      product *= branch[k][rest % lengths[k]];
      rest = Math.floor(rest / lengths[k]);
    }
    out[at] += product;
  }
}

/** The tensor contracted with every slice but that of factor `free`. */
function contracted(
  tensor: Float64Array,
  branch: readonly Float64Array[],
  lengths: readonly number[],
  free: number,
): Float64Array {
  const out = new Float64Array(lengths[free]);
  for (let at = 0; at < tensor.length; at++) {
    let rest = at;
    let product = tensor[at];
    let index = 0;
    for (let k = lengths.length - 1; k >= 0; k--) {
      const i = rest % lengths[k];
      if (k === free) index = i;
      else product *= branch[k][i];
      rest = Math.floor(rest / lengths[k]);
    }
    out[index] += product;
  }
  return out;
}

function shrunk(p: Float64Array, c: number, weight: number): Float64Array {
  const size = length(p);
  return p.map((x) => (size <= weight ? 0 : ((1 - weight / size) / c) * x));
}

function length(x: Float64Array): number {
  return Math.sqrt(x.reduce((sum, e) => sum + e * e, 0));
}
