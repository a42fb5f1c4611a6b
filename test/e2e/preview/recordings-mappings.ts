/** Recordings of networks and tensors, after the examples; one deep network stands for all that the theory does not cover. */
import type { Finding, LayerSummary, ProblemSummary, RunResult } from "@optimality-lens/engine";
import { base, branchesOf, type Recording, record, seriesOf } from "./recording.ts";

function layer(index: number, name: string, degree: number | null, note = "", depth = 0): LayerSummary {
  const kind = degree === null ? "none" : "degree";
  return { index, name, depth, homogeneity: kind, degrees: degree === null ? [] : [degree], approximate: false, note };
}

const cars: ProblemSummary = {
  shape: [392, 1],
  observed: 392,
  seen: "entries",
  mapping: "network",
  formula: "relu(V W₁) W₂",
  loss: "min over b: ½ Σ (x − y)² at x + b",
  regularizer: "‖W₁‖₂‖W₂‖₂",
  homogeneity: { mapping: 2, regularizer: 2 },
  layers: [layer(0, "dense 1", 1), layer(1, "relu", 1), layer(2, "dense 1", 2)],
  lambda: 38.75036969,
  lambdaMax: 1937.51848456,
  gapTolerance: 1e-6,
  maxBranches: 392,
  grow: true,
};

const carsResult: RunResult = {
  version: 1,
  verdict: "global",
  status: "converged",
  reason: "no point of any width lies lower by more than 3.5e-8 of the objective",
  objective: 3367.6109472371586,
  lowerBound: 3367.610831088808,
  gap: { absolute: 1.1615e-4, relative: 3.449e-8 },
  polar: {
    lower: 1.0000004845272712,
    upper: 1.0000004845275965,
    method: "angle sweep over the plane of the inputs",
    why: "one output, inputs in a plane: every activation pattern is an arc of a circle",
    kind: "exact",
  },
  homogeneity: { mapping: 2, regularizer: 2 },
  lambda: cars.lambda,
  lambdaMax: cars.lambdaMax,
  rank: 3,
  branches: [
    { index: 0, regularizer: 7.671556, slack: -3.7e-6, zero: false },
    { index: 1, regularizer: 1.728834, slack: 8.1e-7, zero: false },
    { index: 2, regularizer: 1.433677, slack: 6.6e-7, zero: false },
  ],
  evidence: null,
  extra: { intercept: [20.860350892791406] },
  stationarity: 0.045,
  iterations: 160,
  seconds: 0.71,
  findings: [],
};

const polarOpen: Finding = {
  code: "polar-open",
  severity: "warning",
  message:
    "a better branch is neither found nor ruled out: the polar is only proven to be at most 1.04212 (cover of the sphere), where 1 would be a proof; the branch and bound used up its 2,000,000 cells: raise search.maxCells",
  path: "search.maxCells",
  explanation:
    "The polar Ω°(Z) is the most that any new branch gains per unit of regularizer: at 1 or below none can lower the objective. For this mapping with these norms and constraints it is NP-hard. The best branch that a search found has 1 + 2.9e-7; the bound from above does not reach down to that. The point may well be global, but it is not proven. Why this bound: axis 3 has 8 entries, few enough for a cover of their sphere.",
  suggestions: [
    {
      kind: "edit",
      title: "Let the proof look at 8,000,000 cells",
      edits: [{ op: "set", path: "search.maxCells", value: 8_000_000 }],
    },
  ],
};

const { layers: _networksOnly, ...common } = cars;

const fluorescence: ProblemSummary = {
  ...common,
  shape: [30, 20, 8],
  observed: 4800,
  mapping: "cp",
  formula: "x¹ ⊗ x² ⊗ x³",
  loss: "½ Σ (x − y)²",
  regularizer: "‖x¹‖₂‖x²‖₂‖x³‖₂",
  homogeneity: { mapping: 3, regularizer: 3 },
  lambda: 34.4561,
  lambdaMax: 86.1403,
  maxBranches: 4801,
};

const fluorescenceResult: RunResult = {
  ...carsResult,
  verdict: "undecided",
  reason:
    "no better branch was found, but the polar is only proven to be at most 1.04212, where 1 would certify the point (found: 1 + 2.9e-7)",
  objective: 4818.222840348352,
  lowerBound: 4710.377482879095,
  gap: { absolute: 107.845, relative: 0.0223828 },
  polar: {
    lower: 1.00000029891228,
    upper: 1.042118582,
    method: "cover of the sphere",
    why: "axis 3 has 8 entries, few enough for a cover of their sphere",
    kind: "bound",
    work: 2_000_000,
  },
  homogeneity: { mapping: 3, regularizer: 3 },
  lambda: fluorescence.lambda,
  lambdaMax: fluorescence.lambdaMax,
  branches: [
    { index: 0, regularizer: 47.235487, slack: -1.4e-5, zero: false },
    { index: 1, regularizer: 13.951365, slack: -2.0e-6, zero: false },
    { index: 2, regularizer: 11.146151, slack: -2.4e-6, zero: false },
  ],
  extra: null,
  iterations: 518,
  seconds: 2.176,
  findings: [polarOpen],
};

/** Without a bound on the polar: a constraint that no bound knows. */
const unbounded: RunResult = {
  ...carsResult,
  verdict: "undecided",
  reason: "no better branch was found, but no upper bound on the polar is known",
  lowerBound: null,
  gap: null,
  polar: { lower: 0.99999998, upper: null, method: "search, no bound known", kind: "bound" },
  rank: 37,
  branches: branchesOf(41),
  extra: { intercept: [1.25, -0.5, 3.75, 0.125, 12.5, -4, 0, 2.5, 6, 7.0625] },
};

const joined: LayerSummary = {
  ...layer(5, "residual: input added", null, "joins different degrees"),
  homogeneity: "mixed",
  degrees: [1, 2],
};

const deepLayers: readonly LayerSummary[] = [
  layer(0, "conv2d 16 of 3 × 3", 1),
  layer(1, "batchNorm", 1, "weights before it become scale-invariant (approximately: ε = 0.001)"),
  layer(2, "relu", 1),
  layer(3, "conv2d 16 of 3 × 3", 2, "", 1),
  layer(4, "relu", 2, "", 1),
  joined,
  layer(9, "tanh", null, "no degree"),
  layer(13, "dense 64, bias", null, "its bias has degree 1"),
  layer(16, "relu", null),
  layer(17, "dense", null),
  layer(18, "softmax", null, "belongs in the loss"),
].map((each) => (each.index > 0 ? { ...each, approximate: true } : each));

const notHomogeneous: Finding = {
  code: "not-homogeneous",
  severity: "warning",
  message:
    "mapping.layers[8]: tanh has no degree of homogeneity, so the theory does not hold for the model; use relu, leaky relu, abs or maxout instead",
  path: "mapping.layers[8]",
  explanation: "A certificate needs a mapping that scales as a power of its parameters.",
  suggestions: [
    {
      kind: "edit",
      title: "use relu instead of tanh",
      edits: [{ op: "set", path: "mapping.layers[8]", value: "relu" }],
    },
  ],
};

const deep: ProblemSummary = {
  ...cars,
  shape: [1797, 10],
  observed: 17970,
  formula: "a branch of 14 layers: conv2d, batchNorm, relu, residual, tanh, dense, softmax",
  loss: "Σ (log Σⱼ e^{xⱼ} − x_c)",
  regularizer: "½(‖W₁‖₂² + ‖W₂‖₂² + ‖W₃‖₂² + ‖W₄‖₂² + ‖W₅‖₂²)",
  homogeneity: { mapping: null, regularizer: 2 },
  layers: deepLayers,
  lambda: 0.5,
  lambdaMax: 812.5,
  maxBranches: 17971,
};

const deepResult: RunResult = {
  ...carsResult,
  verdict: "outside-theory",
  reason: "mapping.layers[8]: tanh has no degree of homogeneity, so no certificate can exist",
  objective: 2210.42,
  lowerBound: null,
  gap: null,
  polar: null,
  homogeneity: { mapping: null, regularizer: 2 },
  lambda: 0.5,
  lambdaMax: 812.5,
  rank: 4,
  branches: branchesOf(4),
  extra: null,
  findings: [notHomogeneous],
};

export const MAPPING_RECORDINGS = {
  network: record(
    "network",
    {
      ...base,
      configName: "cars.optimality.yaml",
      phase: "finished",
      problem: cars,
      result: carsResult,
      certificateFile: "examples/cars/cars.optimality.yaml.certificate.json",
    },
    seriesOf(160, 0.71, 9800, 3367.6109472, 3367.6108311),
  ),
  tensor: record(
    "tensor",
    {
      ...base,
      configName: "fluorescence.optimality.yaml",
      phase: "finished",
      problem: fluorescence,
      result: fluorescenceResult,
      findings: [polarOpen],
    },
    seriesOf(518, 2.176, 12000, 4818.2228, 4710.3775),
  ),
  unbounded: record(
    "unbounded",
    {
      ...base,
      configName: "scores.optimality.yaml",
      phase: "finished",
      problem: { ...cars, shape: [392, 10], observed: 3500 },
      result: unbounded,
    },
    seriesOf(420, 3.1, 9800, 3367.6109472, Number.NaN),
  ),
  deep: record(
    "deep-network",
    {
      ...base,
      configName: "digits.optimality.yaml",
      phase: "finished",
      problem: deep,
      result: deepResult,
      findings: [notHomogeneous],
    },
    seriesOf(900, 41, 4120, 2210.42, Number.NaN),
  ),
} as const satisfies Readonly<Record<string, Recording>>;
