/** A model that was fitted elsewhere: read, judged as it is, continued, refused when it does not fit. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RunResult } from "@optimality-lens/engine";
import { writeNpz } from "@optimality-lens/engine";
import { loadProblem } from "@optimality-lens/engine/node";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { solve } from "../../support/problems.ts";

const AS_IT_IS = "search: {grow: false, maxIterations: 0}\n";
const Y = "3,0\n0,1\n";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "optimality-checkpoint-"));
  writeFileSync(join(folder, "y.csv"), Y);
});
afterEach(() => rmSync(folder, { recursive: true }));

function save(factor1: readonly number[][], factor2: readonly number[][]): void {
  const array = (rows: readonly number[][]) => ({
    shape: [rows.length, rows[0]?.length ?? 0],
    data: Float64Array.from(rows.flat()),
  });
  writeFileSync(join(folder, "w.npz"), writeNpz({ factor1: array(factor1), factor2: array(factor2) }));
}

async function load(lines: string) {
  const path = join(folder, "a.optimality.yaml");
  writeFileSync(
    path,
    `data: {target: y.csv}\nmapping: {kind: matrix}\nlambda: 0.5\nstart: {checkpoint: w.npz}\n${lines}`,
  );
  return loadProblem(path);
}

async function resultOf(lines: string): Promise<RunResult> {
  const loaded = await load(lines);
  if (!loaded.ok) throw new Error(loaded.findings[0]?.message);
  return (await solve(loaded.loaded.problem)).outcome.result;
}

describe("start.checkpoint", () => {
  // ½‖Y − X‖² + ½‖X‖_* for Y = diag(3, 1): X = diag(2.5, 0.5), F* = ½(¼ + ¼) + ½·3 = 1.75.
  const root = (x: number) => Math.sqrt(x);

  it("the optimum is certified as it is", async () => {
    save(
      [
        [root(2.5), 0],
        [0, root(0.5)],
      ],
      [
        [root(2.5), 0],
        [0, root(0.5)],
      ],
    );
    const result = await resultOf(AS_IT_IS);
    expect(result).toMatchObject({ verdict: "global", iterations: 0, rank: 2 });
    expect(result.objective).toBeCloseTo(1.75, 12);
  });

  it("another point is refuted as it is, with a better one in hand", async () => {
    save([[root(2.5)], [0]], [[root(2.5)], [0]]);
    const result = await resultOf(AS_IT_IS);
    expect(result).toMatchObject({ verdict: "not-global", iterations: 0, rank: 1 });
    // One branch for the second direction gains ½·(1 − ½)².
    expect(result.evidence?.objectiveAfter).toBeCloseTo(1.75, 9);
  });

  it("an unbalanced point is judged with its own regularizer, not with a balanced copy's", async () => {
    save([[2 * root(2.5)], [0]], [[0.5 * root(2.5)], [0]]);
    const product = await resultOf(`${AS_IT_IS}regularizer: {kind: product}\n`);
    const power = await resultOf(`${AS_IT_IS}regularizer: {kind: power}\n`);
    expect(product.branches[0]?.regularizer).toBeCloseTo(2.5, 12);
    expect(power.branches[0]?.regularizer).toBeCloseTo(0.5 * 2.5 * 4.25, 12);
  });

  it("with iterations and growth it is continued to the global minimum", async () => {
    save([[root(2.5)], [0]], [[root(2.5)], [0]]);
    const result = await resultOf("");
    expect(result).toMatchObject({ verdict: "global", rank: 2 });
  });

  it.each([
    [
      "rows that do not fit",
      [[1], [1], [1]],
      "",
      "shape-mismatch",
      /factor1 is 3×1 and factor2 is 2×1; factor1 needs 2×1, one column per branch/,
    ],
    ["NaN", [[Number.NaN], [1]], "", "invalid-data", /row 1, column 1 of factor1 is NaN; factors have to be finite/],
    [
      "a negative entry under a cone",
      [[1], [-2]],
      "regularizer: {constraint: nonnegative}\n",
      "invalid-data",
      /row 2, column 1 of factor1 is -2; the factor has to be nonnegative/,
    ],
  ] as const)("refuses %s", async (_, factor1, lines, code, message) => {
    save(factor1 as unknown as number[][], [[1], [1]]);
    const loaded = await load(lines);
    expect(loaded.ok).toBe(false);
    expect(loaded.findings[0]).toMatchObject({ code, path: "start.checkpoint" });
    expect(loaded.findings[0]?.message).toMatch(message);
    expect(loaded.findings[0]?.range?.start.line).toBe(3);
  });

  it("a file that is not there is named, with its key", async () => {
    const loaded = await load("");
    expect(loaded.findings[0]).toMatchObject({ code: "file-missing", path: "start.checkpoint" });
  });
});
