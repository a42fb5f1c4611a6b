/**
 * Proximal steps on the observed entries of a matrix. Their numbers stay with the kernels: a step reads and writes them once, and the
 * products with W copy nothing but their blocks.
 */
import type { Observed } from "../observed.ts";
import { multiplyBlockInto } from "./compiled-entries.ts";
import type { BlockOptions } from "./entry-kernel.ts";
import { type EntryLoss, LOSS_KINDS, slopesInto } from "./entry-loss.ts";
import { turnsOf } from "./entry-turns.ts";
import { type Arithmetic, newWorkspace, type Workspace } from "./loader.ts";
import type { Precision } from "./multiply.ts";
import { observedMemory, strideOf } from "./observed-memory.ts";
import { plainEntries } from "./plain-entries.ts";

/** One that the kernels know, or what makes negative slopes of predictions, and returns the loss. */
export type StepLoss = EntryLoss | ((w: Float64Array) => number);

export interface EntrySteps {
  /** W = −∇loss(Z) for Z = X + momentum (X − X⁻); returns loss(Z), summed entry after entry. */
  begin(momentum: number): number;
  /** out = W Q for Q columns × k, or Wᵀ Q for Q rows × k, row-major. Cost 2·nnz·k flops. */
  multiplyInto(out: Float64Array, q: Float64Array, k: number, options: BlockOptions): void;
  /** X⁺ = U Vᵀ, of k columns each, at the entries; "single": U, V and the sums in float32. Cost 2·nnz·k flops. */
  propose(u: Float64Array, v: Float64Array, k: number, precision?: Precision): EntryMove;
  /** X⁺ becomes X, and X becomes X⁻. */
  accept(): void;
}

export interface EntryMove {
  /** loss(X⁺), summed entry after entry. */
  readonly loss: number;
  /** ⟨W, X⁺ − Z⟩. */
  readonly slope: number;
  /** ⟨Z − X⁺, X⁺ − X⟩. */
  readonly uphill: number;
}

/** Below so many entries plain loops are as fast. */
const FEW = 256;
/** At 44 bytes an entry, the most that a memory of 4 GB holds beside the factors. */
const MANY = 5e7;

/** Of X that begins and goes on at 0; columns ascend in every row of the pattern, whose values are the targets. */
export function entrySteps(pattern: Observed, loss: StepLoss, arithmetic: Arithmetic = "compiled"): EntrySteps {
  const entries = pattern.column.length;
  const isPlain = arithmetic === "plain" || entries < FEW || entries > MANY;
  const workspace = isPlain ? undefined : newWorkspace();
  return workspace === undefined ? plainSteps(pattern, loss) : compiledSteps(pattern, loss, workspace);
}

function compiledSteps(pattern: Observed, loss: StepLoss, workspace: Workspace): EntrySteps {
  const memory = observedMemory(pattern, workspace);
  const { code, w } = memory;
  const { rows, columns } = pattern;
  const entries = pattern.column.length;
  const byRows = memory.side("rows");
  const { startAt, indexAt, yAt } = byRows;
  let [xAt, beforeAt, nextAt] = [memory.entriesAddress(), memory.entriesAddress(), memory.entriesAddress()];
  const isKnown = typeof loss !== "function";
  const kind = isKnown ? LOSS_KINDS[loss.kind] : 0;
  const weight = isKnown ? loss.weight : 0;
  const delta = isKnown && loss.kind === "huber" ? loss.delta : Number.POSITIVE_INFINITY;
  let beta = 0;
  return {
    begin(momentum) {
      beta = momentum;
      let sum = 0;
      for (let from = 0; from < entries; from += CHUNK) {
        const [at, count] = [8 * from, Math.min(CHUNK, entries - from)];
        sum = code.slopeSpan(
          ...([w + at, xAt + at, beforeAt + at, yAt + at, count, beta, kind, weight, delta, sum] as const),
        );
      }
      if (isKnown) return sum;
      const slopes = memory.view(w, entries).slice();
      const value = loss(slopes);
      memory.write(w, slopes);
      return value;
    },
    multiplyInto: (out, q, k, options) => multiplyBlockInto(memory, out, q, k, options),
    propose(u, v, k, precision = "double") {
      memory.begin();
      const isSingle = precision === "single" ? 1 : 0;
      const uAt = memory.stageFactor(u, rows, k, precision);
      const vAt = memory.stageFactor(v, columns, k, precision);
      const stride = strideOf(k, precision);
      const sumsAt = memory.stage(new Float64Array(4));
      const spareAt = memory.room(8 * columns);
      const given = [xAt, beforeAt, w, yAt, beta, sumsAt, spareAt, kind, weight, delta] as const;
      let sum = 0;
      for (const [from, to] of turnsOf(byRows, 2 * k + 16)) {
        sum = code.moveRows(from, to, startAt, indexAt, nextAt, uAt, vAt, stride, ...given, sum, isSingle);
      }
      const s = memory.view(sumsAt, 4);
      return {
        loss: isKnown ? sum : loss(memory.view(nextAt, entries).slice()),
        slope: s[0] + s[1],
        uphill: s[2] + s[3],
      };
    },
    accept() {
      [beforeAt, xAt, nextAt] = [xAt, nextAt, beforeAt];
    },
  };
}

/** Entries of a call: code is only replaced by better code when it is called. */
const CHUNK = 2 ** 20;

function plainSteps(pattern: Observed, loss: StepLoss): EntrySteps {
  const { rows, rowStart, column, value: y } = pattern;
  const kernel = plainEntries(pattern);
  const entries = () => new Float64Array(column.length);
  let [x, before, next] = [entries(), entries(), entries()];
  const [z, w] = [entries(), entries()];
  const lossAt = (given: Float64Array): number =>
    typeof loss === "function" ? loss(given) : slopesInto(given, y, [0, given.length], loss, 0, "plain");
  return {
    begin(momentum) {
      for (let k = 0; k < z.length; k++) z[k] = x[k] + momentum * (x[k] - before[k]);
      w.set(z);
      const value = lossAt(w);
      kernel.setWeights(w);
      return value;
    },
    multiplyInto: (out, q, k, options) => kernel.multiplyBlockInto(out, q, k, options),
    propose(u, v, k, precision) {
      kernel.predictInto(next, u, v, k, precision);
      const sums = new Float64Array(4);
      for (let i = 0; i < rows; i++) {
        for (let at = rowStart[i]; at < rowStart[i + 1]; at++) {
          const lane = (at - rowStart[i]) & 1;
          const moved = next[at] - z[at];
          sums[lane] += w[at] * moved;
          sums[2 + lane] -= moved * (next[at] - x[at]);
        }
      }
      return {
        loss: lossAt(next.slice()),
        slope: sums[0] + sums[1],
        uphill: sums[2] + sums[3],
      };
    },
    accept() {
      [before, x, next] = [x, next, before];
    },
  };
}
