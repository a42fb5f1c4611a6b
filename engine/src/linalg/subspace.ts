/** Subspace iteration: the leading singular triplets of a matrix that is only multiplied with blocks of vectors. */
import { choleskyInto } from "./kernels/cholesky.ts";
import { gramInto, multiplyInto, type Precision } from "./kernels/multiply.ts";
import { powerOfTwoAbove } from "./rounding.ts";
import { symmetricEigen } from "./symmetric-eigen.ts";
import { addScaledInto, dot, euclideanLength, scaleInto } from "./vector.ts";

/** G, longer × shorter, as its products with row-major blocks of k vectors. */
export interface BlockOperator {
  /** Of the products, and of what is made of them; "double" where it is not given. */
  readonly precision?: Precision | undefined;
  readonly longer: number;
  readonly shorter: number;
  /** out (longer × k) = G Q. */
  timesInto(out: Float64Array, q: Float64Array, k: number): void;
  /** out (shorter × k) = Gᵀ P. */
  transposedTimesInto(out: Float64Array, p: Float64Array, k: number): void;
}

/** Σ_j values_j left_j right_jᵀ: columns of row-major longer × count and shorter × count matrices, values descending. */
export interface Triplets {
  readonly count: number;
  readonly values: Float64Array;
  readonly left: Float64Array;
  readonly right: Float64Array;
}

/** What a pass found: `count` triplets, of which those on the longer side are made for who wants them. */
export interface Pass extends Omit<Triplets, "left"> {
  /** The first `wanted` left vectors, longer × wanted. Cost 2·longer·k·wanted flops. */
  leftOf(wanted: number): Float64Array;
}

/** Squared singular values below this share of the largest are rounding, when they come from a Gram matrix. */
const NEGLIGIBLE = 1e-14;

/**
 * One pass from the independent columns of q (shorter × k): U an orthonormal basis of the columns of A = G Q, and the singular value
 * decomposition of Uᵀ G. The values are estimates from below, each pass multiplies the angle to the leading subspace by (σ_{k+1}/σ_j)².
 * Directions that G maps to nothing are left out. Orthogonality is that of Gram matrices: 1e-16 (σ₁/σ_j)².
 * Where the columns of A are far from dependent, as they are once directions have settled, U = A T is never formed: with B = Gᵀ A and
 * Tᵀ BᵀB T = F S² Fᵀ the right vectors are B T F S⁻¹, the left ones A T F.
 * Cost 4·longer·shorter·k + (longer + 3 shorter)k² flops and a symmetric eigenproblem of size k, beside the left vectors.
 */
export function subspacePass(g: BlockOperator, q: Float64Array, k: number): Pass {
  const a = new Float64Array(g.longer * k);
  g.timesInto(a, q, k);
  return passFromLeft(g, a, k);
}

/** The second half of a pass: from the independent columns of A (longer × k), which may be overwritten. */
export function passFromLeft(g: BlockOperator, a: Float64Array, k: number): Pass {
  let quick: Triangle | undefined;
  if (g.precision === "single") {
    // Fourth powers of singular values would be beyond float32 soon; of A only the directions count.
    const size = powerOfTwoAbove(a);
    if (size > 0 && Number.isFinite(size)) scaleInto(a, 1 / size);
    quick = triangleOf(a, g.longer, k, "single");
  }
  // Columns that are nearly dependent are orthonormal to single precision only when their triangle is known to double precision.
  const precision = quick?.mayTurnOthers === true ? "single" : "double";
  const triangle = precision === "single" ? quick : triangleOf(a, g.longer, k);
  const turn = triangle?.mayTurnOthers === true ? triangle.turn : undefined;
  const { basis, count } = turn === undefined ? orthonormal(a, g.longer, k, triangle) : { basis: a, count: k };
  const b = new Float64Array(g.shorter * count);
  g.transposedTimesInto(b, basis, count);
  const second = orthogonalized(b, g.shorter, count, { turn, precision });
  return {
    count: second.count,
    values: second.lengths,
    right: second.basis,
    leftOf(wanted) {
      const left = new Float64Array(g.longer * wanted);
      const rotation = firstOf(second.rotation, second.count, wanted);
      if (wanted > 0) multiplyInto(left, basis, rotation, { m: g.longer, n: wanted, k: count, precision });
      return left;
    },
  };
}

/** Of a pass, with its left vectors. */
export function tripletsOfPass({ count, values, right, leftOf }: Pass): Triplets {
  return { count, values, left: leftOf(count), right };
}

/** The first columns of a matrix with `all` of them. */
export function firstOf(side: Float64Array, all: number, count: number): Float64Array {
  if (count === all) return side;
  const rows = side.length / Math.max(1, all);
  const first = new Float64Array(rows * count);
  for (let to = 0, from = 0; to < first.length; from += all) {
    for (let j = 0; j < count; j++) first[to++] = side[from + j];
  }
  return first;
}

/** Squared sines of the angle between a column and those before it below this are left to the eigenvalue decomposition. */
const INDEPENDENT = 1e-6;
/** Above this the Gram matrix of other columns may be turned with them: its rounding grows with the inverse. */
const FAR_APART = 0.1;
/** Squared lengths up to this, and down to its inverse, have squares well within float64. */
const ORDINARY = 1e60;

interface Triangle {
  /** T, k × k, upper: A T is orthonormal. */
  readonly turn: Float64Array;
  /** Whether a Gram matrix of GᵀA may be turned, too. */
  readonly mayTurnOthers: boolean;
}

/**
 * T = D R⁻¹ with D the inverse lengths of A's columns (rows × k) and RᵀR = D AᵀA D, whose R_jj² are the squared sines. Undefined where
 * columns are nearly dependent.
 */
function triangleOf(a: Float64Array, rows: number, k: number, precision: Precision = "double"): Triangle | undefined {
  const factor = new Float64Array(k * k);
  gramInto(factor, a, rows, k, { precision });
  const squares = Float64Array.from({ length: k }, (_, j) => factor[j * k + j]);
  const inverse = squares.map((square) => 1 / Math.sqrt(square));
  if (!inverse.every(Number.isFinite)) return undefined;
  for (let i = 0; i < k; i++) for (let j = 0; j < k; j++) factor[i * k + j] *= inverse[i] * inverse[j];
  if (!choleskyInto(factor, k)) return undefined;
  let least = 1;
  for (let j = 0; j < k; j++) least = Math.min(least, factor[j * k + j] ** 2);
  if (!(least > INDEPENDENT)) return undefined;
  // Columns of R⁻¹ = L⁻ᵀ, from the rows of L⁻¹.
  const turn = new Float64Array(k * k);
  const row = new Float64Array(k);
  for (let c = 0; c < k; c++) {
    row.fill(0);
    row[c] = 1 / factor[c * k + c];
    for (let i = c + 1; i < k; i++) {
      let sum = 0;
      for (let j = c; j < i; j++) sum += factor[i * k + j] * row[j];
      row[i] = -sum / factor[i * k + i];
    }
    for (let i = c; i < k; i++) turn[c * k + i] = inverse[c] * row[i];
  }
  const isOrdinary = squares.every((square) => square < ORDINARY && square > 1 / ORDINARY);
  return { turn, mayTurnOthers: isOrdinary && least > FAR_APART };
}

interface Basis {
  readonly count: number;
  /** rows × count, orthonormal columns. */
  readonly basis: Float64Array;
}

/** Of the columns of A (rows × k): A T, or what an eigenvalue decomposition makes of columns that are nearly dependent. */
function orthonormal(a: Float64Array, rows: number, k: number, triangle: Triangle | undefined): Basis {
  if (triangle === undefined) return orthogonalized(a, rows, k);
  const basis = new Float64Array(rows * k);
  multiplyInto(basis, a, triangle.turn, { m: rows, n: k, k });
  return { count: k, basis };
}

/** The basis is A T F / lengths. */
interface Orthogonalized extends Basis {
  /** Singular values of A T, descending. */
  readonly lengths: Float64Array;
  /** T F, k × count. */
  readonly rotation: Float64Array;
}

/** A (rows × k) by the eigenvalue decomposition F S² Fᵀ of Tᵀ AᵀA T; T = I where it is not given. */
function orthogonalized(
  a: Float64Array,
  rows: number,
  k: number,
  { turn, precision }: { readonly turn?: Float64Array | undefined; readonly precision?: Precision } = {},
): Orthogonalized {
  let gram = new Float64Array(k * k);
  gramInto(gram, a, rows, k, { precision });
  if (turn !== undefined) gram = congruent(gram, turn, k);
  const scale = powerOfTwoAbove(gram);
  const eigen = symmetricEigen(k);
  const isUsable = scale > 0 && Number.isFinite(scale);
  if (isUsable) for (let at = 0; at < gram.length; at++) gram[at] /= scale;
  const solved = isUsable && eigen.solve(gram);
  const { values, vectors } = eigen;
  let count = 0;
  if (solved) while (count < k && values[count] > NEGLIGIBLE * values[0]) count++;
  const lengths = Float64Array.from({ length: count }, (_, j) => Math.sqrt(values[j]) * Math.sqrt(scale));
  let rotation = new Float64Array(k * count);
  for (let j = 0; j < count; j++) for (let i = 0; i < k; i++) rotation[i * count + j] = vectors[j * k + i];
  if (turn !== undefined && count > 0) {
    const turned = new Float64Array(k * count);
    multiplyInto(turned, turn, rotation, { m: k, n: count, k });
    rotation = turned;
  }
  const scaled = new Float64Array(k * count);
  for (let at = 0; at < scaled.length; at += count)
    for (let j = 0; j < count; j++) scaled[at + j] = rotation[at + j] / lengths[j];
  const basis = new Float64Array(rows * count);
  if (count > 0) multiplyInto(basis, a, scaled, { m: rows, n: count, k, precision });
  return { count, lengths, basis, rotation };
}

/** Tᵀ S T, symmetric to the last bit. */
function congruent(s: Float64Array, t: Float64Array, k: number): Float64Array<ArrayBuffer> {
  const product = new Float64Array(k * k);
  multiplyInto(product, s, t, { m: k, n: k, k });
  const both = new Float64Array(k * k);
  multiplyInto(both, t, product, { m: k, n: k, k, transposeA: true });
  for (let i = 0; i < k; i++) for (let j = 0; j < i; j++) both[j * k + i] = both[i * k + j];
  return both;
}

/** The singular triplets of L Rᵀ, longer × count and shorter × count. Cost O((longer + shorter) count²). */
export function tripletsOfProduct(left: Float64Array, right: Float64Array, count: number): Triplets {
  const [longer, shorter] = [left.length / count, right.length / count];
  const start = directionsFrom(right, count, { rows: shorter, wanted: count, normal: () => 0 });
  const between = (outer: Float64Array, inner: Float64Array, rows: readonly [number, number]) => {
    return (out: Float64Array, block: Float64Array, k: number) => {
      const core = new Float64Array(count * k);
      multiplyInto(core, inner, block, { m: count, n: k, k: rows[1], transposeA: true });
      multiplyInto(out, outer, core, { m: rows[0], n: k, k: count });
    };
  };
  const product: BlockOperator = {
    longer,
    shorter,
    timesInto: between(left, right, [longer, shorter]),
    transposedTimesInto: between(right, left, [shorter, longer]),
  };
  return tripletsOfPass(subspacePass(product, start.q, start.k));
}

/**
 * Triplets that are orthonormal to single precision, made so to double precision: Φ moves by no more than what single precision had made
 * of it. Cost 3(longer + shorter) count² flops.
 */
export function orthonormalTriplets({ count, values, left, right }: Triplets): Triplets {
  const sharp = (side: Float64Array) => {
    const rows = side.length / Math.max(1, count);
    const triangle = count > 0 ? triangleOf(side, rows, count) : undefined;
    return triangle === undefined ? side : orthonormal(side, rows, count, triangle).basis;
  };
  return { count, values, left: sharp(left), right: sharp(right) };
}

/** Orthonormal columns, rows × k row-major. */
export interface Directions {
  readonly q: Float64Array;
  readonly k: number;
}

export interface DirectionOptions {
  readonly rows: number;
  /** How many there should be; no more than there are rows. */
  readonly wanted: number;
  readonly normal: () => number;
  /** The given columns are orthonormal already. */
  readonly orthonormal?: boolean;
}

/** The first columns of `given` (rows × count) made orthonormal, and random ones beside them. Cost 4·rows·wanted² flops. */
export function directionsFrom(given: Float64Array, count: number, options: DirectionOptions): Directions {
  const { rows, normal, orthonormal = false } = options;
  const wanted = Math.min(rows, options.wanted);
  if (orthonormal && count < wanted) {
    const added = complement(given, count, rows, wanted - count, normal);
    if (added !== undefined) return sideBySide([given, count], [added, wanted - count], rows);
  }
  const basis: Float64Array[] = [];
  // Columns that depend on others are passed over; random ones hardly ever do.
  for (let j = 0; basis.length < wanted && j < count + wanted + 8; j++) {
    const candidate = Float64Array.from({ length: rows }, (_, i) => (j < count ? given[i * count + j] : normal()));
    const size = euclideanLength(candidate);
    for (let pass = 0; pass < 2; pass++) for (const q of basis) addScaledInto(candidate, -dot(candidate, q), q);
    const rest = euclideanLength(candidate);
    if (!(rest > 1e-8 * size)) continue;
    scaleInto(candidate, 1 / rest);
    basis.push(candidate);
  }
  const k = basis.length;
  const q = new Float64Array(rows * k);
  for (const [j, vector] of basis.entries()) for (let i = 0; i < rows; i++) q[i * k + j] = vector[i];
  return { q, k };
}

/** Directions Q that come of orthonormal V and of V₋ before. */
export interface DirectionsAhead extends Directions {
  /** VᵀQ and V₋ᵀQ, up to how orthonormal V and V₋ are: a row for each of theirs. Cost k²k₋ flops, for k directions of each. */
  shares(): readonly [own: Float64Array, before: Float64Array];
}

/** Random columns beside Q, orthogonal to V, until there are as many as wanted. Without Q where hardly any room is left for them. */
export function besideAhead(
  directions: DirectionsAhead,
  own: Directions,
  before: Directions,
  options: Omit<DirectionOptions, "orthonormal">,
): Directions | DirectionsAhead {
  const { rows, normal } = options;
  const k = Math.min(rows, options.wanted);
  const more = k - own.k;
  const added = more > 0 ? complement(own.q, own.k, rows, more, normal) : undefined;
  if (added === undefined) return more > 0 ? directionsFrom(own.q, own.k, options) : directions;
  return {
    ...sideBySide([directions.q, own.k], [added, more], rows),
    shares() {
      const [ofOwn, ofBefore] = directions.shares();
      const shares = new Float64Array(before.k * more);
      multiplyInto(shares, before.q, added, { m: before.k, n: more, k: rows, transposeA: true });
      const none = new Float64Array(own.k * more);
      return [
        sideBySide([ofOwn, own.k], [none, more], own.k).q,
        sideBySide([ofBefore, own.k], [shares, more], before.k).q,
      ];
    },
  };
}

/**
 * Q = V + share (V − V₋ V₋ᵀ V): where the columns of V are going, seen from V₋ before. No longer orthonormal, which a pass does not need.
 * Cost 4·rows·k·k₋ flops.
 */
export function ahead(own: Directions, before: Directions, share: number, precision?: Precision): DirectionsAhead {
  const rows = own.q.length / Math.max(1, own.k);
  const core = new Float64Array(before.k * own.k);
  multiplyInto(core, before.q, own.q, { m: before.k, n: own.k, k: rows, transposeA: true, precision });
  const q = new Float64Array(own.q.length);
  multiplyInto(q, before.q, core, { m: rows, n: own.k, k: before.k, precision });
  for (let at = 0; at < q.length; at++) q[at] = own.q[at] + share * (own.q[at] - q[at]);
  const { k } = own;
  return {
    q,
    k,
    shares() {
      // With C = V₋ᵀV: (1 + share) I − share CᵀC, and (1 + share) C − share C.
      const along = new Float64Array(k * k);
      gramInto(along, core, before.k, k, { precision });
      for (let at = 0; at < along.length; at++) along[at] *= -share;
      for (let j = 0; j < k; j++) along[j * k + j] += 1 + share;
      return [along, core];
    },
  };
}

/** Orthonormal columns that are random but orthogonal to those of V; undefined where hardly any room is left. */
function complement(
  v: Float64Array,
  count: number,
  rows: number,
  k: number,
  normal: () => number,
): Float64Array | undefined {
  let block: Float64Array = Float64Array.from({ length: rows * k }, normal);
  // Twice is enough, the second time of columns of unit length.
  for (let pass = 0; pass < 2; pass++) {
    const shares = new Float64Array(count * k);
    multiplyInto(shares, v, block, { m: count, n: k, k: rows, transposeA: true });
    for (let at = 0; at < shares.length; at++) shares[at] = -shares[at];
    multiplyInto(block, v, shares, { m: rows, n: k, k: count, accumulate: true });
    const triangle = triangleOf(block, rows, k);
    if (triangle === undefined) return undefined;
    block = orthonormal(block, rows, k, triangle).basis;
  }
  return block;
}

/** The columns of both, row-major. */
function sideBySide(
  [a, m]: readonly [Float64Array, number],
  [b, n]: readonly [Float64Array, number],
  rows: number,
): Directions {
  const k = m + n;
  const q = new Float64Array(rows * k);
  for (let i = 0; i < rows; i++) {
    q.set(a.subarray(i * m, (i + 1) * m), i * k);
    q.set(b.subarray(i * n, (i + 1) * n), i * k + m);
  }
  return { q, k };
}
