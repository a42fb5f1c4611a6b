/**
 * Samples v_n on a line u + t·step, with their kinks v_n · u = 0: numbers that stay with the kernels from one line to the next.
 * A sample is on a side: 1 or −1, or 0 when it has no kink ahead whatever the line does.
 */
import { type Arithmetic, FIRST_ADDRESS, newWorkspace, type Workspace } from "./loader.ts";
import { multiplyVectorInto } from "./matrix-vector.ts";

export interface KinkLine {
  /** v_n · u, v_n · step and the side of every sample: read and written in place. */
  readonly reach: Float64Array;
  readonly change: Float64Array;
  readonly side: Float64Array;
  /** Filled by `findCrossings`. */
  readonly found: Int32Array;
  /** reach ← V u. Cost 2·samples·features flops, like the next two. */
  begin(u: Float64Array): void;
  /** change ← V step. */
  head(step: Float64Array): void;
  /** c ← Vᵀ x. */
  combineInto(c: Float64Array, x: Float64Array): void;
  /**
   * How many samples reach their kinks for t in (low, high]: those with side·reach in (low rate, high rate], where rate = −side·change
   * is more than `least` times the length of the sample.
   */
  findCrossings(low: number, high: number, least: number): number;
  /** reach ← reach + t·change. */
  advance(t: number): void;
}

/** `rows`: V, samples × features, row-major; `lengths`: one of each sample. Later changes of the two are not seen. */
export function kinkLine(
  rows: Float64Array,
  lengths: Float64Array,
  features: number,
  arithmetic: Arithmetic = "compiled",
): KinkLine {
  const workspace = arithmetic === "plain" ? undefined : newWorkspace();
  return workspace === undefined
    ? plainLine(rows, lengths, features)
    : compiledLine(rows, lengths, features, workspace);
}

function compiledLine(rows: Float64Array, lengths: Float64Array, features: number, workspace: Workspace): KinkLine {
  const { code } = workspace;
  const count = lengths.length;
  const even = (size: number) => 16 * Math.ceil(size / 2);
  const rowsAt = FIRST_ADDRESS;
  const lengthsAt = rowsAt + even(count * features);
  const reachAt = lengthsAt + even(count);
  const changeAt = reachAt + even(count);
  const sideAt = changeAt + even(count);
  const weightsAt = sideAt + even(count);
  const vectorAt = weightsAt + even(count);
  const foundAt = vectorAt + even(features);
  // All there will ever be: the views stay what they are.
  const numbers = workspace.numbers(foundAt + 4 * count);
  const found = workspace.indices(0).subarray(foundAt / 4, foundAt / 4 + count);
  const view = (at: number, size: number) => numbers.subarray(at / 8, at / 8 + size);
  const vector = view(vectorAt, features);
  const weights = view(weightsAt, count);
  view(rowsAt, count * features).set(rows);
  view(lengthsAt, count).set(lengths);
  return {
    reach: view(reachAt, count),
    change: view(changeAt, count),
    side: view(sideAt, count),
    found,
    begin(u) {
      vector.set(u);
      code.timesVector(reachAt, rowsAt, vectorAt, count, features);
    },
    head(step) {
      vector.set(step);
      code.timesVector(changeAt, rowsAt, vectorAt, count, features);
    },
    combineInto(c, x) {
      weights.set(x);
      code.timesVectorTransposed(vectorAt, rowsAt, weightsAt, count, features);
      c.set(vector);
    },
    findCrossings: (low, high, least) =>
      code.crossings(foundAt, reachAt, changeAt, sideAt, lengthsAt, count, low, high, least),
    advance: (t) => code.addScaled(reachAt, changeAt, count, t),
  };
}

function plainLine(rows: Float64Array, lengths: Float64Array, features: number): KinkLine {
  const count = lengths.length;
  const shape = { m: count, n: features };
  const [v, sizes] = [rows.slice(), lengths.slice()];
  const [reach, change, side] = [new Float64Array(count), new Float64Array(count), new Float64Array(count)];
  const found = new Int32Array(count);
  return {
    reach,
    change,
    side,
    found,
    begin: (u) => multiplyVectorInto(reach, v, u, shape),
    head: (step) => multiplyVectorInto(change, v, step, shape),
    combineInto: (c, x) => multiplyVectorInto(c, v, x, { ...shape, transpose: true }),
    findCrossings(low, high, least) {
      let size = 0;
      for (let n = 0; n < count; n++) {
        const rate = -side[n] * change[n];
        const distance = side[n] * reach[n];
        if (distance > high * rate || distance <= low * rate || rate <= least * sizes[n]) continue;
        found[size++] = n;
      }
      return size;
    },
    advance(t) {
      for (let n = 0; n < count; n++) reach[n] += t * change[n];
    },
  };
}
