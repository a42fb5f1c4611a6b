/**
 * Proximal steps on a table without holes. Its tables stay with the kernels: a step reads and writes them once, and the products
 * with G copy nothing but their blocks.
 */
import type { BlockOptions } from "./entry-kernel.ts";
import { type EntryLoss, LOSS_KINDS, slopesInto } from "./entry-loss.ts";
import { type Arithmetic, FIRST_ADDRESS, newWorkspace, type Workspace } from "./loader.ts";
import { multiplyInto, type Precision } from "./multiply.ts";
import { logisticSlopesInto } from "./plain-logistic.ts";

export interface TableSteps {
  /** Z = X + momentum (X − X⁻), G = Z − ∇loss(Z)/lipschitz; returns loss(Z). */
  begin(momentum: number, loss: EntryLoss, lipschitz: number): number;
  /** out = G Q for Q columns × k, or Gᵀ Q for Q rows × k, row-major. Cost 2·rows·columns·k flops. */
  multiplyInto(out: Float64Array, q: Float64Array, k: number, options: BlockOptions): void;
  /** X⁺ = U Vᵀ, of k columns each, and how far it is. Cost 2·rows·columns·k flops. */
  propose(u: Float64Array, v: Float64Array, k: number, precision?: Precision): TableMove;
  /** X⁺ becomes X, and X becomes X⁻. */
  accept(): void;
  /** out = G − U Vᵀ, of k columns each; what was proposed is lost. Cost 2·rows·columns·k flops. */
  lessInto(out: Float64Array, u: Float64Array, v: Float64Array, k: number): void;
}

export interface TableMove {
  /** ‖Z − X⁺‖². */
  readonly distance: number;
  /** ⟨Z − X⁺, X⁺ − X⟩. */
  readonly uphill: number;
  /** ⟨G − Z, Z − X⁺⟩. */
  readonly slope: number;
}

/** Of a table that begins and goes on at 0; `y`: its rows × columns targets, of which later changes are not seen. */
export function tableSteps(
  y: Float64Array,
  rows: number,
  columns: number,
  arithmetic: Arithmetic = "compiled",
): TableSteps {
  const workspace = arithmetic === "plain" ? undefined : newWorkspace();
  return workspace === undefined ? plainSteps(y, rows, columns) : compiledSteps(y, rows, columns, workspace);
}

function compiledSteps(y: Float64Array, rows: number, columns: number, workspace: Workspace): TableSteps {
  const { code } = workspace;
  const cells = rows * columns;
  const even = 16 * Math.ceil(cells / 2);
  const sumsAt = FIRST_ADDRESS;
  const yAt = sumsAt + 48;
  const [zAt, gAt] = [yAt + even, yAt + 2 * even];
  let [xAt, beforeAt, nextAt] = [yAt + 3 * even, yAt + 4 * even, yAt + 5 * even];
  const workAt = yAt + 6 * even;
  const blocksAt = workAt + 16 * Math.ceil(code.workBytes() / 16);
  workspace.numbers(blocksAt).set(y, yAt / 8);

  /** Blocks behind the tables, and room for what comes out; the address of each. */
  function stage(blocks: readonly Float64Array[], outLength: number): readonly number[] {
    const addresses: number[] = [];
    let at = blocksAt;
    for (const { length } of blocks) {
      addresses.push(at);
      at += 16 * Math.ceil(length / 2);
    }
    const numbers = workspace.numbers(at + 8 * outLength);
    for (const [index, block] of blocks.entries()) numbers.set(block, addresses[index] / 8);
    return [...addresses, at];
  }

  /** X⁺ = U Vᵀ. */
  function setNext(u: Float64Array, v: Float64Array, k: number, precision?: Precision): void {
    if (k === 0) {
      workspace.numbers(0).fill(0, nextAt / 8, nextAt / 8 + cells);
      return;
    }
    const [uAt, vAt] = stage([u, v], 0);
    const multiply = precision === "single" ? code.multiplySingle : code.multiply;
    multiply(
      ...([nextAt, 8 * columns, uAt, 8 * k, 8, vAt, 8, 8 * k] as const),
      ...([rows, columns, k, 0, 0, workAt] as const),
    );
  }

  return {
    begin(momentum, loss, lipschitz) {
      const delta = loss.kind === "huber" ? loss.delta : Number.POSITIVE_INFINITY;
      return code.stepSpan(
        ...([zAt, gAt, xAt, beforeAt, yAt, cells, momentum, 1 / lipschitz] as const),
        ...([LOSS_KINDS[loss.kind], loss.weight, delta, 0] as const),
      );
    },
    multiplyInto(out, q, k, { transpose = false, precision }) {
      if (k === 0) return;
      const [m, depth] = transpose ? [columns, rows] : [rows, columns];
      const [qAt, outAt] = stage([q], out.length);
      const [gRow, gColumn] = transpose ? [8, 8 * columns] : [8 * columns, 8];
      const multiply = precision === "single" ? code.multiplySingle : code.multiply;
      multiply(
        ...([outAt, 8 * k, gAt, gRow, gColumn, qAt, 8 * k, 8] as const),
        ...([m, k, depth, 0, 0, workAt] as const),
      );
      out.set(workspace.numbers(0).subarray(outAt / 8, outAt / 8 + m * k));
    },
    propose(u, v, k, precision) {
      setNext(u, v, k, precision);
      code.moveSums(sumsAt, nextAt, zAt, gAt, xAt, cells);
      const first = sumsAt / 8;
      const sums = workspace.numbers(0).subarray(first, first + 6);
      return { distance: sums[0] + sums[1], uphill: sums[2] + sums[3], slope: sums[4] + sums[5] };
    },
    accept() {
      [beforeAt, xAt, nextAt] = [xAt, nextAt, beforeAt];
    },
    lessInto(out, u, v, k) {
      setNext(u, v, k);
      code.differenceSpan(nextAt, gAt, cells);
      out.set(workspace.numbers(0).subarray(nextAt / 8, nextAt / 8 + cells));
    },
  };
}

function plainSteps(given: Float64Array, rows: number, columns: number): TableSteps {
  const y = given.slice();
  const table = () => new Float64Array(y.length);
  const [z, g] = [table(), table()];
  let [x, before, next] = [table(), table(), table()];
  const arithmetic = "plain";
  const setNext = (u: Float64Array, v: Float64Array, k: number, precision?: Precision): void =>
    multiplyInto(next, u, v, { m: rows, n: columns, k, transposeB: true, arithmetic, precision });
  return {
    begin(momentum, loss, lipschitz) {
      for (let k = 0; k < y.length; k++) z[k] = x[k] + momentum * (x[k] - before[k]);
      g.set(z);
      const sum =
        loss.kind === "logistic"
          ? logisticSlopesInto(g, y, loss.weight)
          : slopesInto(g, y, [0, y.length], loss, 0, arithmetic);
      const inverse = 1 / lipschitz;
      for (let k = 0; k < y.length; k++) g[k] = z[k] + g[k] * inverse;
      return sum;
    },
    multiplyInto(out, q, k, { transpose = false, precision }) {
      const [m, depth] = transpose ? [columns, rows] : [rows, columns];
      multiplyInto(out, g, q, { m, n: k, k: depth, transposeA: transpose, arithmetic, precision });
    },
    propose(u, v, k, precision) {
      setNext(u, v, k, precision);
      const [distance, uphill, slope] = [
        [0, 0],
        [0, 0],
        [0, 0],
      ];
      for (let k = 0; k < y.length; k++) {
        const moved = z[k] - next[k];
        distance[k & 1] += moved * moved;
        uphill[k & 1] += moved * (next[k] - x[k]);
        slope[k & 1] += (g[k] - z[k]) * moved;
      }
      return { distance: distance[0] + distance[1], uphill: uphill[0] + uphill[1], slope: slope[0] + slope[1] };
    },
    accept() {
      [before, x, next] = [x, next, before];
    },
    lessInto(out, u, v, k) {
      setNext(u, v, k);
      for (let at = 0; at < out.length; at++) out[at] = g[at] - next[at];
    },
  };
}
