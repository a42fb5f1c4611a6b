/**
 * Proximal steps on the observed entries of a matrix, as sums of two products of factors. All that stays with the kernels: a step reads and
 * writes the entries once, and the products with G copy nothing but their blocks.
 */
import type { Observed } from "../observed.ts";
import { scaleInto } from "../vector.ts";
import { multiplyBlockInto, type ResidentBlock } from "./compiled-entries.ts";
import type { BlockOptions } from "./entry-kernel.ts";
import { type EntryLoss, LOSS_KINDS, slopesInto } from "./entry-loss.ts";
import { turnsOf } from "./entry-turns.ts";
import { type Arithmetic, newWorkspace, type Workspace } from "./loader.ts";
import { multiplyInto, type Precision } from "./multiply.ts";
import { observedMemory, strideOf } from "./observed-memory.ts";
import { plainEntries } from "./plain-entries.ts";

/** One that the kernels know, or what makes negative slopes of predictions, and returns the loss. */
export type StepLoss = EntryLoss | ((w: Float64Array) => number);

export interface EntrySteps {
  /** W = −∇loss(Z) for Z = X + momentum (X − X⁻); returns loss(Z), summed entry after entry. */
  begin(momentum: number): number;
  /**
   * out = G Q for Q columns × k, or Gᵀ Q for Q rows × k, row-major, where G = W + scale·Z. Cost 2·nnz·k flops, and 2(rows + columns)rk for
   * X and as much for X⁻, of r columns.
   */
  multiplyInto(out: Float64Array, q: Float64Array, k: number, options: StepOptions): void;
  /**
   * X⁺ = U Vᵀ, of k columns each, at the entries; "single": U, V and the sums in float32. They are read again while X⁺ is X or X⁻. Cost
   * 2·nnz·k flops.
   */
  propose(u: Float64Array, v: Float64Array, k: number, precision?: Precision): EntryMove;
  /** X⁺ becomes X, and X becomes X⁻. */
  accept(): void;
}

export interface StepOptions extends BlockOptions {
  readonly scale: number;
  /** VᵀQ for X and X⁻, or UᵀQ with `transpose`, where they are known: r × k each. */
  readonly cores?: Pair<Float64Array> | undefined;
}

/** Of X, and of X⁻. */
export type Pair<T> = readonly [now: T, before: T];

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

/** X as U Vᵀ, of k columns each, row-major. */
interface StepFactors {
  readonly u: Float64Array;
  readonly v: Float64Array;
  readonly k: number;
}

const ZERO: StepFactors = { u: new Float64Array(), v: new Float64Array(), k: 0 };

/** What Z is made of. */
function partsOf({ now, before }: { readonly now: StepFactors; readonly before: StepFactors }, beta: number) {
  const parts = [
    { ...now, share: 1 + beta, index: 0 as const },
    { ...before, share: -beta, index: 1 as const },
  ];
  return parts.filter(({ k, share }) => k > 0 && share !== 0);
}

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
  let [now, before, next] = [ZERO, ZERO, ZERO];
  let beta = 0;
  /** Of Z. */
  let parts: readonly ResidentPart[] = [];

  /** The factors that Z is made of, with the kernels until it changes. */
  function holdZ(): void {
    const wanted = partsOf({ now, before }, beta);
    const even = (values: Float64Array) => 16 * Math.ceil(values.length / 2);
    let at = memory.keepRoom(wanted.reduce((sum, { u, v }) => sum + even(u) + even(v), 0));
    parts = wanted.map(({ u, v, k, share, index }) => {
      const [uAt, vAt] = [at, at + even(u)];
      at = vAt + even(v);
      memory.write(uAt, u);
      memory.write(vAt, v);
      return { uAt, vAt, r: k, share, index };
    });
  }

  /** sum += scale·Z Q, or scale·Zᵀ Q. */
  function addZ(sum: ResidentBlock, q: ResidentBlock, k: number, options: StepOptions): void {
    const { transpose = false, precision, scale, cores } = options;
    const multiply = precision === "single" ? code.multiplySingle : code.multiply;
    const work = memory.room(code.workBytes());
    for (const { uAt, vAt, r, share, index } of parts) {
      const [to, from] = transpose ? [vAt, uAt] : [uAt, vAt];
      const [outside, inside] = transpose ? [columns, rows] : [rows, columns];
      const known = cores?.[index];
      const coreAt = known === undefined ? memory.room(8 * r * k) : memory.stage(known);
      if (known === undefined) {
        multiply(
          ...([coreAt, 8 * k, from, 8, 8 * r, q.at, q.row, 8] as const),
          ...([r, k, inside, 0, 0, work] as const),
        );
      }
      scaleInto(memory.view(coreAt, r * k), scale * share);
      multiply(
        ...([sum.at, sum.row, to, 8 * r, 8, coreAt, 8 * k, 8] as const),
        ...([outside, k, r, 1, 0, work] as const),
      );
    }
  }

  return {
    begin(momentum) {
      beta = momentum;
      holdZ();
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
    multiplyInto(out, q, k, options) {
      multiplyBlockInto(memory, out, q, k, options, (sum, block) => addZ(sum, block, k, options));
    },
    propose(u, v, k, precision = "double") {
      next = { u, v, k };
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
      [before, now] = [now, next];
    },
  };
}

/** A part of Z: share·U Vᵀ, of r columns each. */
interface ResidentPart {
  readonly uAt: number;
  readonly vAt: number;
  readonly r: number;
  readonly share: number;
  readonly index: 0 | 1;
}

/** Entries of a call: code is only replaced by better code when it is called. */
const CHUNK = 2 ** 20;

function plainSteps(pattern: Observed, loss: StepLoss): EntrySteps {
  const { rows, columns, rowStart, column, value: y } = pattern;
  const kernel = plainEntries(pattern);
  const entries = () => new Float64Array(column.length);
  let [x, before, next] = [entries(), entries(), entries()];
  const [z, w] = [entries(), entries()];
  let [factors, factorsBefore, factorsNext] = [ZERO, ZERO, ZERO];
  let parts = partsOf({ now: ZERO, before: ZERO }, 0);
  const lossAt = (given: Float64Array): number =>
    typeof loss === "function" ? loss(given) : slopesInto(given, y, [0, given.length], loss, 0, "plain");
  return {
    begin(momentum) {
      parts = partsOf({ now: factors, before: factorsBefore }, momentum);
      for (let k = 0; k < z.length; k++) z[k] = x[k] + momentum * (x[k] - before[k]);
      w.set(z);
      const value = lossAt(w);
      kernel.setWeights(w);
      return value;
    },
    multiplyInto(out, q, k, options) {
      kernel.multiplyBlockInto(out, q, k, options);
      const { transpose = false, precision, scale, cores } = options;
      const how = { n: k, precision, arithmetic: "plain" } as const;
      for (const { u, v, k: r, share, index } of parts) {
        const [to, from] = transpose ? [v, u] : [u, v];
        const [outside, inside] = transpose ? [columns, rows] : [rows, columns];
        const core = cores?.[index].slice() ?? new Float64Array(r * k);
        if (cores === undefined) multiplyInto(core, from, q, { ...how, m: r, k: inside, transposeA: true });
        scaleInto(core, scale * share);
        multiplyInto(out, to, core, { ...how, m: outside, k: r, accumulate: true });
      }
    },
    propose(u, v, k, precision) {
      factorsNext = { u, v, k };
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
      [factorsBefore, factors] = [factors, factorsNext];
    },
  };
}
