/** The factors of every row's and column's block (assembly/ridge.ts), kept in the memory of the entries. */

import type { BlockFactors } from "./entry-kernel.ts";
import { type Curvature, mustBeCurrent, turnsOf } from "./entry-turns.ts";
import { type ObservedMemory, strideOf } from "./observed-memory.ts";

interface BlockOptions {
  readonly u: Float64Array;
  readonly v: Float64Array;
  readonly r: number;
  readonly ridge: Float64Array;
  readonly curvature: Curvature;
  readonly mostBytes: number;
}

export function* blockFactors(
  memory: ObservedMemory,
  { u, v, r, ridge, curvature, mostBytes }: BlockOptions,
): Generator<void, BlockFactors | undefined> {
  const { code, pattern } = memory;
  const { rows, columns } = pattern;
  const slivers = Math.ceil(r / 4);
  const step = 64 * slivers * (slivers + 1);
  if (step * (rows + columns) > mostBytes) return undefined;
  const stride = strideOf(r);
  // What stays comes first in memory: before the room of the blocks.
  memory.side("columns");
  const blocks = memory.keepRoom(step * (rows + columns));
  const call = memory.begin();
  const ridgeAt = memory.stage(ridge);
  const work = memory.room(code.ridgeWorkBytes(slivers));
  for (const name of ["rows", "columns"] as const) {
    const own = memory.side(name);
    const other = name === "rows" ? memory.stageFactor(v, columns, r) : memory.stageFactor(u, rows, r);
    const to0 = name === "rows" ? blocks : blocks + step * rows;
    const { startAt, indexAt, positionAt } = own;
    for (const [from, to] of turnsOf(own, r * r, r ** 3 / 3)) {
      mustBeCurrent(memory, call);
      code.factorRows(
        ...([from, to, startAt, indexAt, positionAt, curvature.at, curvature.constant, other, stride] as const),
        ...([r, ridgeAt, to0, work] as const),
      );
      yield;
    }
  }

  const room = memory.roomNumber();
  function begin(): void {
    if (memory.roomNumber() !== room) throw new Error("entry kernel: the factors of these blocks are gone");
    memory.begin();
  }
  return {
    solveInto(du, dv) {
      begin();
      for (const [d, count, at] of [[du, rows, blocks] as const, [dv, columns, blocks + step * rows] as const]) {
        const dAt = memory.stageFactor(d, count, r);
        code.solveRows(0, count, at, step, dAt, stride, r);
        memory.fetchFactor(d, dAt, count, r);
      }
    },
    squaredNorm(du, dv) {
      begin();
      const sum = code.normRows(0, rows, blocks, step, memory.stageFactor(du, rows, r), stride, r, 0);
      const dvAt = memory.stageFactor(dv, columns, r);
      return code.normRows(0, columns, blocks + step * rows, step, dvAt, stride, r, sum);
    },
  };
}
