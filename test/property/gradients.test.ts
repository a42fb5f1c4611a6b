/**
 * Derivatives against central differences: x ↦ ℓ(A(Φ(X))) for every mapping with every loss, ‖·‖ for every norm, and the whole
 * objective. Away from kinks the differences converge to the derivative, so the best of several steps counts.
 */
import { describe, expect, it } from "vitest";
import { evaluatePoint } from "../../engine/src/certify/evaluate.ts";
import type { RegularizerExpression, RegularizerKind } from "../../engine/src/config/config.ts";
import { normalStream } from "../../engine/src/linalg/random.ts";
import { dot, euclideanLength } from "../../engine/src/linalg/vector.ts";
import type { Factors } from "../../engine/src/problem/factors.ts";
import { branchesOf, zeroFactors } from "../../engine/src/problem/factors.ts";
import type { Problem } from "../../engine/src/problem/problem.ts";
import type { Norm } from "../../engine/src/problem/regularizer/norm.ts";
import { slopeAt } from "../../engine/src/problem/regularizer/regularizer.ts";
import type { Charge, MappingName, Setting } from "../support/mapping-cases.ts";
import {
  charge,
  custom,
  fits,
  LOSS_CONFIGS,
  MAPPING_NAMES,
  mappingCase,
  problemFrom,
  state,
} from "../support/mapping-cases.ts";
import { NORM_CASES } from "../support/norm-cases.ts";

const STEPS = [1e-2, 1e-3, 1e-4];
const SIZES = { rows: 4, columns: 3, depth: 2 };
const WIDTH = 2;

/** (4 D(h/2) − D(h))/3 with D the central difference: exact to order h⁴. */
function derivative(f: (t: number) => number, h: number): number {
  const central = (step: number) => (f(step) - f(-step)) / (2 * step);
  return (4 * central(h / 2) - central(h)) / 3;
}

/** Relative distance of the differences from `expected`, at the best step. */
function errorOf(f: (t: number) => number, expected: number): number {
  return Math.min(...STEPS.map((h) => Math.abs(derivative(f, h) - expected))) / Math.abs(expected);
}

function randomFactors({ sizes }: Problem, seed: number): Factors {
  const normal = normalStream(seed);
  return { branches: WIDTH, values: sizes.map((size) => Float64Array.from({ length: size * WIDTH }, normal)) };
}

function moved(at: Factors, direction: readonly Float64Array[], t: number): Factors {
  return { ...at, values: at.values.map((value, k) => value.map((x, i) => x + t * direction[k][i])) };
}

/** The gradient, and as much again in a random direction: what is measured along it is no small number. */
function directionBeside(gradient: readonly Float64Array[], seed: number): Float64Array[] {
  const normal = normalStream(seed);
  const length = Math.hypot(...gradient.map(euclideanLength));
  const random = gradient.map((part) => part.map(normal));
  const other = Math.hypot(...random.map(euclideanLength));
  return gradient.map((part, k) => part.map((x, i) => x / length + (0.5 * random[k][i]) / other));
}

/** ∂ℓ(A(Φ(X))). */
function lossGradient({ target, loss, mapping, sizes }: Problem, at: Factors): Float64Array[] {
  // Predictions go into arrays in which anything may stand.
  const x = new Float64Array(target.value.length).fill(Number.NaN);
  mapping.predictInto(x, at);
  const w = new Float64Array(x.length);
  loss.negativeGradientInto(w, x, target);
  const out = zeroFactors(sizes, at.branches);
  mapping.correlateInto(out.values, w, at);
  return out.values.map((part) => part.map((entry) => -entry));
}

function lossValue({ target, loss, mapping }: Problem, at: Factors): number {
  const x = new Float64Array(target.value.length);
  mapping.predictInto(x, at);
  return loss.value(x, target);
}

function inner(a: readonly Float64Array[], b: readonly Float64Array[]): number {
  return a.reduce((sum, part, k) => sum + dot(part, b[k]), 0);
}

const settings = LOSS_CONFIGS.flatMap((loss): Setting[] => [
  { loss, seed: 1 },
  { loss, seed: 2, intercept: true },
  { loss, seed: 3, masked: true },
  ...(loss.kind === "squared" ? [{ loss, seed: 4, outliers: 0.3 }] : []),
]);

const words = ({ loss, ...rest }: Setting) =>
  [
    loss.kind,
    ...("weight" in loss ? [String(loss.weight)] : []),
    ...(["intercept", "masked", "outliers"] as const).filter((key) => rest[key] !== undefined),
  ].join(", ");

describe("the loss of the predictions", () => {
  for (const name of MAPPING_NAMES) {
    const of = mappingCase(name, SIZES);
    it.each(settings.filter(({ loss }) => fits(of, loss)).map((setting) => [words(setting), setting] as const))(
      `${name}, %s`,
      (_, setting) => {
        const problem = problemFrom(state(of, setting));
        let points = 0;
        for (let seed = 11; points < 2; seed++) {
          expect(seed).toBeLessThan(20);
          const at = randomFactors(problem, seed);
          const gradient = lossGradient(problem, at);
          const along = (direction: readonly Float64Array[]) => (t: number) =>
            lossValue(problem, moved(at, direction, t));
          // Dead units and kept margins: the loss does not change, so it must not in any direction.
          if (gradient.every((part) => part.every((entry) => entry === 0))) {
            const still = along(gradient.map((part) => part.map(normalStream(seed))));
            expect(Math.min(...STEPS.map((h) => Math.abs(derivative(still, h))))).toBe(0);
            continue;
          }
          points++;
          const direction = directionBeside(gradient, seed);
          expect(errorOf(along(direction), inner(gradient, direction))).toBeLessThanOrEqual(1e-7);
        }
      },
    );
  }
});

/** A point in the relative interior of the cone, and an orthonormal basis of the space that the cone spans around it. */
function interior(norm: Norm, size: number): { readonly x: Float64Array; readonly basis: readonly Float64Array[] } {
  const normal = normalStream(41);
  const draw = () => {
    const x = Float64Array.from({ length: size }, normal);
    norm.proxInto(x, 0);
    return x;
  };
  if (/₀/.test(norm.condition("x"))) {
    const count = (x: Float64Array) => x.filter((entry) => entry !== 0).length;
    const x = Array.from({ length: 20 }, draw).reduce((best, next) => (count(next) > count(best) ? next : best));
    const support = [...x.keys()].filter((i) => x[i] !== 0);
    return { x, basis: support.map((i) => new Float64Array(size).fill(1, i, i + 1)) };
  }
  const points = Array.from({ length: norm.constrained ? 4 * size : 1 }, draw);
  const x = new Float64Array(size);
  for (const point of points) for (let i = 0; i < size; i++) x[i] += point[i] / Math.sqrt(points.length);
  if (!norm.constrained) return { x, basis: points[0].reduce(unitVectors, []) };
  const basis: Float64Array[] = [];
  for (const point of points) {
    for (let pass = 0; pass < 2; pass++) {
      for (const unit of basis) {
        const share = dot(unit, point);
        for (let i = 0; i < size; i++) point[i] -= share * unit[i];
      }
    }
    const length = euclideanLength(point);
    if (length > 1e-6) basis.push(point.map((e) => e / length));
  }
  return { x, basis };
}

function unitVectors(all: Float64Array[], _: number, i: number, { length }: Float64Array): Float64Array[] {
  return [...all, new Float64Array(length).fill(1, i, i + 1)];
}

/** p with ⟨p, b⟩ = the derivative of ‖·‖ at x along b, for the b of the basis, and 0 across. */
function differenceGradient(norm: Norm, x: Float64Array, basis: readonly Float64Array[], h: number): Float64Array {
  const p = new Float64Array(x.length);
  for (const unit of basis) {
    const slope = derivative((t) => norm.value(x.map((e, i) => e + t * unit[i])), h);
    for (let i = 0; i < p.length; i++) p[i] += slope * unit[i];
  }
  return p;
}

describe("norms", () => {
  it.each(NORM_CASES.map((given) => [given.name, given] as const))("%s", (_, { norm, size }) => {
    const { x, basis } = interior(norm, size);
    expect(basis.length).toBeGreaterThan(0);
    const errors = STEPS.map((h) => {
      const p = differenceGradient(norm, x, basis, h);
      return norm.subgradientDistance(p, x) / euclideanLength(p);
    });
    expect(Math.min(...errors.filter((error) => !Number.isNaN(error)))).toBeLessThanOrEqual(1e-7);
  });
});

const KINDS: readonly RegularizerKind[] = ["product", "power", "weight-decay", "l1"];

/** Every form of g, and every norm on every factor. */
function chargesFor(name: MappingName): (readonly [string, Charge])[] {
  const { factors } = mappingCase(name, SIZES);
  const all = <T>(value: T): T[] => Array.from({ length: factors }, () => value);
  const term = (factor: number, exponent: number): RegularizerExpression => ({
    power: { norm: "l2", factor },
    exponent,
  });
  return [
    ...KINDS.map((kind) => [kind, charge(kind, [])] as const),
    ["custom sum", custom({ sum: all(0).map((_, k) => ({ scale: 0.5 + k, of: term(k, factors) })) })],
    ["custom product", custom({ scale: 1.7, of: { product: all(0).map((_, k) => term(k, k + 1)) } })],
    ...(["l1", "linf", { lq: 1.5 }, "group", "nuclear", "spectral", { l2: 0.3, l1: 2 }] as const).map(
      (norm) => [`product, ${JSON.stringify(norm)}`, charge("product", all({ norm }))] as const,
    ),
    ["product, nonnegative", charge("product", all({ norm: "l2", constraints: ["nonnegative"] }))],
  ];
}

describe("the whole objective", () => {
  const loss = { kind: "squared", weight: 1 } as const;
  for (const name of MAPPING_NAMES) {
    it.each(chargesFor(name))(`${name}, %s: −⟨w, ∂Φ⟩ + λ Σ ∂g/∂n_k ∂n_k`, (_, charged) => {
      const problem = problemFrom(state(mappingCase(name, SIZES), { loss, seed: 6 }, charged));
      const { regularizer, lambda, sizes } = problem;
      const random = randomFactors(problem, 21);
      const at = regularizer.norms.some(({ nonnegative }) => nonnegative)
        ? { ...random, values: random.values.map((value) => value.map(Math.abs)) }
        : random;
      const objective = (t: number, direction: readonly Float64Array[]) => {
        const { objective: upper, objectiveMargin } = evaluatePoint(problem, moved(at, direction, t));
        return upper - objectiveMargin;
      };
      const ofLoss = lossGradient(problem, at);
      const errors = STEPS.slice(1).map((h) => {
        const gradient = ofLoss.map((part) => part.slice());
        branchesOf(at).forEach((branch, b) => {
          branch.forEach((slice, k) => {
            const basis = [...slice.keys()].map((i) => new Float64Array(sizes[k]).fill(1, i, i + 1));
            const form = regularizer.sliceForm(branch, k);
            const p = differenceGradient(form.norm, slice, basis, h);
            const slope = lambda * slopeAt(form, slice);
            p.forEach((entry, i) => {
              gradient[k][i * at.branches + b] += slope * entry;
            });
          });
        });
        const direction = directionBeside(gradient, 22);
        const expected = inner(gradient, direction);
        return Math.abs(derivative((t) => objective(t, direction), h) - expected) / Math.abs(expected);
      });
      expect(Math.min(...errors.filter((error) => !Number.isNaN(error)))).toBeLessThanOrEqual(1e-7);
    });
  }
});
