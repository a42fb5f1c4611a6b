/** The entry kernel on compiled code (assembly/entries.ts, assembly/ridge.ts). */
import type { Observed } from "../observed.ts";
import { blockFactors } from "./compiled-blocks.ts";
import type { BlockOptions, EntryKernel } from "./entry-kernel.ts";
import { type EntryLoss, LOSS_KINDS } from "./entry-loss.ts";
import { type Curvature, mustBeCurrent, ridgesOf, turnsOf } from "./entry-turns.ts";
import type { Workspace } from "./loader.ts";
import { type ObservedMemory, observedMemory, strideOf } from "./observed-memory.ts";

/** Entries of a span in assembly/entries.ts, two of which a Hessian product needs. */
const SPAN = 16;

export function compiledEntries(pattern: Observed, workspace: Workspace): EntryKernel {
  const memory = observedMemory(pattern, workspace);
  const { code } = memory;
  const { rows, columns, rowStart } = pattern;
  const byRows = memory.side("rows");
  const { startAt, indexAt } = byRows;
  let curvature: Curvature = { at: 0, constant: 1 };
  memory.write(memory.w, pattern.value);

  function gradientWith(
    [p, q]: readonly [Float64Array, Float64Array],
    u: Float64Array,
    v: Float64Array,
    r: number,
    [kind, weight, delta]: readonly [number, number, number],
  ): number {
    memory.begin();
    const uAt = memory.stageFactor(u, rows, r);
    const vAt = memory.stageFactor(v, columns, r);
    const pAt = memory.zeroFactor(rows, r);
    const qAt = memory.zeroFactor(columns, r);
    const { w } = memory;
    let sum = 0;
    for (const [from, to] of turnsOf(byRows, 6 * r)) {
      sum = code.gradientRows(
        ...([
          from,
          to,
          startAt,
          indexAt,
          byRows.yAt,
          w,
          uAt,
          vAt,
          pAt,
          qAt,
          strideOf(r),
          kind,
          weight,
          delta,
          sum,
        ] as const),
      );
    }
    memory.fetchFactor(p, pAt, rows, r);
    memory.fetchFactor(q, qAt, columns, r);
    return sum;
  }

  return {
    pattern,
    predictInto(x, u, v, r, precision = "double") {
      memory.begin();
      const uAt = memory.stageFactor(u, rows, r, precision);
      const vAt = memory.stageFactor(v, columns, r, precision);
      const xAt = memory.room(8 * x.length);
      const predict = precision === "single" ? code.predictRowsSingle : code.predictRows;
      const stride = strideOf(r, precision);
      for (const [from, to] of turnsOf(byRows, 2 * r)) predict(from, to, startAt, indexAt, xAt, uAt, vAt, stride);
      memory.fetch(x, xAt);
    },
    correlateInto(p, q, w, u, v, r) {
      memory.write(memory.w, w);
      gradientWith([p, q], u, v, r, [0, 0, 0]);
    },
    gradientInto(p, q, u, v, r, loss) {
      const [kind, delta] = lossOf(loss);
      return gradientWith([p, q], u, v, r, [kind, loss.weight, delta]);
    },
    setWeights: (w) => memory.write(memory.w, w),
    weightsInto: (w) => memory.fetch(w, memory.w),
    multiplyBlockInto: (out, x, k, options = {}) => multiplyBlockInto(memory, out, x, k, options),
    setCurvature(c) {
      if (typeof c === "number") curvature = { at: 0, constant: c };
      else {
        curvature = { at: memory.curvatureAddress(), constant: 1 };
        memory.write(curvature.at, c);
      }
    },
    setCurvatureAt(u, v, r, loss) {
      if (loss.kind === "squared") {
        curvature = { at: 0, constant: loss.weight };
        return;
      }
      curvature = { at: memory.curvatureAddress(), constant: 1 };
      memory.begin();
      const uAt = memory.stageFactor(u, rows, r);
      const vAt = memory.stageFactor(v, columns, r);
      const [kind, delta] = lossOf(loss);
      for (const [from, to] of turnsOf(byRows, 2 * r)) {
        code.predictRows(from, to, startAt, indexAt, curvature.at, uAt, vAt, strideOf(r));
        const [first, end] = [rowStart[from], rowStart[to]];
        const [c, yAt] = [curvature.at + 8 * first, byRows.yAt + 8 * first];
        if (kind === LOSS_KINDS.logistic) code.logisticSpan(c, yAt, 0, c, end - first, loss.weight, 0);
        else code.huberCurvatures(c, yAt, end - first, loss.weight, delta);
      }
    },
    *hessianTimesInto(hu, hv, at, direction, r) {
      const call = memory.begin();
      const addresses = [
        memory.stageFactor(at.u, rows, r),
        memory.stageFactor(at.v, columns, r),
        memory.stageFactor(direction.u, rows, r),
        memory.stageFactor(direction.v, columns, r),
        memory.zeroFactor(rows, r),
        memory.zeroFactor(columns, r),
      ] as const;
      const work = memory.room(2 * 8 * SPAN);
      const { at: c, constant } = curvature;
      for (const [from, to] of turnsOf(byRows, 12 * r)) {
        mustBeCurrent(memory, call);
        code.hessianRows(
          ...([from, to, startAt, indexAt, c, constant, memory.w, ...addresses, strideOf(r), work] as const),
        );
        yield;
      }
      mustBeCurrent(memory, call);
      memory.fetchFactor(hu, addresses[4], rows, r);
      memory.fetchFactor(hv, addresses[5], columns, r);
    },
    *ridgeInto(out, other, r, ridge, side) {
      const own = memory.side(side);
      const call = memory.begin();
      const otherAt = memory.stageFactor(other, side === "rows" ? columns : rows, r);
      const outAt = memory.zeroFactor(own.count, r);
      const ridgeAt = memory.stage(ridgesOf(ridge, r));
      const slivers = Math.ceil((r + 1) / 4);
      const work = memory.room(code.ridgeWorkBytes(slivers) + 64 * slivers * (slivers + 1));
      const { at: c, constant } = curvature;
      const { startAt: start, indexAt: index, positionAt: position } = own;
      let failed = 0;
      for (const [from, to] of turnsOf(own, r * r, r ** 3 / 3)) {
        mustBeCurrent(memory, call);
        failed += code.ridgeRows(
          ...([from, to, start, index, position, own.yAt, c, constant, outAt, otherAt] as const),
          ...([strideOf(r), r, ridgeAt, work] as const),
        );
        yield;
      }
      mustBeCurrent(memory, call);
      memory.fetchFactor(out, outAt, own.count, r);
      return failed;
    },
    factorBlocks: (u, v, r, ridge, mostBytes) =>
      blockFactors(memory, { u, v, r, ridge: ridgesOf(ridge, r), curvature, mostBytes: mostBytes ?? MOST_BYTES }),
  };
}

/** A block of float64 with the kernels, its rows so many bytes apart. */
export interface ResidentBlock {
  readonly at: number;
  readonly row: number;
}

/** W X, or Wᵀ X, and what `add` adds to it, given X. */
export function multiplyBlockInto(
  memory: ObservedMemory,
  out: Float64Array,
  x: Float64Array,
  k: number,
  { transpose = false, precision = "double" }: BlockOptions,
  add?: (sum: ResidentBlock, x: ResidentBlock) => void,
): void {
  const { code, pattern, w } = memory;
  const { rows, columns } = pattern;
  const byRows = memory.side("rows");
  const [inside, outside] = transpose ? [rows, columns] : [columns, rows];
  memory.begin();
  const isSingle = precision === "single";
  const stride = strideOf(k, precision);
  const block = isSingle ? { at: memory.stage(x), row: 8 * k } : { at: memory.stageFactor(x, inside, k), row: stride };
  const xAt = isSingle ? memory.roundFactor(block.at, inside, k) : block.at;
  const outAt = memory.zeroFactor(outside, k, precision);
  const { startAt, indexAt } = byRows;
  const forward = isSingle ? code.timesRowsSingle : code.timesRows;
  const backward = isSingle ? code.timesTransposedRowsSingle : code.timesTransposedRows;
  const multiply = transpose ? backward : forward;
  for (const [from, to] of turnsOf(byRows, 2 * k)) multiply(from, to, startAt, indexAt, w, xAt, outAt, stride);
  if (isSingle) {
    const sum = { at: memory.widenFactor(outAt, outside, k), row: 8 * k };
    add?.(sum, block);
    memory.fetch(out, sum.at);
  } else {
    add?.({ at: outAt, row: stride }, block);
    memory.fetchFactor(out, outAt, outside, k);
  }
}

/** As the assembly has it: which kind, and δ. */
function lossOf(loss: EntryLoss): readonly [kind: number, delta: number] {
  return [LOSS_KINDS[loss.kind], loss.kind === "huber" ? loss.delta : 0];
}

/** Of blocks, where nobody says how many. */
const MOST_BYTES = 2 ** 28;
