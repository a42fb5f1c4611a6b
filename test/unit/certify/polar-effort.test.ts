/** What a polar may cost: steps of a search, when it is asked to stop, and bounds that need not be tight. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import "../../support/fixed-seed.ts";
import { bracket } from "../../../engine/src/certify/polar/bracket.ts";
import { tablePolar } from "../../../engine/src/certify/polar/table.ts";
import { bilinear, observedEntries } from "../../../engine/src/linalg/observed.ts";
import { normalStream } from "../../../engine/src/linalg/random.ts";
import { l2PlusL1 } from "../../../engine/src/problem/regularizer/l2-plus-l1.ts";
import type { Norm } from "../../../engine/src/problem/regularizer/norm.ts";
import { NORM_CASES, norm } from "../../support/norm-cases.ts";

const normal = normalStream(5);
const random = (size: number) => Float64Array.from({ length: size }, normal);
const dot = (x: Float64Array, y: Float64Array) => x.reduce((sum, a, i) => sum + a * y[i], 0);
const matrix = (rows: number, columns: number) => ({ shape: [rows, columns], data: random(rows * columns) });
const table = (rows: number, columns: number) => observedEntries(random(rows * columns), rows, columns, () => true);
const never = () => false;

/** Counts what the search asks of a norm. */
function counted(of: Norm): { readonly norm: Norm; readonly calls: () => number } {
  let calls = 0;
  const climber = of.climber;
  return {
    calls: () => calls,
    norm: {
      ...of,
      dualDirection(p) {
        calls++;
        return of.dualDirection(p);
      },
      climber:
        climber &&
        (() => {
          const climb = climber();
          return (p, x) => {
            calls++;
            return climb(p, x);
          };
        }),
    },
  };
}

const dear = [
  ["lq 1.5, kernel", () => norm({ lq: 1.5 }, [8], [{ kernel: matrix(2, 8) }])],
  ["lq 4, inequality", () => norm({ lq: 4 }, [8], [{ inequality: matrix(3, 8) }])],
  ["linf, inequality, nonnegative", () => norm("linf", [8], [{ inequality: matrix(2, 8) }, "nonnegative"])],
] as const;

describe("a search", () => {
  it.each([...dear, ["l2 + l1, nonnegative", () => norm({ l2: 1, l1: 0.1 }, [8], ["nonnegative"])] as const])(
    "asks before every step whether to stop: %s",
    (_, make) => {
      const made = make();
      for (const steps of [0, 1, 5, 40]) {
        const { norm: watched, calls } = counted(made);
        const w = table(8, 8);
        const polar = tablePolar(w, watched, watched, { above: 0, stopped: () => calls() >= steps });
        expect(calls()).toBeLessThanOrEqual(Math.max(steps, 0));
        expect(polar.lower).toBeLessThanOrEqual(polar.upper);
        for (const { value, factors } of polar.branches) {
          const [u, v] = factors;
          expect(made.value(u) * made.value(v)).toBeCloseTo(1, 9);
          expect(bilinear(w, u, v)).toBeCloseTo(value, 9);
        }
      }
    },
  );

  it.each(dear)("takes a bounded number of steps with norms that are dear: %s", (_, make) => {
    const { norm: watched, calls } = counted(make());
    tablePolar(table(8, 8), watched, watched, { above: 0, stopped: never });
    expect(calls()).toBeGreaterThan(0);
    // Two factors: 16 starts of 6 sweeps, 3 of 20, and one of 300.
    expect(calls()).toBeLessThanOrEqual(2 * (16 * 6 + 3 * 20 + 300));
  });

  it("with the rows of an ℓ1 factor: stopped, the bound still holds", () => {
    const [sparse, other] = [norm("l1", [6]), norm({ lq: 1.5 }, [6], [{ kernel: matrix(2, 6) }])];
    const w = table(6, 6);
    const whole = tablePolar(w, sparse, other, { above: 0, stopped: never });
    const stopped = tablePolar(w, sparse, other, { above: 0, stopped: () => true });
    expect(stopped.upper).toBeGreaterThanOrEqual(whole.lower);
    expect(stopped.lower).toBeLessThanOrEqual(whole.upper);
    expect(stopped.lower).toBeGreaterThan(0);
  });
});

describe("climbers", () => {
  const cases = NORM_CASES.filter((one) => one.norm.climber !== undefined);

  it("are there where a prox is an iteration", () => {
    expect(cases.map(({ name }) => name)).toContain("linf, inequality");
    expect(cases.map(({ name }) => name)).not.toContain("l2 + l1");
    // What wraps such a norm does not take over a climber that ignores its own constraint.
    expect(norm({ group: 1, linf: 0.5 }, [3, 2], ["nonnegative"]).climber).toBeUndefined();
  });

  it.each(cases)("$name: never fall, stay in the cone, and come near the dual norm", ({ norm: of, size }) => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e6 }), fc.constantFrom(1, 1e90, 1e-90), (seed, scale) => {
        const stream = normalStream(seed);
        const p = Float64Array.from({ length: size }, () => scale * stream());
        const most = of.dualUpper(p);
        const climb = of.climber?.();
        if (climb === undefined) throw new Error("no climber");
        let x: Float64Array = new Float64Array(size);
        let value = 0;
        for (let step = 0; step < 400; step++) {
          x = climb(p, x);
          const next = dot(p, x);
          expect(next).toBeGreaterThanOrEqual(value * (1 - 1e-13));
          value = next;
        }
        if (value > 0) {
          expect(of.violation(x)).toBeUndefined();
          expect(of.value(x)).toBeCloseTo(1, 9);
        }
        expect(value).toBeLessThanOrEqual(most * (1 + 1e-14));
        expect(value).toBeGreaterThanOrEqual(of.dualValue(p) - 0.01 * most);
      }),
      { numRuns: 4 },
    );
  });
});

it("upper bounds that need not be tight still hold", () => {
  for (const { norm: of, size } of NORM_CASES) {
    const p = random(size);
    const tight = of.dualUpper(p);
    const reached = of.dualValue(p);
    for (const share of [0.5, 0.99, 1.05, 3]) {
      const enough = share * tight;
      const upper = of.dualUpper(p, enough);
      expect(upper).toBeGreaterThanOrEqual(reached);
      expect(upper).toBeLessThanOrEqual(Math.max(tight * (1 + 1e-12), enough));
    }
  }
});

it("α‖x‖₂ + β‖x‖₁: the dual norm is reached, and proven, for α beside β of any size", () => {
  for (const [alpha, beta] of [
    [1, 1],
    [1e-9, 1e9],
    [1e9, 1e-9],
    [1e-3, 1],
    [1, 1e16],
  ]) {
    const of = l2PlusL1(alpha, beta);
    for (let k = 0; k < 60; k++) {
      const p = k % 3 === 0 ? random(5).map(Math.sign) : k % 3 === 1 ? random(5).map((e) => 1 + 1e-9 * e) : random(5);
      const x = of.dualDirection(p);
      expect(of.value(x)).toBeCloseTo(1, 12);
      expect(Math.abs(dot(p, x) / of.dualValue(p) - 1)).toBeLessThan(1e-14);
      expect(of.dualUpper(p)).toBeGreaterThanOrEqual(dot(p, x));
      expect(of.dualUpper(p)).toBeLessThanOrEqual(dot(p, x) * (1 + 1e-13));
    }
  }
});

it("a bracket without an upper end has a threshold that can be written", () => {
  const open = bracket(1, [{ upper: Number.POSITIVE_INFINITY, method: "search", witness: "gain" }], []);
  expect(open.upper).toBe(Number.POSITIVE_INFINITY);
  expect(open.witness.threshold).toBe(0);
});
