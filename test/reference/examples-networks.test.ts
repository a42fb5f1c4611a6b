/** The examples with networks: their optimality proven once more by enumeration, or their objective met by another method. */
import path from "node:path";
import type { RunOutcome } from "@optimality-lens/engine";
import { checkFile, loadProblem } from "@optimality-lens/engine/node";
import { describe, expect, it } from "vitest";
import { diagnose, examples, readCsv } from "../support/examples.ts";
import { expectClose } from "../support/problems.ts";
import { adam, objectiveOf } from "../support/three-layers.ts";

/**
 * max over unit u in the plane of |Σ z_n (v_n·u)₊|: between two angles at which some v_n·u changes its sign the sum is c·u for
 * one c, so its largest size is ‖c‖ where ±c/‖c‖ lies between the two, else it is at an end. Cost O(N²).
 */
function planePolar(rows: readonly number[][], z: readonly number[]): number {
  const turn = 2 * Math.PI;
  const angles = rows.flatMap(([x, y]) => {
    const normal = Math.atan2(y, x) + Math.PI / 2;
    return [normal, normal + Math.PI].map((angle) => ((angle % turn) + turn) % turn);
  });
  angles.sort((p, q) => p - q);
  let largest = 0;
  angles.forEach((from, i) => {
    const to = i + 1 < angles.length ? angles[i + 1] : angles[0] + turn;
    const middle = (from + to) / 2;
    const c = [0, 0];
    rows.forEach(([x, y], n) => {
      if (x * Math.cos(middle) + y * Math.sin(middle) <= 0) return;
      c[0] += z[n] * x;
      c[1] += z[n] * y;
    });
    for (const sign of [1, -1]) {
      const direction = (((Math.atan2(sign * c[1], sign * c[0]) - from) % turn) + turn) % turn;
      const inside = direction <= to - from;
      const ends = [from, to].map((angle) => sign * (c[0] * Math.cos(angle) + c[1] * Math.sin(angle)));
      largest = Math.max(largest, ...ends, inside ? Math.hypot(...c) : 0);
    }
  });
  return largest;
}

/** Σ_b relu(V u_b) v_b + offset, from the factors alone. */
function prediction({ factors, result }: RunOutcome, rows: readonly number[][]): number[] {
  const { branches, values } = factors;
  const [u, v] = values;
  const offset = result.extra?.intercept?.[0] ?? 0;
  return rows.map(([x, y]) => {
    let sum = offset;
    for (let b = 0; b < branches; b++) sum += Math.max(0, x * u[b] + y * u[branches + b]) * v[b];
    return sum;
  });
}

function charge({ factors }: RunOutcome): number {
  const { branches, values } = factors;
  const [u, v] = values;
  let sum = 0;
  for (let b = 0; b < branches; b++) sum += Math.hypot(u[b], u[branches + b]) * Math.abs(v[b]);
  return sum;
}

describe("networks on cars", () => {
  const mpg = readCsv("cars/mpg.csv").flat();
  const mean = mpg.reduce((sum, y) => sum + y, 0) / mpg.length;
  const inputs = {
    cars: readCsv("cars/power-weight.csv"),
    weight: readCsv("cars/weight.csv").map(([weight]) => [weight, 1]),
  };

  it.each([
    ["cars", 3367.610947],
    ["weight", 3775.30239],
  ] as const)("%s: a bound by enumeration of all angles proves the same", async (name, optimum) => {
    const rows = inputs[name];
    const outcome = await diagnose(`cars/${name}.optimality.yaml`);
    const { result } = outcome;
    expect([result.verdict, result.status]).toEqual(["global", "converged"]);
    expectClose(result.objective, optimum, 1e-6);
    // λ_max: the polar of the target less its mean, the zero model with the best offset.
    expectClose(
      result.lambdaMax,
      planePolar(
        rows,
        mpg.map((y) => y - mean),
      ),
      1e-9,
    );

    const residual = prediction(outcome, rows).map((x, n) => mpg[n] - x);
    const objective = residual.reduce((sum, r) => sum + r * r, 0) / 2 + result.lambda * charge(outcome);
    expectClose(result.objective, objective, 1e-9);

    // max over t of ⟨t w, y⟩ − ½‖t w‖² for w with sum 0 (the offset is free) and t Ω°(w) ≤ λ.
    const shift = residual.reduce((sum, r) => sum + r, 0) / residual.length;
    const w = residual.map((r) => r - shift);
    const square = w.reduce((sum, e) => sum + e * e, 0);
    const inner = w.reduce((sum, e, n) => sum + e * mpg[n], 0);
    const t = Math.min(result.lambda / planePolar(rows, w), inner / square);
    const bound = t * inner - 0.5 * t * t * square;
    expect(objective - bound).toBeLessThanOrEqual(2e-6 * objective);
    expect(result.lowerBound).toBeLessThanOrEqual(objective);
    expect(bound).toBeLessThanOrEqual(result.objective);
  });
});

describe("classifier", () => {
  it("weight decay: flagged with its mend, and no certificate", async () => {
    const loaded = await loadProblem(path.join(examples, "classifier/weight-decay.optimality.yaml"));
    const mismatch = loaded.findings.find(({ code }) => code === "degree-mismatch");
    const kinds = mismatch?.suggestions.flatMap((suggestion) =>
      suggestion.kind === "edit" ? suggestion.edits.flatMap((edit) => (edit.op === "set" ? [edit.value] : [])) : [],
    );
    expect(kinds).toContain("power");
    const { result } = await diagnose("classifier/weight-decay.optimality.yaml");
    expect(result.verdict).toBe("outside-theory");
    expect(result.homogeneity).toEqual({ mapping: 3, regularizer: 2 });
    expect(result.lowerBound).toBeNull();
    // What Proposition 19 means here: the zero model gives every class the same chance.
    const atZero = (342 * Math.log(3)).toPrecision(6);
    expect(mismatch?.explanation).toContain(`0 is a local minimum with the objective ${atZero}`);
    expect(result.objective).toBeLessThan(342 * Math.log(3));
  });

  it("mended: no findings, bounded from below, and Adam from other starts finds nothing lower", async () => {
    expect(await checkFile(path.join(examples, "classifier/classifier.optimality.yaml"))).toEqual([]);
    const { result, factors } = await diagnose("classifier/classifier.optimality.yaml");
    const problem = {
      inputs: readCsv("classifier/measures.csv").map((row) => Float64Array.from([...row, 1])),
      classes: readCsv("classifier/species.csv").flat(),
      widths: [5, 2, 2, 3] as const,
      lambda: 20,
    };
    expectClose(result.objective, 134.587608, 1e-6);
    const { branches, values } = factors;
    const model = Array.from({ length: branches }, (_, b) =>
      values.map((value) => value.filter((_x, at) => at % branches === b)),
    );
    expectClose(result.objective, objectiveOf(problem, model), 1e-9);
    expect(["global", "undecided"]).toContain(result.verdict);
    expect(result.homogeneity).toEqual({ mapping: 3, regularizer: 3 });
    const reference = adam(problem, { branches: 4, starts: 2, steps: 400 });
    expect(result.objective).toBeLessThanOrEqual(reference * (1 + 1e-6));
    expect(reference).toBeLessThanOrEqual(result.objective * (1 + 1e-2));
    expect(result.lowerBound).toBeLessThanOrEqual(result.objective);
    expect(result.lowerBound).toBeGreaterThan(0);
  });
});
