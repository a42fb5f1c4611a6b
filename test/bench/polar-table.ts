/**
 * The table of docs/certificates.md: brackets of hard polars of random Gaussian numbers, before and after they are closed. Medians
 * over the instances of a row; one thread. `npm run bench:polars` writes it.
 */
import { choosePolar } from "../../engine/src/certify/polar/choose.ts";
import type { PolarOptions, PolarResult } from "../../engine/src/certify/polar/polar.ts";
import { symmetricPolar } from "../../engine/src/certify/polar/symmetric.ts";
import { tensorPolar } from "../../engine/src/certify/polar/unfoldings.ts";
import type { NormSpec } from "../../engine/src/config/config.ts";
import { observedEntries } from "../../engine/src/linalg/observed.ts";
import { normalStream } from "../../engine/src/linalg/random.ts";
import type { ResolvedConstraint } from "../../engine/src/problem/regularizer/registry.ts";
import { neuronNetwork, productOfLengths } from "../support/networks.ts";
import { normFor } from "../support/norms.ts";

type Polar = (options: PolarOptions) => PolarResult;

interface Row {
  readonly kind: string;
  readonly size: string;
  readonly count: number;
  readonly polar: (seed: number) => Polar;
}

type Side = readonly [NormSpec, ...ResolvedConstraint[]];

const PLUS: Side = ["l2", "nonnegative"];
const FREE: Side = ["l2"];
const sparse = (gamma: number): Side => [{ l2: 1, l1: gamma }];

/** x¹ ⊗ … ⊗ xᴷ with one norm per axis; u vᵀ for two. */
function product(kind: string, lengths: readonly number[], sides: readonly Side[], count = 20): Row {
  const norms = lengths.map((n, k) => normFor(sides[k][0], [n], sides[k].slice(1) as ResolvedConstraint[]));
  const size = lengths.reduce((all, n) => all * n, 1);
  return {
    kind,
    size: lengths.join("×"),
    count,
    polar: (seed) => {
      const dense = Float64Array.from({ length: size }, normalStream(seed));
      const entries = observedEntries(dense, lengths[0], size / lengths[0], () => true);
      return (options) => tensorPolar({ lengths, entries }, norms, options);
    },
  };
}

function symmetric(kind: string, n: number, side: Side): Row {
  const norm = normFor(side[0], [n], side.slice(1) as ResolvedConstraint[]);
  return {
    kind,
    size: `${n}×${n}`,
    count: 20,
    polar: (seed) => {
      const dense = Float64Array.from({ length: n * n }, normalStream(seed));
      const table = observedEntries(dense, n, n, () => true);
      return (options) => symmetricPolar(table, norm, options);
    },
  };
}

/** N samples of `rank` Gaussian inputs. */
function neuron(samples: number, rank: number, outputs: number, count = 20): Row {
  return {
    kind: outputs === 1 ? "ReLU, one output" : `ReLU, ${outputs} outputs`,
    size: `N = ${samples}, rank ${rank}`,
    count,
    polar: (seed) => {
      const normal = normalStream(seed);
      const mapping = neuronNetwork(Float64Array.from({ length: samples * rank }, normal), rank, outputs);
      const w = Float64Array.from({ length: samples * outputs }, normal);
      const polar = choosePolar(mapping, productOfLengths(mapping));
      return (options) => polar(w, options);
    },
  };
}

const ROWS: readonly Row[] = [
  product("u, v ≥ 0", [20, 15], [PLUS, PLUS]),
  product("u, v ≥ 0", [50, 40], [PLUS, PLUS], 5),
  product("u, v ≥ 0", [20, 7], [PLUS, PLUS]),
  product("v ≥ 0", [20, 15], [FREE, PLUS]),
  product("v ≥ 0", [20, 7], [FREE, PLUS]),
  symmetric("u uᵀ, u ≥ 0", 7, PLUS),
  symmetric("u uᵀ, u ≥ 0", 20, PLUS),
  product("‖v‖₂ + ½‖v‖₁", [20, 15], [FREE, sparse(0.5)]),
  product("‖v‖₂ + ½‖v‖₁", [8, 6], [FREE, sparse(0.5)]),
  product("‖v‖₂ + ½‖v‖₁", [6, 8], [FREE, sparse(0.5)]),
  product("v 3-sparse", [20, 15], [FREE, ["l2", { sparse: 3 }]]),
  product("v 5-sparse", [20, 15], [FREE, ["l2", { sparse: 5 }]]),
  product("ℓ∞ · ℓ∞", [20, 15], [["linf"], ["linf"]]),
  product("ℓ∞ · ℓ2", [20, 15], [["linf"], FREE]),
  product("CP", [30, 30, 4], [FREE, FREE, FREE]),
  product("CP", [50, 50, 4], [FREE, FREE, FREE], 5),
  product("CP", [6, 6, 6], [FREE, FREE, FREE]),
  neuron(100, 3, 1),
  neuron(200, 4, 1),
  neuron(40, 6, 1, 5),
  neuron(40, 3, 3, 5),
];

const stopped = () => false;
const median = (numbers: readonly number[]) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];
const seconds = (ms: number) => (ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`);

function bracketText(ratio: number): string {
  return ratio - 1 <= 1e-3 ? `1 + ${Math.max(ratio - 1, 0).toExponential(0)}` : ratio.toFixed(4);
}

function measured({ kind, size, count, polar }: Row): string {
  const before: number[] = [];
  const after: number[] = [];
  const closing: number[] = [];
  const checking: number[] = [];
  let method = "";
  for (let seed = 1; seed <= count; seed++) {
    const of = polar(seed * 7919);
    const open = of({ above: Number.POSITIVE_INFINITY, stopped });
    const start = performance.now();
    const closed = of({ above: Number.POSITIVE_INFINITY, effort: "close", stopped });
    const middle = performance.now();
    const branch = closed.branches[0]?.factors;
    of({ above: Number.POSITIVE_INFINITY, proof: { branch, witness: closed.witness }, stopped });
    checking.push(performance.now() - middle);
    closing.push(middle - start);
    before.push(open.upper / open.lower);
    after.push(closed.upper / closed.lower);
    method = closed.method;
  }
  const numbers = [bracketText(median(before)), bracketText(median(after)), bracketText(Math.max(...after))];
  return `| ${[kind, size, ...numbers, seconds(median(closing)), seconds(median(checking)), method].join(" | ")} |`;
}

const only = process.argv[2];
for (const row of ROWS) {
  if (only === undefined || `${row.kind} ${row.size}`.includes(only)) console.log(measured(row));
}
