/** Messages as the host sends them, one set per state the panel can be in. Numbers are plausible, not computed here. */
import type {
  BranchReport,
  CertificateSnapshot,
  Finding,
  ProblemSummary,
  Progress,
  RunResult,
} from "@optimality-lens/engine";
import type { HistoryRow, PanelState } from "../../../extension/protocol/panel.ts";
import { base, branchesOf, type Recording, record, row, seriesOf } from "./recording.ts";
import { MAPPING_RECORDINGS } from "./recordings-mappings.ts";
import { pathStates } from "./recordings-paths.ts";

const iris: ProblemSummary = {
  shape: [150, 4],
  observed: 600,
  seen: "entries",
  mapping: "matrix",
  formula: "u vᵀ",
  loss: "½ Σ (x − y)²",
  regularizer: "‖u‖₂‖v‖₂",
  homogeneity: { mapping: 2, regularizer: 2 },
  lambda: 9.5959914,
  lambdaMax: 95.959914,
  gapTolerance: 1e-6,
  maxBranches: 4,
  grow: true,
};

const volcano: ProblemSummary = {
  ...iris,
  shape: [87, 61],
  observed: 2653,
  seen: "entries",
  lambda: 312.4,
  lambdaMax: 6248,
  maxBranches: 61,
};

const irisBranches: readonly BranchReport[] = [
  { index: 0, regularizer: 86.34212, slack: 2.1e-9, zero: false },
  { index: 1, regularizer: 8.21775, slack: -4.4e-10, zero: false },
];

const certified: Finding = {
  code: "certified",
  severity: "info",
  message: "the point is a global minimum: the objective is within 3.1e-8 of a proven lower bound (search.gap 1e-6)",
  path: "",
  explanation:
    "Fenchel duality gives a lower bound that holds for models of every width. The bound needs an upper bound on the polar Ω°(Z), which was proven by a Cholesky factorization; rounding is accounted for (Haeffele & Vidal, Proposition 10 and Corollary 16).",
  suggestions: [],
};

const addZeroBranch: Finding = {
  code: "add-zero-branch",
  severity: "warning",
  message:
    "a branch that starts at zero and moves along the polar direction lowers the objective from 12.3041 to 11.8872",
  path: "branches",
  explanation:
    "The polar of Z exceeds 1, so a direction exists in which the loss falls faster than the regularizer rises. Adding a zero branch and continuing from there follows it (Algorithm 1, Theorem 15).",
  suggestions: [
    { kind: "action", title: "Add zero branch and continue", action: "add-zero-branch" },
    {
      kind: "edit",
      title: "Let the search grow by itself (search.grow: true)",
      edits: [{ op: "set", path: "search.grow", value: true }],
    },
  ],
};

const redundant: Finding = {
  code: "redundant-branches",
  severity: "info",
  message: "2 of 6 branches can be merged into the others without changing the model",
  path: "branches",
  explanation: "Their products are linearly dependent, so one can be removed without raising the objective (49).",
  suggestions: [{ kind: "action", title: "Remove redundant branches", action: "remove-redundant-branches" }],
};

const mismatch: Finding = {
  code: "degree-mismatch",
  severity: "warning",
  message: "regularizer.kind: l1 has degree 1, but mapping.kind: matrix has degree 2; use a regularizer of degree 2",
  path: "regularizer.kind",
  explanation:
    "When the regularizer's degree is below the mapping's, zero is a local minimum whatever the data say (Proposition 19), and no certificate of global optimality can exist.",
  suggestions: [
    {
      kind: "edit",
      title: "Use product: ‖u‖₁‖v‖₁ (15)",
      edits: [{ op: "set", path: "regularizer.kind", value: "product" }],
    },
    {
      kind: "edit",
      title: "Use power: ½(‖u‖₁² + ‖v‖₁²) (16)",
      edits: [{ op: "set", path: "regularizer.kind", value: "power" }],
    },
  ],
};

const missingFile: Finding = {
  code: "file-missing",
  severity: "error",
  message: "data.target: data/ratings.csv does not exist next to the config; check the name or create the file",
  path: "data.target",
  explanation: "",
  suggestions: [],
};

const unknownKey: Finding = {
  code: "unknown-key",
  severity: "error",
  message: "serach: unknown key; did you mean search?",
  path: "serach",
  explanation:
    "Keys that the schema does not know are refused rather than ignored, so that a typing error never changes a result silently.",
  suggestions: [{ kind: "edit", title: "Rename to search", edits: [{ op: "rename", path: "serach", to: "search" }] }],
};

const globalResult: RunResult = {
  version: 1,
  verdict: "global",
  status: "converged",
  reason: "no point of any width lies lower by more than 3.1e-8 of the objective",
  objective: 1005.11283764,
  lowerBound: 1005.11280678,
  gap: { absolute: 3.086e-5, relative: 3.0702e-8 },
  polar: { lower: 0.99999999983, upper: 1.000000021, method: "Lanczos, proven by Cholesky", kind: "exact" },
  homogeneity: { mapping: 2, regularizer: 2 },
  lambda: 9.5959914,
  lambdaMax: 95.959914,
  rank: 2,
  branches: irisBranches,
  evidence: null,
  extra: null,
  stationarity: 3.1e-11,
  iterations: 143,
  seconds: 0.2184,
  findings: [certified],
};

const history: readonly HistoryRow[] = [
  row(1, "Run 1", "not-global", 1412.0924, 0.29, 1, 0.11, false),
  row(2, "Run 2", "undecided", 1005.1134, 5.9e-6, 2, 0.15, false),
  row(3, "Run 3", "global", 1005.11283764, 3.0702e-8, 2, 0.2184, true),
];

const notGlobalResult: RunResult = {
  ...globalResult,
  verdict: "not-global",
  reason:
    "adding one branch along the polar direction (polar 1.38211 > 1) lowers the objective from 12.304100 to 11.887200",
  objective: 12.3041,
  lowerBound: 9.117,
  gap: { absolute: 3.1871, relative: 0.25903 },
  polar: { lower: 1.38211, upper: 1.38211004, method: "Lanczos, proven by Cholesky", kind: "exact" },
  rank: 1,
  branches: [{ index: 0, regularizer: 6.41, slack: 1.2e-8, zero: false }],
  evidence: { polar: 1.38211, objectiveAfter: 11.8872 },
  findings: [addZeroBranch],
  iterations: 61,
  seconds: 0.094,
};

const undecidedResult: RunResult = {
  ...globalResult,
  verdict: "undecided",
  status: "time-limit",
  reason: "the gap of 4.2e-4 is above the tolerance 1.0e-6 and no better point is in hand; continue the run",
  objective: 48211.37,
  lowerBound: 48191.1,
  gap: { absolute: 20.27, relative: 4.2044e-4 },
  polar: { lower: 0.99981, upper: 1.0123, method: "Frobenius norm", kind: "bound" },
  lambda: volcano.lambda,
  lambdaMax: volcano.lambdaMax,
  rank: 11,
  branches: branchesOf(12),
  findings: [
    {
      code: "not-stationary",
      severity: "warning",
      message: "the run stopped before it was stationary: the scale-free gradient norm is 2.4e-3; continue it",
      path: "search.timeLimit",
      explanation: "A certificate is as good as the point it is about: the lower bound rises as the gradient falls.",
      suggestions: [{ kind: "action", title: "Continue from here", action: "continue" }],
    },
    redundant,
  ],
  iterations: 12840,
  seconds: 60.02,
};

const outsideResult: RunResult = {
  ...globalResult,
  verdict: "outside-theory",
  reason:
    "mapping and regularizer have different degrees of homogeneity, so the theory offers no lower bound: no certificate can exist",
  objective: 2210.42,
  lowerBound: null,
  gap: null,
  polar: null,
  homogeneity: { mapping: 2, regularizer: 1 },
  rank: 3,
  branches: branchesOf(4),
  findings: [mismatch],
};

const runningProgress: Progress = {
  iteration: 1240,
  seconds: 3.214,
  phase: "descent",
  objective: 48410.2,
  lowerBound: 47022.9,
  stationarity: 3.2e-3,
  branches: 9,
};

const runningSnapshot: CertificateSnapshot = {
  iteration: 1200,
  seconds: 3.1,
  objective: 48431.8,
  lowerBound: 47022.9,
  gap: { absolute: 1408.9, relative: 0.02909 },
  polar: { lower: 1.214, upper: 1.2140002, method: "Lanczos, proven by Cholesky", kind: "exact" },
  branches: branchesOf(9),
};

const running: PanelState = {
  ...base,
  configName: "volcano.optimality.yaml",
  configUri: "file:///project/examples/volcano.optimality.yaml",
  phase: "running",
  problem: volcano,
  progress: runningProgress,
  snapshot: runningSnapshot,
};

const globalState: PanelState = {
  ...base,
  phase: "finished",
  problem: iris,
  result: globalResult,
  findings: globalResult.findings,
  history,
  certificateFile: "examples/iris.certificate.json",
};

const globalSeries = seriesOf(143, 0.2184, 4820, 1005.11283764, 1005.11280678);
const paths = pathStates(iris);

export const RECORDINGS = {
  empty: record("empty", base, null),
  loading: record("loading", { ...base, phase: "loading" }, null),
  running: record("running", running, seriesOf(1240, 3.2, 188000, 48410.2, 47022.9)),
  global: record("global", globalState, globalSeries),
  notGlobal: record(
    "not-global",
    {
      ...base,
      phase: "finished",
      problem: { ...iris, grow: false, lambda: 2.31, lambdaMax: 38.4 },
      result: { ...notGlobalResult, lambda: 2.31, lambdaMax: 38.4 },
      findings: notGlobalResult.findings,
      history: [row(3, "Run 3", "not-global", 12.3041, 0.25903, 1, 0.094, true)],
      certificateFile: "examples/iris.certificate.json",
    },
    seriesOf(61, 0.094, 66, 12.3041, 9.117),
  ),
  undecided: record(
    "undecided",
    { ...running, phase: "finished", result: undecidedResult, findings: undecidedResult.findings },
    seriesOf(12840, 60, 188000, 48211.37, 48191.1),
  ),
  outside: record(
    "outside-theory",
    {
      ...base,
      phase: "finished",
      problem: { ...iris, regularizer: "‖u‖₁ + ‖v‖₁", homogeneity: { mapping: 2, regularizer: 1 } },
      result: outsideResult,
      findings: outsideResult.findings,
    },
    seriesOf(96, 0.12, 4820, 2210.42, Number.NaN),
  ),
  failed: record(
    "failed",
    {
      ...base,
      configName: "ratings.optimality.yaml",
      phase: "failed",
      failure: "data.target: data/ratings.csv does not exist next to the config; check the name or create the file",
      findings: [unknownKey, missingFile],
    },
    null,
  ),
  outOfDate: record(
    "out-of-date",
    { ...globalState, outOfDate: true },
    seriesOf(143, 0.2184, 4820, 1005.11283764, 1005.11280678),
  ),
  manyBranches: record(
    "many-branches",
    {
      ...globalState,
      configName: "volcano.optimality.yaml",
      problem: volcano,
      result: {
        ...globalResult,
        rank: 54,
        branches: branchesOf(60),
        lambda: 312.4,
        lambdaMax: 6248,
        findings: [certified, redundant],
      },
      findings: [certified, redundant],
    },
    seriesOf(40000, 22, 188000, 1005.11283764, 1005.11280678),
  ),
  pathLoading: record("path-loading", { ...globalState, path: paths.loading }, globalSeries),
  pathRunning: record("path-running", { ...base, path: paths.running }, null),
  path: record("path", { ...globalState, path: paths.complete }, globalSeries),
  pathMixed: record("path-mixed", { ...globalState, path: paths.mixed }, globalSeries),
  pathCancelled: record("path-cancelled", { ...base, path: paths.cancelled }, null),
  pathFailed: record("path-failed", { ...globalState, path: paths.failed }, globalSeries),
  ...MAPPING_RECORDINGS,
} as const satisfies Readonly<Record<string, Recording>>;
