/**
 * x¹ ⊗ … ⊗ xᴷ where the unit ball of one norm has ± unit vectors for its vertices (ℓ1): Ω°(T) = max_i Ω°(± T_i) over the slices T_i
 * along that axis, each with the polar of the other factors; exact where those are. Witness: the arrays of every slice that has some.
 */
import { withValues } from "../../linalg/observed.ts";
import type { ObservedTensor } from "../../linalg/tensor.ts";
import { slicesAlong } from "../../linalg/tensor.ts";
import { opposite } from "../../linalg/vector.ts";
import { cpMapping } from "../../problem/mapping/cp.ts";
import type { Norm } from "../../problem/regularizer/norm.ts";
import { kindOf, wantedBranches } from "./bracket.ts";
import { CLOSED } from "./closing.ts";
import type { PolarBranch, PolarOptions, PolarResult, ProofArrays, Witness } from "./polar.ts";
import { foundBranches, productOf } from "./search.ts";
import type { InnerPolar } from "./tensor-cover.ts";

interface SliceOptions extends PolarOptions {
  readonly inner: InnerPolar;
}

export function slicesPolar(
  tensor: ObservedTensor,
  axis: number,
  norms: readonly Norm[],
  { inner, guess: _guess, ...options }: SliceOptions,
): PolarResult {
  const rest = norms.filter((_, k) => k !== axis);
  const slices = signedSlices(tensor, axis, norms);
  const { proof, effort, tolerance = CLOSED } = options;
  const saved = proof?.witness.arrays ?? {};
  const polars = slices.map(({ slice }, at) => {
    if (proof === undefined) return inner(slice, rest, { ...options, effort: effort === "close" ? "bracket" : effort });
    return inner(slice, rest, { ...options, proof: { branch: [], witness: witnessOf(saved, at) } });
  });
  if (proof === undefined && effort === "close") {
    const lower = Math.max(...polars.map((polar) => polar.lower));
    polars.forEach((polar, at) => {
      if (polar.kind === "exact" || polar.upper <= lower * (1 + tolerance)) return;
      polars[at] = inner(slices[at].slice, rest, options);
    });
  }
  const branches = polars.flatMap((polar, at) =>
    polar.branches.map(({ value, factors }): PolarBranch => {
      const unit = new Float64Array(tensor.lengths[axis]);
      unit[slices[at].index] = slices[at].sign;
      return { value, factors: [...factors.slice(0, axis), unit, ...factors.slice(axis)] };
    }),
  );
  const isOpen = polars.some(({ witness }) => witness.arrays !== undefined);
  const claimed =
    proof !== undefined && isOpen
      ? foundBranches(
          cpMapping(tensor.entries, tensor.lengths),
          productOf(norms),
          tensor.entries.value,
          () => [],
          options,
        )
      : branches;
  const lower = claimed.reduce((most, { value }) => Math.max(most, value), 0);
  const worst = polars.reduce((most, polar) => (polar.upper > most.upper ? polar : most));
  return {
    lower,
    upper: worst.upper,
    method: `largest slice along axis ${axis + 1}: ${worst.method}`,
    why: worst.why,
    kind: kindOf(lower, worst.upper),
    witness: { kind: "slices", threshold: lower, arrays: isOpen ? savedWitnesses(polars) : undefined },
    work: polars.reduce((sum, polar) => sum + (polar.work ?? 0), 0),
    branches: wantedBranches(claimed, options.above),
  };
}

/** Arrays of slice `at` are called `at.kind.name`. */
function savedWitnesses(polars: readonly PolarResult[]): ProofArrays {
  return Object.fromEntries(
    polars.flatMap(({ witness: { kind, arrays = {} } }, at) =>
      Object.entries(arrays).map(([name, array]) => [`${at}.${kind}.${name}`, array]),
    ),
  );
}

function witnessOf(saved: ProofArrays, slice: number): Witness {
  const own = Object.entries(saved).flatMap(([key, array]) => {
    const [at, kind, ...name] = key.split(".");
    return at === String(slice) ? [{ kind, name: name.join("."), array }] : [];
  });
  return {
    kind: own[0]?.kind ?? "none",
    threshold: 0,
    arrays: Object.fromEntries(own.map(({ name, array }) => [name, array])),
  };
}

/** The slices along one axis; also their opposites, where neither that axis nor another one is free to turn the sign. */
export function signedSlices(
  tensor: ObservedTensor,
  axis: number,
  norms: readonly Norm[],
): readonly { readonly slice: ObservedTensor; readonly index: number; readonly sign: number }[] {
  const slices = slicesAlong(tensor, axis);
  const turned = norms.every((norm, k) => k === axis || norm.constrained) && !norms[axis].nonnegative;
  return slices.flatMap((slice, index) => {
    const minus = { ...slice, entries: withValues(slice.entries, opposite(slice.entries.value)) };
    const plus = { slice, index, sign: 1 };
    return turned ? [plus, { slice: minus, index, sign: -1 }] : [plus];
  });
}
