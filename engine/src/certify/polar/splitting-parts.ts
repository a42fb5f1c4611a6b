/**
 * The sets that S is split into, S = Σ parts of it, and how to project on them (see `splitting.ts` for what each is worth):
 *   spectral   λ_max(P) ≤ t
 *   lines      columns of P within a block: ‖column j‖₂ ≤ 2 r_j t; beside the blocks ‖column j‖₂ ≤ 2 r_j k
 *   entries    |P_ij| ≤ r_i r_j t within a block, r_i r_j k beside it
 *   cross      the table beside the blocks: ‖P‖_F ≤ √2 k, P symmetric
 * Where both entries of z are ≥ 0 only what is positive in P counts. t is the level within the blocks, k the one beside them.
 */
import { symmetricEigen } from "../../linalg/symmetric-eigen.ts";
import type { QuadraticForm } from "./splitting-form.ts";

export interface Levels {
  within: number;
  beside: number;
}

export type Place = keyof Levels;

export interface SplittingPart {
  readonly name: "spectral" | "lines" | "entries" | "cross";
  /** Reads the point that the next three are about. False where it cannot be decomposed. */
  measure(point: Float64Array): boolean;
  /** Half the squared distance of the point to the set falls with the level at this rate. */
  slope(place: Place, level: number): number;
  /** The least level at which that is 0. */
  largest(place: Place): number;
  projectInto(out: Float64Array, point: Float64Array, levels: Levels): void;
}

/** Whether lines, entries and the cross part beside the blocks are of use: only where both norms have an ℓ1 part. */
export function hasCross({ second, size, ratio }: QuadraticForm): boolean {
  return second < size && ratio[0] > 0 && ratio[size - 1] > 0;
}

/** Those that the form has a use for; the spectral one is the first. */
export function partsOf(form: QuadraticForm): readonly SplittingPart[] {
  const parts = [spectralPart(form)];
  const isMixed = form.ratio.some((r) => r > 0);
  if (isMixed) parts.push(linesPart(form));
  if (isMixed || form.positive.some((flag) => flag === 1)) parts.push(entriesPart(form));
  if (hasCross(form)) parts.push(crossPart(form));
  return parts;
}

function spectralPart({ size: n }: QuadraticForm): SplittingPart {
  const eigen = symmetricEigen(n);
  const { values, vectors } = eigen;
  return {
    name: "spectral",
    measure: (point) => eigen.solve(point),
    slope(place, level) {
      let sum = 0;
      if (place === "within") for (let k = 0; k < n && values[k] > level; k++) sum += values[k] - level;
      return sum;
    },
    largest: (place) => (place === "within" ? Math.max(0, values[0]) : 0),
    projectInto(out, point, { within }) {
      out.set(point);
      for (let k = 0; k < n && values[k] > within; k++) {
        const excess = values[k] - within;
        for (let i = 0; i < n; i++) {
          const c = excess * vectors[k * n + i];
          for (let j = 0; j < n; j++) out[i * n + j] -= c * vectors[k * n + j];
        }
      }
    },
  };
}

function linesPart(form: QuadraticForm): SplittingPart {
  const { size: n, ratio, positive } = form;
  const isCross = hasCross(form);
  const place = placeIn(form);
  /** ‖column j‖₂ within its block, and beside it. */
  const lengths = { within: new Float64Array(n), beside: new Float64Array(n) };
  return {
    name: "lines",
    measure(point) {
      lengths.within.fill(0);
      lengths.beside.fill(0);
      for (let i = 0; i < n; i++) {
        for (let j = 0; j < n; j++) {
          const x = point[i * n + j];
          if (x > 0 || positive[i * n + j] === 0) lengths[place(i, j)][j] += x * x;
        }
      }
      for (const squares of [lengths.within, lengths.beside]) {
        for (let j = 0; j < n; j++) squares[j] = Math.sqrt(squares[j]);
      }
      return true;
    },
    slope(at, level) {
      if (at === "beside" && !isCross) return 0;
      let sum = 0;
      for (let j = 0; j < n; j++) {
        const weight = 2 * ratio[j];
        const excess = lengths[at][j] - weight * level;
        if (excess > 0) sum += weight * excess;
      }
      return sum;
    },
    largest(at) {
      let most = 0;
      if (at === "beside" && !isCross) return 0;
      for (let j = 0; j < n; j++) if (ratio[j] > 0) most = Math.max(most, lengths[at][j] / (2 * ratio[j]));
      return most;
    },
    projectInto(out, point, levels) {
      for (let j = 0; j < n; j++) {
        const within = shrinking(lengths.within[j], 2 * ratio[j] * levels.within);
        const beside = shrinking(lengths.beside[j], 2 * ratio[j] * levels.beside);
        for (let i = 0; i < n; i++) {
          const k = i * n + j;
          const x = point[k];
          const isInside = place(i, j) === "within";
          if (ratio[j] === 0 || !(isInside || isCross)) out[k] = 0;
          else if (x > 0 || positive[k] === 0) out[k] = x * (isInside ? within : beside);
          else out[k] = x;
        }
      }
    },
  };
}

function entriesPart(form: QuadraticForm): SplittingPart {
  const { size: n, ratio, positive } = form;
  const place = placeIn(form);
  const isCross = hasCross(form);
  const isMixed = ratio.some((r) => r > 0);
  /** |P_ij|, or its positive part, and where in S. */
  const sizes = new Float64Array(n * n);
  const weights = { within: new Float64Array(n * n), beside: new Float64Array(n * n) };
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      const at = place(i, j);
      if (at === "within" || isCross) weights[at][i * n + j] = ratio[i] * ratio[j];
    }
  }
  return {
    name: "entries",
    measure(point) {
      for (let k = 0; k < sizes.length; k++) sizes[k] = positive[k] === 1 ? point[k] : Math.abs(point[k]);
      return true;
    },
    slope(at, level) {
      if (!isMixed) return 0;
      let sum = 0;
      const weight = weights[at];
      for (let k = 0; k < sizes.length; k++) {
        const excess = sizes[k] - weight[k] * level;
        if (excess > 0) sum += weight[k] * excess;
      }
      return sum;
    },
    largest(at) {
      let most = 0;
      const weight = weights[at];
      for (let k = 0; k < sizes.length; k++) if (weight[k] > 0) most = Math.max(most, sizes[k] / weight[k]);
      return most;
    },
    projectInto(out, point, { within, beside }) {
      for (let k = 0; k < sizes.length; k++) {
        const most = weights.within[k] * within + weights.beside[k] * beside;
        const x = point[k];
        if (x > most) out[k] = most;
        else out[k] = x < -most && positive[k] === 0 ? -most : x;
      }
    },
  };
}

function crossPart(form: QuadraticForm): SplittingPart {
  const { size: n, positive } = form;
  const place = placeIn(form);
  let length = 0;
  return {
    name: "cross",
    measure(point) {
      let square = 0;
      for (let i = 0; i < n; i++) {
        for (let j = 0; j < n; j++) {
          const x = point[i * n + j];
          if (place(i, j) === "beside" && (x > 0 || positive[i * n + j] === 0)) square += x * x;
        }
      }
      length = Math.sqrt(square);
      return true;
    },
    slope: (at, level) => (at === "beside" ? Math.SQRT2 * Math.max(0, length - Math.SQRT2 * level) : 0),
    largest: (at) => (at === "beside" ? length / Math.SQRT2 : 0),
    projectInto(out, point, { beside }) {
      const factor = shrinking(length, Math.SQRT2 * beside);
      for (let i = 0; i < n; i++) {
        for (let j = 0; j < n; j++) {
          const k = i * n + j;
          const x = place(i, j) === "beside" ? point[k] : 0;
          out[k] = x > 0 || positive[k] === 0 ? x * factor : x;
        }
      }
    },
  };
}

/** By what a vector is to be multiplied, so that it is no longer than `most`. */
function shrinking(length: number, most: number): number {
  return length > most ? most / length : 1;
}

function placeIn({ second }: QuadraticForm): (i: number, j: number) => Place {
  return (i, j) => (i < second === j < second ? "within" : "beside");
}
