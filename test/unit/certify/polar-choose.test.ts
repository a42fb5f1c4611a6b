/** The polar a problem gets: through observations, with the regularizer's scale, in subspaces. */
import { describe, expect, it } from "vitest";
import { choosePolar } from "../../../engine/src/certify/polar/choose.ts";
import type { Gauge } from "../../../engine/src/certify/polar/search.ts";
import { searchBranches } from "../../../engine/src/certify/polar/search.ts";
import { symmetricPolar } from "../../../engine/src/certify/polar/symmetric.ts";
import { tablePolar } from "../../../engine/src/certify/polar/table.ts";
import type { RegularizerKind } from "../../../engine/src/config/config.ts";
import { denseOf, observedEntries, transpose, withValues } from "../../../engine/src/linalg/observed.ts";
import { normalStream } from "../../../engine/src/linalg/random.ts";
import { dot } from "../../../engine/src/linalg/vector.ts";
import { cpMapping } from "../../../engine/src/problem/mapping/cp.ts";
import type { Mapping } from "../../../engine/src/problem/mapping/mapping.ts";
import { sizesOf } from "../../../engine/src/problem/mapping/mapping.ts";
import { matrixMapping } from "../../../engine/src/problem/mapping/matrix.ts";
import { entryObservation, matrixSensing, rankOneSensing } from "../../../engine/src/problem/mapping/observations.ts";
import { symmetricMapping } from "../../../engine/src/problem/mapping/symmetric.ts";
import type { Norm } from "../../../engine/src/problem/regularizer/norm.ts";
import { polyhedralCone } from "../../../engine/src/problem/regularizer/polyhedral.ts";
import type { Regularizer } from "../../../engine/src/problem/regularizer/regularizer.ts";
import { regularizerOf } from "../../../engine/src/problem/regularizer/regularizer.ts";
import { singularValues } from "../../support/jacobi-svd.ts";
import { normFor } from "../../support/norms.ts";

const options = { above: 0, stopped: () => false };

function draw(count: number, seed: number): Float64Array {
  return Float64Array.from({ length: count }, normalStream(seed));
}

const full = (dense: Float64Array, rows: number) => observedEntries(dense, rows, dense.length / rows, () => true);

function l2Regularizer(kind: RegularizerKind, mapping: Mapping): Regularizer {
  return regularizerOf(
    kind,
    mapping.factors.map(() => normFor("l2", [1])),
    mapping,
  );
}

/** ⟨w, A(φ(z))⟩ and g(z) of a branch. */
function reached(mapping: Mapping, regularizer: Regularizer, w: Float64Array, values: readonly Float64Array[]) {
  const x = new Float64Array(w.length);
  mapping.predictInto(x, { branches: 1, values });
  return { value: dot(w, x), g: regularizer.measure(values) };
}

describe("through an observation", () => {
  const sensing = matrixSensing({ shape: [7, 4, 3], data: draw(84, 2) });
  const phases = rankOneSensing({ shape: [8, 4], data: draw(32, 3) });
  it.each([
    ["sensing matrices", matrixMapping(sensing)],
    ["rank-one sensing", matrixMapping(phases)],
    ["rank-one sensing, symmetric", symmetricMapping(phases)],
  ])("%s: that of A*(w), wider by its rounding", (_, mapping) => {
    const regularizer = l2Regularizer("product", mapping);
    const { observation } = mapping;
    for (let seed = 1; seed < 20; seed++) {
      const w = draw(observation.count, seed);
      const table = observation.adjoint(w);
      const dense = denseOf(table);
      const n = observation.columns;
      const c = 10 * Math.hypot(...dense);
      const expected =
        mapping.kind === "matrix"
          ? singularValues(dense, observation.rows, n)[0]
          : Math.max(
              0,
              singularValues(
                dense.map((x, k) => (k % (n + 1) === 0 ? x + c : x)),
                n,
                n,
              )[0] - c,
            );
      const polar = choosePolar(mapping, regularizer)(w, options);
      const plain =
        mapping.kind === "matrix"
          ? tablePolar(table, regularizer.norms[0], regularizer.norms[1], options)
          : symmetricPolar(table, regularizer.norms[0], options);
      expect(polar.upper).toBeGreaterThanOrEqual(plain.upper + observation.adjointError(w));
      expect(polar.upper).toBeGreaterThanOrEqual(expected * (1 - 1e-12));
      expect(polar.upper).toBeLessThanOrEqual(expected * (1 + 1e-9) + 1e-12);
      for (const { value, factors } of polar.branches) {
        const { value: again, g } = reached(mapping, regularizer, w, factors);
        expect(again).toBeCloseTo(value, 10);
        expect(g).toBeCloseTo(1, 12);
      }
    }
  });

  it("claims nothing where A*(w) overflows", () => {
    const mapping = matrixMapping(matrixSensing({ shape: [2, 2, 2], data: draw(8, 1).map((x) => x * 1e200) }));
    const polar = choosePolar(mapping, l2Regularizer("product", mapping))(Float64Array.of(1e200, -1e200), options);
    expect(polar).toMatchObject({ upper: Number.POSITIVE_INFINITY, kind: "bound", branches: [] });
  });
});

describe("with the scale of the regularizer", () => {
  const square = full(draw(16, 4), 4);
  const cases: [string, Mapping][] = [
    ["matrix", matrixMapping(entryObservation(square))],
    ["symmetric", symmetricMapping(entryObservation(square))],
    ["cp", cpMapping(full(draw(24, 5), 4), [4, 3, 2])],
  ];
  it.each(cases)("%s: branches have g = 1 in every matching form, and the polar follows", (_, mapping) => {
    const w = mapping.kind === "cp" ? mapping.entries.value : square.value;
    const product = choosePolar(mapping, l2Regularizer("product", mapping))(w, options);
    for (const kind of ["power", "weight-decay"] as const) {
      const regularizer = l2Regularizer(kind, mapping);
      const polar = choosePolar(mapping, regularizer)(w, options);
      // ½‖u‖² is half of ‖u‖²; the power form and (for two factors) weight decay have the Ω of the product.
      const factor = mapping.kind === "symmetric" && kind === "weight-decay" ? 2 : 1;
      expect(polar.lower).toBeCloseTo(factor * product.lower, 10);
      expect(polar.upper).toBeGreaterThanOrEqual(factor * product.upper * (1 - 1e-15));
      expect(polar.upper).toBeCloseTo(factor * product.upper, 10);
      if (!regularizer.matched) continue;
      for (const { value, factors } of polar.branches) {
        const { value: again, g } = reached(mapping, regularizer, w, factors);
        expect(again).toBeCloseTo(value, 10);
        expect(g).toBeCloseTo(1, 10);
      }
    }
  });

  it("without a match there is still a scale for λ", () => {
    const mapping = matrixMapping(entryObservation(square));
    const l1 = regularizerOf("l1", [normFor("l1", [4]), normFor("l1", [4])], mapping);
    expect(l1.matched).toBe(false);
    const polar = choosePolar(mapping, l1)(square.value, { ...options, effort: "estimate" });
    expect(polar.lower).toBe(square.value.reduce((most, x) => Math.max(most, Math.abs(x)), 0));
  });
});

/** ℓ2 on the x with ⟨a, x⟩ = 0, with the projection that the cone has. */
function onHyperplane(a: Float64Array): Norm {
  const size = a.length;
  const made = polyhedralCone({ kernel: [a], inequality: [], nonnegative: false, size });
  if (!made.ok) throw new Error(made.message);
  const norm = normFor("l2", [size], [{ kernel: { shape: [1, size], data: a } }]);
  return { ...norm, release: (p) => made.cone.release(p, p) };
}

describe("in subspaces", () => {
  const [a, b] = [draw(5, 6), draw(4, 7)];
  /** (I − aaᵀ/‖a‖²) W (I − bbᵀ/‖b‖²), entry by entry. */
  function projected(w: Float64Array, left: Float64Array, right: Float64Array): Float64Array {
    const [m, n] = [left.length, right.length];
    const entry = (x: Float64Array, i: number, j: number) => (i === j ? 1 : 0) - (x[i] * x[j]) / dot(x, x);
    return Float64Array.from({ length: m * n }, (_, at) => {
      let sum = 0;
      for (let i = 0; i < m; i++) {
        for (let j = 0; j < n; j++) {
          sum += entry(left, Math.floor(at / n), i) * w[i * n + j] * entry(right, j, at % n);
        }
      }
      return sum;
    });
  }

  it("u vᵀ: σ₁(P W P), found and proven", () => {
    for (let seed = 1; seed < 12; seed++) {
      const w = draw(20, seed);
      const [sigma] = singularValues(projected(w, a, b), 5, 4);
      const polar = tablePolar(full(w, 5), onHyperplane(a), onHyperplane(b), options);
      expect(polar.kind).toBe("exact");
      expect(polar.lower).toBeCloseTo(sigma, 8);
      expect(polar.upper).toBeGreaterThanOrEqual(sigma);
      const mirrored = tablePolar(transpose(full(w, 5)), normFor("l2", [4]), onHyperplane(a), options);
      expect(mirrored.kind).toBe("exact");
    }
  });

  it("u uᵀ: λ_max(P S P)", () => {
    for (let seed = 1; seed < 12; seed++) {
      const w = draw(25, seed);
      const symmetric = w.map((x, at) => x + w[(at % 5) * 5 + Math.floor(at / 5)]);
      const c = Math.hypot(...symmetric);
      const shifted = projected(symmetric, a, a).map((x, at) => (at % 6 === 0 ? x + c : x));
      const expected = Math.max(0, singularValues(shifted, 5, 5)[0] - c);
      const polar = symmetricPolar(full(symmetric, 5), onHyperplane(a), options);
      expect(polar.upper).toBeGreaterThanOrEqual(expected);
      expect(polar.upper).toBeLessThanOrEqual(expected + 1e-6);
      expect(polar.lower).toBeCloseTo(expected, 6);
    }
  });
});

describe("searchBranches", () => {
  const table = full(draw(30, 8), 6);
  const mapping = matrixMapping(entryObservation(table));
  const gauge: Gauge = { norms: [normFor("l2", [6]), normFor("l2", [5])], matched: true, scale: 1, exponents: [1, 1] };

  it("finds the largest singular value, one branch of each kind, best first, values in proportion to w", () => {
    const found = searchBranches(mapping, gauge, table.value, [], options);
    const [sigma] = singularValues(denseOf(table), 6, 5);
    expect(found[0]?.value).toBeCloseTo(sigma, 9);
    const large = searchBranches(
      mapping,
      gauge,
      table.value.map((x) => x * 2 ** 300),
      [],
      options,
    );
    expect(large).toEqual(found.map(({ value, factors }) => ({ value: value * 2 ** 300, factors })));
  });

  it("keeps what is worth more than the threshold, and the best one in any case", () => {
    // Every component of a tensor with orthogonal ones is a local maximum.
    const dense = new Float64Array(27);
    [5, 4, 3].forEach((weight, k) => {
      dense[k * 13] = weight;
    });
    const tensor = full(dense, 3);
    const cp = cpMapping(tensor, [3, 3, 3]);
    const three: Gauge = { ...gauge, norms: [0, 1, 2].map(() => normFor("l2", [3])), exponents: [1, 1, 1] };
    const valuesAbove = (above: number) =>
      searchBranches(cp, three, tensor.value, [], { ...options, above, randomStarts: 60 }).map(({ value }) =>
        Math.round(value * 1e9),
      );
    expect(valuesAbove(0)).toEqual([5e9, 4e9, 3e9]);
    expect(valuesAbove(3.5)).toEqual([5e9, 4e9]);
    expect(valuesAbove(9)).toEqual([5e9]);
  });

  it("finds nothing for w = 0, for cones where nothing is positive, or once it is stopped", () => {
    expect(searchBranches(mapping, gauge, table.value.slice().fill(0), [], options)).toEqual([]);
    expect(searchBranches(mapping, gauge, table.value, [], { ...options, stopped: () => true })).toEqual([]);
    const negative = withValues(
      table,
      table.value.map((x) => -Math.abs(x)),
    );
    const positive = { ...gauge, norms: [normFor("l2", [6], ["nonnegative"]), normFor("l2", [5], ["nonnegative"])] };
    expect(searchBranches(mapping, positive, negative.value, [], options)).toEqual([]);
  });

  it("gives the same branches every time, of the size that makes g = 1", () => {
    const halved: Gauge = { ...gauge, scale: 0.5 };
    const [first] = searchBranches(mapping, halved, table.value, [], options);
    expect(searchBranches(mapping, halved, table.value, [], options)[0]).toEqual(first);
    for (const slice of first.factors) expect(Math.hypot(...slice)).toBeCloseTo(Math.SQRT2, 12);
    expect(sizesOf(mapping)).toEqual(first.factors.map((slice) => slice.length));
  });
});
