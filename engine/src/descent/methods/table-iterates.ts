/** Thresholding with Φ as a full table: for targets that are mostly observed. */
import { multiplyInto, type Precision } from "../../linalg/kernels/multiply.ts";
import type { Triplets } from "../../linalg/subspace.ts";
import type { Problem } from "../../problem/problem.ts";
import { type Iterates, weightedLeft } from "./iterates.ts";
import { lossAndSlopesInto } from "./slopes.ts";

/** Memory: five tables. */
export function tableIterates(problem: Problem, start: Triplets, lipschitz: number): Iterates {
  const { target } = problem;
  const { rows, columns, rowStart, column } = target;
  const cells = rows * columns;
  const isFull = target.value.length === cells;
  const isTall = rows >= columns;
  const [longer, shorter] = isTall ? [rows, columns] : [columns, rows];
  let [x, previous, next] = [new Float64Array(cells), new Float64Array(cells), new Float64Array(cells)];
  const z = new Float64Array(cells);
  const g = new Float64Array(cells);
  let lossAtZ = 0;
  let precision: Precision = "double";
  const seen = isFull ? undefined : new Float64Array(target.value.length);
  const w = new Float64Array(target.value.length);
  tableInto(x, start);
  previous.set(x);

  function tableInto(out: Float64Array, triplets: Triplets, precision?: Precision): void {
    const weighted = weightedLeft(triplets);
    const [u, v] = isTall ? [weighted, triplets.right] : [triplets.right, weighted];
    if (triplets.count === 0) out.fill(0);
    else multiplyInto(out, u, v, { m: rows, n: columns, k: triplets.count, transposeB: true, precision });
  }

  function observed(table: Float64Array): Float64Array {
    if (seen === undefined) return table;
    for (let i = 0; i < rows; i++) {
      for (let k = rowStart[i]; k < rowStart[i + 1]; k++) seen[k] = table[i * columns + column[k]];
    }
    return seen;
  }

  return {
    longer,
    shorter,
    lipschitz,
    get precision() {
      return precision;
    },
    timesInto: (out, q, k) => multiplyInto(out, g, q, { m: longer, n: k, k: shorter, transposeA: !isTall, precision }),
    transposedTimesInto: (out, p, k) =>
      multiplyInto(out, g, p, { m: shorter, n: k, k: longer, transposeA: isTall, precision }),
    extrapolate(momentum) {
      const [now, before] = [x, previous];
      if (momentum === 0) z.set(now);
      else for (let k = 0; k < z.length; k++) z[k] = now[k] + momentum * (now[k] - before[k]);
      lossAtZ = lossAndSlopesInto(w, observed(z), problem);
    },
    step(wanted) {
      precision = wanted;
      if (isFull) {
        const inverse = 1 / lipschitz;
        for (let k = 0; k < g.length; k++) g[k] = z[k] + w[k] * inverse;
        return;
      }
      g.set(z);
      for (let i = 0; i < rows; i++) {
        for (let k = rowStart[i]; k < rowStart[i + 1]; k++) g[i * columns + column[k]] += w[k] / lipschitz;
      }
    },
    move(triplets) {
      tableInto(next, triplets, precision);
      let distance = 0;
      let uphill = 0;
      let slope = 0;
      const [now, then] = [x, next];
      for (let k = 0; k < z.length; k++) {
        const moved = z[k] - then[k];
        distance += moved * moved;
        uphill += moved * (then[k] - now[k]);
        slope += (g[k] - z[k]) * moved;
      }
      // With L the Lipschitz constant the model of the step is not below the loss, and soon as good as it. G − Z = w/L.
      const model = lossAtZ + lipschitz * (slope + distance / 2);
      return { loss: model, distance: Math.sqrt(distance), uphill };
    },
    accept() {
      [previous, x, next] = [x, next, previous];
    },
    ...(isFull
      ? {
          less(triplets) {
            tableInto(next, triplets);
            return g.map((value, k) => value - next[k]);
          },
        }
      : {}),
  };
}
