/**
 * A point U Vᵀ of a whole table, judged without leaving compiled memory: predictions, slopes and products with the factors. The numbers are
 * those of one after the other, bit for bit; what is saved is that the table goes there and back between them.
 */
import { CHAIN, CHUNK, type ChainedLoss, chainedAdditions, type EntryLoss, residentSlopes } from "./entry-loss.ts";
import { FIRST_ADDRESS, workspaceFor } from "./loader.ts";

export interface TablePoint {
  readonly rows: number;
  readonly columns: number;
  /** rows × r and columns × r. */
  readonly u: Float64Array;
  readonly v: Float64Array;
  readonly r: number;
  /** The targets, row-major. */
  readonly y: Float64Array;
}

export interface TableGradient {
  /** W = −∇ℓ(U Vᵀ). */
  readonly w: Float64Array;
  /** P = W V and Q = Wᵀ U. */
  readonly p: Float64Array;
  readonly q: Float64Array;
}

export interface TableJudgment extends ChainedLoss {
  /** max |w_k|, NaN where one of them is. */
  readonly largest: number;
}

/** Below so many flops, or beyond so many bytes, it is not worth it. */
const FEW_FLOPS = 1e5;
const MOST_BYTES = 2 ** 25;

/** Undefined where the table is too small or too large for it, or there is no compiled code. Cost 6·m·n·r flops. */
export function judgeTableInto(
  { w, p, q }: TableGradient,
  { rows: m, columns: n, u, v, r, y }: TablePoint,
  loss: EntryLoss,
): TableJudgment | undefined {
  const bytes = 8 * (m * n + CHUNK + 2 * (m + n) * r);
  if (6 * m * n * r < FEW_FLOPS || bytes > MOST_BYTES) return undefined;
  const workspace = workspaceFor(bytes);
  if (workspace === undefined) return undefined;
  const { code } = workspace;
  const work = FIRST_ADDRESS;
  const uAt = work + code.workBytes();
  const vAt = uAt + 8 * m * r;
  const pAt = vAt + 8 * n * r;
  const qAt = pAt + 8 * m * r;
  const yAt = qAt + 8 * n * r;
  const wAt = yAt + 8 * CHUNK;
  const numbers = workspace.numbers(wAt + 8 * m * n);
  numbers.set(u.subarray(0, m * r), uAt / 8);
  numbers.set(v.subarray(0, n * r), vAt / 8);
  const row = 8 * n;
  const step = 8 * r;
  code.multiply(...([wAt, row, uAt, step, 8, vAt, 8, step] as const), ...([m, n, r, 0, 0, work] as const));
  let value = 0;
  for (let from = 0; from < m * n; from += CHAIN) {
    const end = Math.min(m * n, from + CHAIN);
    let sum = 0;
    for (let k = from; k < end; k += CHUNK) {
      const to = Math.min(end, k + CHUNK);
      numbers.set(y.subarray(k, to), yAt / 8);
      sum = residentSlopes(code, wAt + 8 * k, yAt, to - k, loss, sum);
    }
    value += sum;
  }
  code.multiply(...([pAt, step, wAt, row, 8, vAt, step, 8] as const), ...([m, r, n, 0, 0, work] as const));
  code.multiply(...([qAt, step, wAt, 8, row, uAt, step, 8] as const), ...([n, r, m, 0, 0, work] as const));
  const largest = code.largestSpan(wAt, m * n, 0);
  w.set(numbers.subarray(wAt / 8, wAt / 8 + m * n));
  p.set(numbers.subarray(pAt / 8, pAt / 8 + m * r));
  q.set(numbers.subarray(qAt / 8, qAt / 8 + n * r));
  return { value, additions: chainedAdditions(m * n), largest };
}
