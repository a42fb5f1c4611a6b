/**
 * The observed entries of a matrix in a workspace of their own: what stays there for as long as the pattern is in use, and the
 * scratch behind it that every call fills anew. Factors are row-major, a row padded with zeros to a multiple of 32 bytes.
 */
import type { Observed } from "../observed.ts";
import { FIRST_ADDRESS, type KernelCode, type Workspace } from "./loader.ts";
import type { Precision } from "./multiply.ts";

/** Addresses of one side's entries: by rows, or by columns with the place of every entry in its row. */
export interface SideAddresses {
  readonly count: number;
  readonly start: Int32Array;
  readonly startAt: number;
  readonly indexAt: number;
  /** 0: entry k is number k. */
  readonly positionAt: number;
  /** The target in the order of these entries. */
  readonly yAt: number;
}

export type Side = "rows" | "columns";

export interface ObservedMemory {
  readonly code: KernelCode;
  readonly pattern: Observed;
  /** The weights W: one number an entry, by rows. */
  readonly w: number;
  side(side: Side): SideAddresses;
  /** Room for one number an entry that stays, for the curvature. */
  curvatureAddress(): number;
  /** More such room, of zeros at first. */
  entriesAddress(): number;
  /** Room of so many bytes that stays until another is asked for: the factors of the blocks. */
  keepRoom(bytes: number): number;
  /** Changes when that room is lost. */
  roomNumber(): number;
  /** Of room that lasts for the call, so many numbers of what is there; not to be kept. */
  view(at: number, count: number): Float64Array;
  /** Begins a call: everything staged before is given up. Returns what tells whether another call came in between. */
  begin(): number;
  isCurrent(call: number): boolean;
  /** Room for the call; addresses stay, views do not. */
  room(bytes: number): number;
  stage(values: Float64Array): number;
  /** "single": rounded to float32. */
  stageFactor(values: Float64Array, rows: number, r: number, precision?: Precision): number;
  /** A dense block of float64 as a factor of float32, and back. */
  roundFactor(dense: number, rows: number, r: number): number;
  widenFactor(at: number, rows: number, r: number): number;
  /** A factor of zeros. */
  zeroFactor(rows: number, r: number, precision?: Precision): number;
  fetch(out: Float64Array, at: number): void;
  fetchFactor(out: Float64Array, at: number, rows: number, r: number, precision?: Precision): void;
  write(at: number, values: Float64Array): void;
}

/** Bytes from one padded row to the next: a multiple of 32, whatever the precision. */
export function strideOf(r: number, precision: Precision = "double"): number {
  return precision === "single" ? 4 * paddedTo(8, r) : 8 * paddedTo(4, r);
}

function paddedTo(width: number, r: number): number {
  return width * Math.ceil(r / width);
}

export function observedMemory(pattern: Observed, workspace: Workspace): ObservedMemory {
  const { code } = workspace;
  const { rows, columns, rowStart, column, value } = pattern;
  const entries = column.length;
  let kept = FIRST_ADDRESS;
  let keptRoom = 0;
  let rooms = 0;
  let next = 0;
  let calls = 0;
  let curvature = 0;
  let byColumns: SideAddresses | undefined;

  /** What stays; the room for blocks lies behind it and goes. */
  function keep(bytes: number): number {
    const at = kept;
    kept += 16 * Math.ceil(bytes / 16);
    keptRoom = 0;
    rooms++;
    calls++;
    workspace.numbers(kept);
    return at;
  }
  function keepIndices(values: Int32Array): number {
    const at = keep(4 * values.length);
    workspace.indices(kept).set(values, at / 4);
    return at;
  }
  function room(bytes: number): number {
    const at = next;
    next += 16 * Math.ceil(bytes / 16);
    workspace.numbers(next);
    return at;
  }
  function stage(values: Float64Array): number {
    const at = room(8 * values.length);
    workspace.numbers(next).set(values, at / 8);
    return at;
  }
  function roundFactor(dense: number, count: number, r: number): number {
    const at = room(count * strideOf(r, "single"));
    code.roundRows(at, dense, count, r, paddedTo(8, r));
    return at;
  }
  function widenFactor(at: number, count: number, r: number): number {
    const dense = room(8 * count * r);
    code.widenRows(dense, at, count, r, paddedTo(8, r));
    return dense;
  }
  const byRows: SideAddresses = {
    count: rows,
    start: rowStart,
    startAt: keepIndices(rowStart),
    indexAt: keepIndices(column),
    positionAt: 0,
    yAt: keep(8 * entries),
  };
  workspace.numbers(kept).set(value, byRows.yAt / 8);
  const w = keep(8 * entries);

  function columnSide(): SideAddresses {
    const start = new Int32Array(columns + 1);
    for (let k = 0; k < entries; k++) start[column[k] + 1]++;
    for (let j = 0; j < columns; j++) start[j + 1] += start[j];
    const startAt = keepIndices(start);
    const indexAt = keep(4 * entries);
    const positionAt = keep(4 * entries);
    const yAt = keep(8 * entries);
    const indices = workspace.indices(kept);
    const numbers = workspace.numbers(kept);
    const at = start.slice(0, columns);
    for (let i = 0; i < rows; i++) {
      for (let k = rowStart[i]; k < rowStart[i + 1]; k++) {
        const t = at[column[k]]++;
        indices[indexAt / 4 + t] = i;
        indices[positionAt / 4 + t] = k;
        numbers[yAt / 8 + t] = value[k];
      }
    }
    return { count: columns, start, startAt, indexAt, positionAt, yAt };
  }

  return {
    code,
    pattern,
    w,
    side(side) {
      if (side === "rows") return byRows;
      byColumns ??= columnSide();
      return byColumns;
    },
    curvatureAddress() {
      if (curvature === 0) curvature = keep(8 * entries);
      return curvature;
    },
    entriesAddress() {
      const at = keep(8 * entries);
      workspace.numbers(0).fill(0, at / 8, at / 8 + entries);
      return at;
    },
    keepRoom(bytes) {
      keptRoom = 16 * Math.ceil(bytes / 16);
      rooms++;
      calls++;
      workspace.numbers(kept + keptRoom);
      return kept;
    },
    roomNumber: () => rooms,
    begin() {
      next = kept + keptRoom;
      return ++calls;
    },
    isCurrent: (call) => call === calls,
    room,
    view: (at, count) => workspace.numbers(0).subarray(at / 8, at / 8 + count),
    stage,
    roundFactor,
    widenFactor,
    stageFactor(values, count, r, precision = "double") {
      if (precision === "single") return roundFactor(stage(values), count, r);
      const padded = paddedTo(4, r);
      const at = room(8 * count * padded);
      workspace.numbers(next).set(values, at / 8 + count * (padded - r));
      if (padded > r) code.padRows(at, count, r, padded);
      return at;
    },
    zeroFactor(count, r, precision) {
      const bytes = count * strideOf(r, precision);
      const at = room(bytes);
      workspace.numbers(next).fill(0, at / 8, (at + bytes) / 8);
      return at;
    },
    fetch(out, at) {
      out.set(workspace.numbers(0).subarray(at / 8, at / 8 + out.length));
    },
    fetchFactor(out, at, count, r, precision = "double") {
      const padded = paddedTo(4, r);
      const from = precision === "single" ? widenFactor(at, count, r) : at;
      if (precision === "double" && padded > r) code.closeRows(at, count, r, padded);
      out.set(workspace.numbers(0).subarray(from / 8, from / 8 + count * r));
    },
    write(at, values) {
      workspace.numbers(0).set(values, at / 8);
    },
  };
}
