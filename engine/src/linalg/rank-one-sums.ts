/**
 * Sums of r rank-one tensors x¹ ⊗ … ⊗ xᴷ against full tensors, by dense products. The axes are split once into those in front and
 * those behind, so that the row-major array of a tensor T is a matrix F × B as it stands. With the Khatri-Rao products M_F (F × r) and
 * M_B (B × r) of both groups, Σ x¹ ⊗ … ⊗ xᴷ is M_F M_Bᵀ, and what T says to every factor comes from T M_B and Tᵀ M_F: two
 * products instead of K, after which only F r and B r numbers are left (the dimension tree of phan2013). Factors are row-major with
 * the branch last.
 */
import { multiplyInto } from "./kernels/multiply.ts";
import type { Basis } from "./span.ts";

/** Neighboring axes, as one. */
export interface AxisGroup {
  /** Of all axes. */
  readonly first: number;
  readonly lengths: readonly number[];
  /** Their product. */
  readonly size: number;
}

export interface AxisSplit {
  readonly front: AxisGroup;
  readonly behind: AxisGroup;
}

/** Where F + B is least. */
export function splitAxes(lengths: readonly number[]): AxisSplit {
  const groupOf = (from: number, to: number): AxisGroup => {
    const own = lengths.slice(from, to);
    return { first: from, lengths: own, size: own.reduce((all, length) => all * length, 1) };
  };
  const splits = lengths.slice(1).map((_, k) => ({ front: groupOf(0, k + 1), behind: groupOf(k + 1, lengths.length) }));
  return splits.reduce((best, split) =>
    split.front.size + split.behind.size < best.front.size + best.behind.size ? split : best,
  );
}

/** The products of the group's factors, one row for each place in it: size × r. Cost 2·size·r. */
export function khatriRao({ first, lengths }: AxisGroup, factors: readonly Float64Array[], r: number): Float64Array {
  let product = factors[first];
  let rows = lengths[0];
  for (let k = 1; k < lengths.length; k++) {
    const x = factors[first + k];
    const length = lengths[k];
    const next = new Float64Array(rows * length * r);
    for (let i = 0, at = 0; i < rows; i++) {
      const from = i * r;
      for (let j = 0, y = 0; j < length; j++) {
        for (let b = 0; b < r; b++) next[at++] = product[from + b] * x[y++];
      }
    }
    product = next;
    rows *= length;
  }
  return product;
}

/** T M (F × r) for the Khatri-Rao product M of the axes behind, or Tᵀ M (B × r) for that of the axes in front. Cost 2·F·B·r. */
export function contracted(
  tensor: Float64Array,
  { front, behind }: AxisSplit,
  left: "front" | "behind",
  product: Float64Array,
  r: number,
): Float64Array {
  const [own, other] = left === "front" ? [front, behind] : [behind, front];
  const out = new Float64Array(own.size * r);
  multiplyInto(out, tensor, product, { m: own.size, n: r, k: other.size, transposeA: left === "behind" });
  return out;
}

/**
 * out (length of axis × r) = `rest` (size × r, what is left of a tensor on the group) contracted branch by branch with the group's
 * factors but that of `axis` (counted within the group). Cost 2·size·r.
 */
export function contractGroupInto(
  out: Float64Array,
  rest: Float64Array,
  { first, lengths }: AxisGroup,
  axis: number,
  factors: readonly Float64Array[],
  r: number,
): void {
  let left = rest;
  // Axes behind the wanted one, last one first: rows (…, length) → (…).
  for (let k = lengths.length - 1; k > axis; k--) left = withoutLast(left, lengths[k], factors[first + k], r);
  // Axes in front of it, first one first.
  for (let k = 0; k < axis; k++) left = withoutFirst(left, lengths[k], factors[first + k], r);
  out.set(left);
}

function withoutLast(rest: Float64Array, length: number, x: Float64Array, r: number): Float64Array {
  const out = new Float64Array(rest.length / length);
  for (let to = 0, at = 0; to < out.length; to += r) {
    for (let j = 0, y = 0; j < length; j++) for (let b = 0; b < r; b++) out[to + b] += rest[at++] * x[y++];
  }
  return out;
}

function withoutFirst(rest: Float64Array, length: number, x: Float64Array, r: number): Float64Array {
  const out = new Float64Array(rest.length / length);
  for (let j = 0, at = 0; j < length; j++) {
    for (let to = 0; to < out.length; to += r) for (let b = 0; b < r; b++) out[to + b] += rest[at++] * x[j * r + b];
  }
  return out;
}

/** The tensor of the sum. Cost 2·F·B·r. */
export function rankOneSumInto(
  tensor: Float64Array,
  { front, behind }: AxisSplit,
  factors: readonly Float64Array[],
  r: number,
): void {
  multiplyInto(tensor, khatriRao(front, factors, r), khatriRao(behind, factors, r), {
    ...{ m: front.size, n: behind.size, k: r },
    transposeB: true,
  });
}

/** out[k] = the gradient of X ↦ ⟨T, Σ x¹ ⊗ … ⊗ xᴷ⟩ in factor k. Cost 4·F·B·r. */
export function correlateTensorInto(
  out: readonly Float64Array[],
  tensor: Float64Array,
  split: AxisSplit,
  factors: readonly Float64Array[],
  r: number,
): void {
  const { front, behind } = split;
  for (const [group, other, left] of [[front, behind, "front"] as const, [behind, front, "behind"] as const]) {
    const rest = contracted(tensor, split, left, khatriRao(other, factors, r), r);
    group.lengths.forEach((_, axis) => {
      contractGroupInto(out[group.first + axis], rest, group, axis, factors, r);
    });
  }
}

/** T ×_k S_kᵀ for every k: the tensor in the coordinates of the columns of S_k. Cost 2·n·columns of the last axis, and less for the others. */
export function inCoordinates(tensor: Float64Array, lengths: readonly number[], bases: readonly Basis[]): Float64Array {
  const now = [...lengths];
  let out = tensor;
  // Last axis first: its product leaves the least behind for a row-major array, and needs no copies.
  for (let k = lengths.length - 1; k >= 0; k--) {
    out = alongAxis(out, now, k, bases[k]);
    now[k] = bases[k].columns;
  }
  return out;
}

/** T ×_k Sᵀ for S (length of axis k × columns). */
export function alongAxis(
  tensor: Float64Array,
  lengths: readonly number[],
  k: number,
  { columns, values }: Basis,
): Float64Array {
  const before = lengths.slice(0, k).reduce((all, length) => all * length, 1);
  const after = lengths.slice(k + 1).reduce((all, length) => all * length, 1);
  const out = new Float64Array(before * columns * after);
  if (after === 1) {
    multiplyInto(out, tensor, values, { m: before, n: columns, k: lengths[k] });
    return out;
  }
  const block = lengths[k] * after;
  for (let i = 0; i < before; i++) {
    multiplyInto(out.subarray(i * columns * after, (i + 1) * columns * after), values, tensor.subarray(i * block), {
      ...{ m: columns, n: after, k: lengths[k] },
      transposeA: true,
    });
  }
  return out;
}
