import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { evaluatePoint } from "../../engine/src/certify/evaluate.ts";
import type { Config, NormKind, RegularizerExpression } from "../../engine/src/config/config.ts";
import { proxBlocks } from "../../engine/src/descent/methods/prox-blocks.ts";
import { startFactors } from "../../engine/src/descent/start.ts";
import { normalStream } from "../../engine/src/linalg/random.ts";
import type { Problem } from "../../engine/src/problem/problem.ts";
import { singularTriplets } from "../support/jacobi-svd.ts";
import { expectClose, problemOf, solve } from "../support/problems.ts";
import { runCli } from "./node/cli-harness.ts";

const n = (norm: NormKind, factor: number): RegularizerExpression => ({ norm, factor });
const square = (power: RegularizerExpression): RegularizerExpression => ({ power, exponent: 2 });
const times = (scale: number, of: RegularizerExpression): RegularizerExpression => ({ scale, of });
const productOf = (norm: NormKind): RegularizerExpression => ({ product: [n(norm, 0), n(norm, 1)] });
const BOTH: RegularizerExpression = { sum: [productOf("l2"), times(0.3, productOf("l1"))] };
const SQUARES: RegularizerExpression = {
  sum: [times(0.5, square(n("l2", 0))), times(0.5, square(n("l2", 1))), times(0.3, productOf("l1"))],
};

const [ROWS, COLUMNS] = [5, 4];

/** Of rank two, with noise. */
function data(rows: number, columns: number): Float64Array {
  const normal = normalStream(3);
  const parts = [1, 1, 0.1].map((size, t) => ({
    size,
    u: Float64Array.from({ length: t === 2 ? rows * columns : rows }, normal),
    v: Float64Array.from({ length: columns }, normal),
  }));
  return Float64Array.from({ length: rows * columns }, (_, at) =>
    parts.reduce(
      (all, { size, u, v }, t) => all + size * (t === 2 ? u[at] : u[Math.floor(at / columns)] * v[at % columns]),
      0,
    ),
  );
}

interface Asked {
  readonly config?: Partial<Config>;
  readonly search?: Partial<Config["search"]>;
  readonly rows?: number;
  readonly scale?: number;
}

function problemWith(
  expression: RegularizerExpression,
  { config, search, rows = ROWS, scale = 1 }: Asked = {},
): Problem {
  return problemOf({
    rows,
    columns: COLUMNS,
    y: data(rows, COLUMNS).map((x) => x * scale),
    config: {
      regularizer: { kind: "custom", norm: "l2", constraints: [], factors: [], expression },
      ...config,
    },
    search: { maxIterations: 2000, ...search },
  });
}

/** min ½‖X − Y‖² + a‖X‖_* + b‖X‖₁ by Dykstra's splitting of the two proxes, with the singular values from one-sided Jacobi. */
function sparseNuclear(
  y: Float64Array,
  rows: number,
  columns: number,
  { nuclear, absolute }: { readonly nuclear: number; readonly absolute: number },
): number {
  const soft = (x: number, t: number) => Math.sign(x) * Math.max(0, Math.abs(x) - t);
  let [x, p, q] = [y.slice(), new Float64Array(y.length), new Float64Array(y.length)];
  let sum = 0;
  for (let step = 0; step < 3000; step++) {
    const first = x.map((entry, i) => soft(entry + p[i], absolute));
    p = x.map((entry, i) => entry + p[i] - first[i]);
    const shifted = first.map((entry, i) => entry + q[i]);
    const next = new Float64Array(y.length);
    sum = 0;
    for (const { sigma, u, v } of singularTriplets(shifted, rows, columns)) {
      const kept = Math.max(0, sigma - nuclear);
      sum += kept;
      for (let at = 0; at < next.length; at++) next[at] += kept * u[Math.floor(at / columns)] * v[at % columns];
    }
    q = shifted.map((entry, i) => entry - next[i]);
    x = next;
  }
  const misfit = x.reduce((all, entry, i) => all + (entry - y[i]) ** 2 / 2, 0);
  return misfit + nuclear * sum + absolute * x.reduce((all, entry) => all + Math.abs(entry), 0);
}

describe("a run with a compound regularizer", () => {
  it("has a proven lower bound below what every start reaches, at any width", async () => {
    const whole = await solve(problemWith(BOTH));
    const { lowerBound, objective, verdict, gap } = whole.outcome.result;
    expect(["global", "undecided"]).toContain(verdict);
    expect(gap?.relative).toBeLessThan(0.1);
    expect(whole.outcome.result.stationarity).toBeLessThan(1e-4);
    for (let seed = 0; seed < 20; seed++) {
      const config = { branches: 1 + (seed % 5), start: { kind: "random", seed } } as const;
      const problem = problemWith(BOTH, { config });
      const method = proxBlocks(problem, startFactors(problem), { aborted: false });
      for (let step = 0; step < 40; step++) {
        const sweep = method.step();
        while (!sweep.next().done);
      }
      const reached = evaluatePoint(problem, method.factors());
      expect(reached.objective).toBeGreaterThanOrEqual(lowerBound ?? Number.NaN);
      expect(reached.objective).toBeGreaterThanOrEqual(objective * (1 - 1e-6));
    }
  });

  it("never raises the objective on the way down", async () => {
    for (const expression of [BOTH, SQUARES]) {
      const { events } = await solve(problemWith(expression, { search: { maxIterations: 200 } }));
      const objectives = events.flatMap((event) =>
        event.kind === "progress" && event.progress.phase === "descent" ? [event.progress.objective] : [],
      );
      expect(objectives.length).toBeGreaterThan(20);
      objectives.forEach((value, i) => {
        if (i > 0) expect(value).toBeLessThanOrEqual(objectives[i - 1] * (1 + 1e-9));
      });
    }
  });

  it("grows from one branch and from none", async () => {
    for (const start of [{ kind: "random", seed: 1 }, { kind: "zero" }] as const) {
      const { outcome } = await solve(problemWith(BOTH, { config: { start } }));
      expect(outcome.result.branches.length).toBeGreaterThan(2);
    }
  });

  it("reaches the same objective with squares as with a product of the same Ω", async () => {
    const [product, squares] = [await solve(problemWith(BOTH)), await solve(problemWith(SQUARES))];
    expectClose(squares.outcome.result.objective, product.outcome.result.objective, 1e-5);
  });

  it("is certified where the parts merge to one: ½‖u‖² + ½‖v‖² + 0.3‖u‖‖v‖ is 1.3 times the nuclear norm", async () => {
    const sum: RegularizerExpression = {
      sum: [times(0.5, square(n("l2", 0))), times(0.5, square(n("l2", 1))), times(0.3, productOf("l2"))],
    };
    const nuclear = await solve(problemWith(times(1.3, productOf("l2"))));
    const { outcome } = await solve(problemWith(sum));
    expect(outcome.result.verdict).toBe("global");
    expectClose(outcome.result.objective, nuclear.outcome.result.objective, 1e-6);
  });

  it("is certified at the optimum of the convex problem below it, where the two agree", async () => {
    // Ω ≥ ‖X‖_* + 0.3‖X‖₁, with equality where neither norm of a sum of branches is below the sum of theirs.
    const y = Float64Array.of(5, 3, 1, 4, 2, 1, 1, 1, 5, 2, 1, 4);
    const config = {
      regularizer: { kind: "custom", norm: "l2", constraints: [], factors: [], expression: BOTH },
    } as const;
    const problem = problemOf({ rows: 4, columns: 3, y, config, lambda: { kind: "absolute", value: 0.5 } });
    const { outcome } = await solve(problem);
    expect(outcome.result.verdict).toBe("global");
    expectClose(outcome.result.objective, sparseNuclear(y, 4, 3, { nuclear: 0.5, absolute: 0.15 }), 1e-6);
  });

  it("is certified for one row, where Ω is a norm of it", async () => {
    const { outcome } = await solve(problemWith(BOTH, { rows: 1 }));
    expect(outcome.result.verdict).toBe("global");
  });

  it("approaches an optimum that no branch attains, as rescaling goes on for ever", async () => {
    const open: RegularizerExpression = { sum: [productOf("l2"), square(n("l2", 0))] };
    const nuclear = await solve(problemWith(productOf("l2")));
    const { outcome } = await solve(problemWith(open));
    expect(outcome.result.verdict).toBe("global");
    expectClose(outcome.result.objective, nuclear.outcome.result.objective, 1e-6);
  });

  it.each([1e-90, 1e90])("scales with its data: %d", async (scale) => {
    const [plain, scaled] = [await solve(problemWith(BOTH)), await solve(problemWith(BOTH, { scale }))];
    expectClose(scaled.outcome.result.objective / scale / scale, plain.outcome.result.objective, 1e-6);
    expect(scaled.outcome.result.gap?.relative).toBeLessThan(0.1);
  });

  it("is diagnosed and verified by the command line", async () => {
    const folder = mkdtempSync(join(tmpdir(), "optimality-compound-"));
    try {
      writeFileSync(join(folder, "y.csv"), "5,3,1\n4,2,1\n1,1,5\n2,1,4\n");
      const expression =
        "{sum: [{product: [{norm: l2, factor: 1}, {norm: l2, factor: 2}]}, {scale: {by: 0.2, of: {product: [{norm: l1, factor: 1}, {norm: l1, factor: 2}]}}}]}";
      const path = join(folder, "both.optimality.yaml");
      writeFileSync(
        path,
        `data: {target: y.csv}\nmapping: {kind: matrix}\nlambda: {relative: 0.1}\nregularizer: {kind: custom, expression: ${expression}}\n`,
      );
      const { stdout, exit } = await runCli(["diagnose", path]);
      expect([exit, stdout]).toEqual([0, expect.stringContaining("global minimum")]);
      const verified = await runCli(["verify", `${path}.certificate.json`]);
      expect(verified.stdout).not.toContain("the certificate says");
      expect(verified.exit).toBe(0);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
