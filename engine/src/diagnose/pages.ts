/**
 * What is behind each finding: the source of `docs/findings/<code>.md` and of the `explanation` of findings.
 * Data only, so that rules, parser and generator can all use it.
 */
import type { FindingCode, Severity } from "./finding.ts";
import { MODEL_PAGES } from "./model-pages.ts";

/** A config or a model file, with the files beside it. `docs/findings` shows it; a test runs it. */
export interface PageExample {
  /** `example.optimality.yaml` unless said. */
  readonly fileName?: string;
  readonly config: string;
  /** Text files by name, as the config refers to them. */
  readonly files?: Readonly<Record<string, string>>;
}

export interface FindingPage {
  readonly title: string;
  readonly severity: Severity;
  /** The statement, a paragraph that stands by itself. */
  readonly statement: string;
  /** Where the statement comes from: the number in the paper, or "derived" for our own. */
  readonly source: string;
  readonly failing: PageExample;
  readonly mended: PageExample;
  /** What to do, one sentence each. */
  readonly advice: readonly string[];
}

const RATINGS = { "ratings.csv": "5,3,1\n4,,1\n1,1,5\n" } as const;
const SMALLEST = "data: {target: ratings.csv}\nmapping: {kind: matrix}\nlambda: {relative: 0.1}\n";
const mended: PageExample = { config: SMALLEST, files: RATINGS };
const PAPER = "Haeffele & Vidal (2015)";
const FORMAT = "The config format";

export const FINDING_PAGES: Readonly<Record<FindingCode, FindingPage>> = {
  "syntax-error": {
    title: "The config cannot be read",
    severity: "error",
    statement:
      "The text is not valid YAML or JSON, or it is not one mapping of keys: nothing in it can be relied on until that is mended.",
    source: FORMAT,
    failing: {
      config: "data: {target: ratings.csv\nmapping: {kind: matrix}\nlambda: {relative: 0.1}\n",
      files: RATINGS,
    },
    mended,
    advice: [
      "Go to the marked place: most often a bracket or a quote is not closed, or a line is indented by a tab.",
      "In YAML, nested keys are indented by spaces, and a space follows each colon.",
    ],
  },
  "unknown-key": {
    title: "A key that means nothing",
    severity: "error",
    statement:
      "The config has a key that the format does not know. It is not ignored, because a mistyped key would silently leave its default in force " +
      "and the run would answer another question than the one asked.",
    source: FORMAT,
    failing: { config: SMALLEST.replace("lambda", "lamda"), files: RATINGS },
    mended,
    advice: ["Take the key that is suggested, or remove the line.", "All keys are listed in the config reference."],
  },
  "missing-key": {
    title: "A required key is missing",
    severity: "error",
    statement:
      "Three things have no sensible default: the data (`data.target`), the mapping (`mapping`), and the weight of the regularizer (`lambda`).",
    source: FORMAT,
    failing: { config: "data: {target: ratings.csv}\nmapping: {kind: matrix}\n", files: RATINGS },
    mended,
    advice: [
      "Add the line that is suggested; `lambda: {relative: 0.1}` is a good first value, as it is a tenth of λ_max.",
    ],
  },
  "invalid-value": {
    title: "A value that does not fit its key",
    severity: "error",
    statement:
      "The value of a key is of the wrong type, out of range, or contradicts another key. λ in particular has to be above 0: at λ = 0 " +
      "there is no regularizer whose polar could bound the objective.",
    source: FORMAT,
    failing: { config: SMALLEST.replace("{relative: 0.1}", "-1"), files: RATINGS },
    mended,
    advice: [
      "The message says which values there are.",
      "`lambda: {relative: x}` frees you from guessing the scale of λ.",
    ],
  },
  unsupported: {
    title: "Understood, but not in this version",
    severity: "error",
    statement:
      "The key or value belongs to the format, and this version of the engine cannot compute with it yet. It refuses rather than answer " +
      "for a simpler problem than the one that is written down.",
    source: FORMAT,
    failing: { config: SMALLEST.replace("lambda", "constraint: nonnegative\nlambda"), files: RATINGS },
    mended,
    advice: ["Remove the key, or use what the message says this version does."],
  },
  "file-missing": {
    title: "A file cannot be read",
    severity: "error",
    statement:
      "A file that the config names is not there, is a folder, is empty, or may not be read. Names are relative to the config's folder.",
    source: FORMAT,
    failing: { config: SMALLEST.replace("ratings.csv", "rating.csv"), files: RATINGS },
    mended,
    advice: [
      "Check the spelling; similar names in the folder are suggested.",
      "Use `/` between folders, on every system.",
    ],
  },
  "invalid-data": {
    title: "A file does not hold an array of numbers",
    severity: "error",
    statement:
      "An array has to be rectangular and hold finite numbers; empty cells and NaN are unobserved entries, and at least one entry has to be observed. " +
      "Infinities are refused, because no certificate can be computed from them.",
    source: FORMAT,
    failing: { config: SMALLEST, files: { "ratings.csv": "5,3,1\n4,good,1\n1,1,5\n" } },
    mended,
    advice: [
      "Go to the line and column of the message.",
      "Leave a cell empty, or write NaN, where nothing was observed.",
      "Remove columns of labels; a first row of names is skipped by itself.",
    ],
  },
  "shape-mismatch": {
    title: "Arrays that do not fit together",
    severity: "error",
    statement:
      "The mapping u vᵀ makes matrices, so the target has two dimensions (a vector counts as one column), and a mask has the target's shape.",
    source: FORMAT,
    failing: {
      config: SMALLEST.replace("ratings.csv", "ratings.csv, mask: seen.csv"),
      files: { ...RATINGS, "seen.csv": "1,1\n1,0\n1,1\n" },
    },
    mended: {
      config: SMALLEST.replace("ratings.csv", "ratings.csv, mask: seen.csv"),
      files: { ...RATINGS, "seen.csv": "1,1,1\n1,0,1\n1,1,0\n" },
    },
    advice: ["The message has both shapes.", "A transposed file is the usual reason: compare rows and columns."],
  },
  "degree-mismatch": {
    title: "Mapping and regularizer scale differently",
    severity: "warning",
    statement:
      "Scaling all factors by α scales the mapping by α^p and the regularizer by α^p'. Only for p = p' is every local minimum with a zero branch " +
      "global. For p' < p, Proposition 19: the origin is always a local minimum, and every path out of it has to climb first, so that descent from small " +
      "factors ends at zero however good other points are. For p' > p, (58): replacing each branch by two rescaled copies lowers the objective, so that " +
      "the regularizer does not limit the number of branches.",
    source: `${PAPER}, Proposition 19 and (58)`,
    failing: { config: SMALLEST.replace("lambda", "regularizer: {kind: l1}\nlambda"), files: RATINGS },
    mended: { config: SMALLEST.replace("lambda", "regularizer: {kind: product, norm: l1}\nlambda"), files: RATINGS },
    advice: [
      "Use the product ‖u‖₁‖v‖₁ (15): it prefers sparse factors just as the sum does, and its degree is the mapping's.",
      "The power form ½(‖u‖₁² + ‖v‖₁²) (16) has the same global minima as the product.",
    ],
  },
  "loss-not-differentiable": {
    title: "The loss has kinks",
    severity: "error",
    statement:
      "The theory asks for a loss that is convex and once differentiable: the certificate is built from its gradient. The ℓ1 loss and the hinge have " +
      "kinks exactly where fits tend to end, so that no gradient, and no dual point, belongs to the place reached.",
    source: `${PAPER}, (10) and (20)`,
    failing: { config: SMALLEST.replace("lambda", "loss: l1\nlambda"), files: RATINGS },
    mended: { config: SMALLEST.replace("lambda", "loss: {huber: 1}\nlambda"), files: RATINGS },
    advice: [
      "For `l1`: use `{huber: δ}`, which is ℓ1 beyond a residual of δ; or a squared loss with `extra.outliers`, which is the same thing said as a model.",
      "For `hinge`: use `squared-hinge` or `logistic`.",
    ],
  },
  "more-branches-than-needed": {
    title: "More branches than any minimum needs",
    severity: "info",
    statement:
      "For these norms a global minimum with few branches always exists: min(m, n) for ℓ2·ℓ2 (the singular vectors), m for ℓ1 on U (one branch per row), " +
      "n for ℓ1 on V. Further branches end at zero or as copies and only cost time. In general card(D) + 1 branches are enough.",
    source: `${PAPER}, Corollary 18; the smaller widths are derived from the form of Ω`,
    failing: { config: `${SMALLEST}branches: 50\n`, files: RATINGS },
    mended: { config: `${SMALLEST}branches: 3\n`, files: RATINGS },
    advice: ["Lower `branches`; the search adds branches by itself where it needs them."],
  },
  certified: {
    title: "The point is a global minimum",
    severity: "info",
    statement:
      "Z = −∇ℓ/λ, scaled by t so that its polar is at most 1, is feasible for the dual problem, and the dual's value there is a lower bound on the objective over every " +
      "number of branches. The objective is within `search.gap` of it, with all rounding errors counted.",
    source: `${PAPER}, (18), (26) and Theorem 15; the Fenchel gap is derived`,
    failing: { config: `${SMALLEST}search: {maxIterations: 1}\n`, files: RATINGS },
    mended,
    advice: ["Nothing has to be done. `optimality verify` proves it again from the data and the factors alone."],
  },
  "add-zero-branch": {
    title: "One more branch would lower the objective",
    severity: "warning",
    statement:
      "The polar of Z = −∇ℓ/λ exceeds 1: there is a branch z with ⟨Z, φ(z)⟩ > g(z), along which the loss falls faster than the regularizer rises. " +
      "A zero branch appended to the factors can move along z, and the objective after that step is the evidence that the point is not a global minimum.",
    source: `${PAPER}, Theorem 15, Corollary 16 and Algorithm 1`,
    failing: { config: `${SMALLEST}branches: 1\nsearch: {grow: false}\n`, files: RATINGS },
    mended,
    advice: [
      "Add the branch and continue from where the run stopped.",
      "Or leave out `grow: false`, and the search adds branches until none helps.",
    ],
  },
  "zero-branch": {
    title: "A branch is zero",
    severity: "info",
    statement:
      "At a local minimum with an all-zero branch, Theorem 15 says that the point is a global minimum. The verdict does not rest on this, as " +
      "local minimality is not proven by descent: it rests on the gap.",
    source: `${PAPER}, Theorem 15`,
    failing: { config: `${SMALLEST.replace("0.1", "2")}branches: 3\n`, files: RATINGS },
    mended,
    advice: ["Nothing has to be done; a zero branch changes neither model nor objective."],
  },
  "redundant-branches": {
    title: "Some branches can be merged into others",
    severity: "info",
    statement:
      "There is θ ≠ 0 with Σ θᵢ φ(Xᵢ) = 0. Rescaling branch i by (1 + θᵢ)^(1/p) leaves the model unchanged, does not raise the objective, and makes one branch vanish.",
    source: `${PAPER}, Theorem 17 and Algorithm 1 (with the sign of its proof, (49))`,
    failing: { config: `${SMALLEST}branches: 20\nsearch: {grow: false}\n`, files: RATINGS },
    mended,
    advice: ["Remove the redundant branches: the model stays the same, with fewer branches."],
  },
  "lambda-above-max": {
    title: "λ is so large that zero is optimal",
    severity: "warning",
    statement:
      "λ_max = Ω°(−∇ℓ(0)) is the polar of the gradient at the zero model. For λ ≥ λ_max the zero model is a global minimum: nothing is fitted at all.",
    source: `${PAPER}, Theorem 15 at the origin`,
    failing: { config: SMALLEST.replace("0.1", "2"), files: RATINGS },
    mended,
    advice: ["Choose λ below λ_max: `lambda: {relative: 0.1}` is a common start."],
  },
  "not-stationary": {
    title: "The run stopped before the descent had finished",
    severity: "warning",
    statement:
      "The last point is not stationary: Lemma 14, by which g(Xᵢ) = ⟨Z, φ(Xᵢ)⟩ in every branch of a local minimum, does not hold to the precision " +
      "that the gap needs. The lower bound is still valid, only loose.",
    source: `${PAPER}, Lemma 14`,
    failing: {
      config: `${SMALLEST}branches: 3\nsearch: {maxIterations: 3, method: prox-gradient, grow: false}\n`,
      files: RATINGS,
    },
    mended,
    advice: ["Continue the run, or raise `search.maxIterations` or `search.timeLimit`."],
  },
  "polar-open": {
    title: "The polar is bracketed, not known",
    severity: "warning",
    statement:
      "With cones or sums of norms on the factors, the polar Ω°(Z) is NP-hard. A search gives a branch that reaches a value from below, a relaxation proves a " +
      "bound from above. While the two differ around 1, the point may be global or not: no better branch is known, and none is ruled out.",
    source: `${PAPER}, (26) and Theorem 15; the bounds are derived`,
    failing: {
      config: SMALLEST.replace("lambda", "regularizer: {kind: product, constraint: nonnegative}\nlambda"),
      files: { "ratings.csv": "2,-1,0.5,3\n-1,3,1,-2\n0.5,-2,4,1\n" },
    },
    mended: {
      config: SMALLEST,
      files: { "ratings.csv": "2,-1,0.5,3\n-1,3,1,-2\n0.5,-2,4,1\n" },
    },
    advice: [
      "Where the problem allows it, use plain `l2` or `l1` norms without a constraint, or `l1` on one factor: their polar has a closed form.",
      "Read the gap: it is proven, and it may be small enough for what you need (`search.gap`).",
    ],
  },
  "non-finite": {
    title: "A number became infinite or NaN",
    severity: "error",
    statement:
      "The objective or a factor left the range of float64. The run stops there, because nothing can be proven from such numbers.",
    source: "float64 arithmetic",
    failing: { config: `${SMALLEST}loss: {squared: 1e308}\n`, files: RATINGS },
    mended,
    advice: [
      "Divide the data, or the weight of the loss, by its typical size; λ given as `{relative: x}` follows by itself.",
      "Leave out `start.random.scale`, and a scale is chosen from the data.",
    ],
  },
  ...MODEL_PAGES,
};

/** The statement of a code's page, as the `explanation` of a finding. */
export function explain(code: FindingCode): string {
  return FINDING_PAGES[code].statement;
}
