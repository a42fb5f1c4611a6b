/** Which polar answers for which mapping and norms: the rows of theory.md §4. */
import type { Observed } from "../../linalg/observed.ts";
import { withValues } from "../../linalg/observed.ts";
import { areFinite, times } from "../../linalg/vector.ts";
import type { Mapping } from "../../problem/mapping/mapping.ts";
import type { Observation } from "../../problem/mapping/observation.ts";
import type { Norm } from "../../problem/regularizer/norm.ts";
import { isPlain } from "../../problem/regularizer/norm.ts";
import type { Regularizer } from "../../problem/regularizer/regularizer.ts";
import { divided } from "./bounded.ts";
import { rescaled, unknownResult, widened, zeroResult } from "./bracket.ts";
import { compoundPolar } from "./compound.ts";
import { gainPolar } from "./gain.ts";
import { neuronPolar } from "./neuron.ts";
import type { Polar, PolarOptions, PolarResult } from "./polar.ts";
import { symmetricPolar } from "./symmetric.ts";
import { tablePolar } from "./table.ts";
import { tensorPolar } from "./unfoldings.ts";

/** Products of weights up to 1e±240 and their squares stay within float64; beyond, bounds would have to watch every quotient. */
const MOST_DIGITS = 240;
const MOST_SCALE = 1e250;

/** Where mapping and regularizer do not match, the polar is that of Π n_k^degree_k: a scale for λ, and no bound. */
export function choosePolar(mapping: Mapping, regularizer: Regularizer): Polar {
  const { compound, matched } = regularizer;
  if (matched && compound !== undefined) {
    return compoundPolar(mapping, regularizer, compound.parts, choosePolar);
  }
  const polar = isMeasurable(regularizer) ? productPolar(mapping, regularizer) : unproven(mapping, regularizer);
  const ratios = balancingRatios(mapping, regularizer);
  if (ratios === undefined) return polar;
  return (w, options) => {
    const result = polar(w, options);
    const branches = result.branches.map(({ value, factors }) => ({
      value,
      factors: factors.map((slice, k) => times(slice, ratios[k])),
    }));
    return { ...result, branches };
  };
}

/** Whether the weights of norms and products are numbers that bounds can be divided by. */
function isMeasurable({ norms, scale }: Regularizer): boolean {
  const most = 10 ** (MOST_DIGITS / Math.max(2, norms.length));
  const isUsual = ({ kind, euclideanFloor: floor }: Norm) => kind === "free" || (floor > 1 / most && floor < most);
  return norms.every(isUsual) && scale > 1 / MOST_SCALE && scale < MOST_SCALE;
}

/** What the search finds, and no bound. */
function unproven(mapping: Mapping, regularizer: Regularizer): Polar {
  const polar = productPolar(mapping, regularizer);
  return (w, options) => {
    if (w.every((x) => x === 0)) return zeroResult("zero");
    const { lower, branches } = polar(w, { ...options, effort: "estimate" });
    const none = unknownResult();
    return { ...none, lower, branches, method: "search, weights of norms are beyond what can be proven with" };
  };
}

/**
 * Branches of a polar have equal norms; where g = Σ c_k n_k^p with different c_k / m_k, g = 1 asks for n_k ∝ (m_k / c_k)^{1/p}, at
 * the same Π n_k^{m_k}. Undefined where equal norms are right.
 */
function balancingRatios({ degree }: Mapping, { matched, form, sum, exponents }: Regularizer): number[] | undefined {
  if (!matched || form !== "sum" || sum === undefined || degree === null) return undefined;
  const shares = sum.weights.map((c, k) => c / exponents[k]);
  if (shares.every((share) => share === shares[0])) return undefined;
  const level = shares.reduce((all, share, k) => all * share ** (exponents[k] / degree), 1);
  return shares.map((share) => (level / share) ** (1 / degree));
}

function productPolar(mapping: Mapping, regularizer: Regularizer): Polar {
  const { norms } = regularizer;
  switch (mapping.kind) {
    case "matrix":
      return observedPolar(mapping.observation, norms, regularizer, (table, options) =>
        tablePolar(table, norms[0], norms[1], options),
      );
    case "symmetric":
      return observedPolar(mapping.observation, [norms[0], norms[0]], regularizer, (table, options) =>
        symmetricPolar(table, norms[0], options),
      );
    case "cp": {
      const { entries, lengths } = mapping;
      return (w, options) => {
        if (!areFinite(w)) return unknownResult();
        const tensor = { lengths, entries: withValues(entries, w) };
        return rescaled(regularizer, options, (own) => tensorPolar(tensor, norms, own));
      };
    }
    case "network":
      return mapping.neuron && norms.every((norm) => isPlain(norm, "l2"))
        ? neuronPolar(mapping, regularizer)
        : gainPolar(mapping, regularizer);
    default:
      return mapping satisfies never;
  }
}

/** Through W = A*(w); what its rounding can change is at most ‖fl(W) − W‖_F in Euclidean norms of both sides. */
function observedPolar(
  observation: Observation,
  sides: readonly Norm[],
  regularizer: Regularizer,
  polar: (table: Observed, options: PolarOptions) => PolarResult,
): Polar {
  return (w, options) => {
    const table = observation.adjoint(w);
    const error = observation.adjointError(w);
    if (!areFinite(table.value) || !Number.isFinite(error)) return unknownResult();
    return rescaled(regularizer, options, (own) => widened(polar(table, own), divided(error, sides)));
  };
}
