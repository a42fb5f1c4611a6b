/**
 * What is behind each finding: the source of `docs/findings/<code>.md` and of the `explanation` of findings.
 * Data only, so that rules, parser and generator can all use it.
 */
import type { FindingCode, Severity } from "./finding.ts";
import { MODEL_PAGES } from "./model-pages.ts";
import { mended, PAPER, RATINGS, SMALLEST } from "./page-examples.ts";
import { RUN_PAGES } from "./run-pages.ts";

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
  /** The same in a config, for findings about layers that model files have too. */
  readonly inConfig?: { readonly failing: PageExample; readonly mended: PageExample };
  /** What to do, one sentence each. */
  readonly advice: readonly string[];
}

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
    failing: {
      config: `${SMALLEST.replace("ratings.csv", "classes.mtx")}loss: cross-entropy\n`,
      files: { "classes.mtx": "%%MatrixMarket matrix coordinate real general\n2 2 2\n1 1 1\n2 2 1\n" },
    },
    mended,
    advice: ["Remove the key, or use what the message says this version does."],
  },
  "file-missing": {
    title: "A file cannot be read",
    severity: "error",
    statement:
      "A file that the config names is not there, is a folder, or may not be read. Names are relative to the config's folder.",
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
      "What the mapping makes has to have the target's shape: tables for u vᵀ and networks (a vector counts as one column), square tables for u uᵀ, tensors of any order for cp. " +
      "A mask has the target's shape, an input one row a sample, sensing one matrix or vector a measurement, and each layer of a network the input that it can take.",
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
      "Scaling all factors by α scales the mapping by α^p and the regularizer by α^p': p = 2 for u vᵀ and u uᵀ, K for cp, and for a network as many as it has weight layers, with powers multiplied. Only for p = p' is every local minimum with a zero branch " +
      "global. For p' < p, Proposition 19: the origin is always a local minimum, and every path out of it has to climb first, so that descent from small " +
      "factors ends at zero however good other points are. For p' > p, (58): replacing each branch by two rescaled copies lowers the objective, so that " +
      "the regularizer does not limit the number of branches.",
    source: `${PAPER}, Proposition 19 and (58)`,
    failing: { config: SMALLEST.replace("lambda", "regularizer: {kind: l1}\nlambda"), files: RATINGS },
    mended: { config: SMALLEST.replace("lambda", "regularizer: {kind: product, norm: l1}\nlambda"), files: RATINGS },
    advice: [
      "Use the product ‖u‖₁‖v‖₁ (15): it prefers sparse factors just as the sum does, and its degree is the mapping's.",
      "The power form ½(‖u‖₁² + ‖v‖₁²) (16) has the same global minima as the product.",
      "For a network of K weight layers, weight decay has degree 2 < K from K = 3 on: `power` is (1/K)Σ‖Wₖ‖^K.",
    ],
  },
  "degenerate-pair": {
    title: "The regularizer can be scaled away",
    severity: "warning",
    statement:
      "Equal degrees are not enough: (φ, g) has to be a nondegenerate pair. Where scaling one factor up and others down leaves φ as it is and drives g to 0, as with " +
      "g(u, v) = δ_C(u)‖v‖², Ω is 0 for every model and regularizes nothing. That happens when a factor has no norm, and when the powers of a product are not the degrees of φ in its factors.",
    source: `${PAPER}, Definition 8 and footnote 3; the test on exponents is derived`,
    failing: {
      config: SMALLEST.replace(
        "lambda",
        "regularizer: {kind: custom, expression: {power: {of: {norm: l2, factor: 2}, exponent: 2}}}\nlambda",
      ),
      files: RATINGS,
    },
    mended: {
      config: SMALLEST.replace(
        "lambda",
        "regularizer: {kind: custom, expression: {product: [{norm: l2, factor: 1}, {norm: l2, factor: 2}]}}\nlambda",
      ),
      files: RATINGS,
    },
    advice: [
      "Give every factor a norm, to the power of the mapping's degree in that factor.",
      "A constraint is no substitute for a norm: cones do not end the rescaling.",
    ],
  },
  "too-few-branches": {
    title: "A width that may be too small",
    severity: "info",
    statement:
      "From a certain number of branches on every problem has a global minimum of that width, and descent with growth reaches one. With fewer, and without leave to grow, a run may end at a " +
      "local minimum that one more branch would leave, or the global minimum of that width may be above F*. The run is still judged against F*, the minimum over all widths.",
    source: `${PAPER}, Theorem 17 and Corollary 18; the smaller widths are derived from the form of Ω`,
    failing: { config: `${SMALLEST}search: {grow: false}\n`, files: RATINGS },
    mended,
    advice: [
      "Leave out `grow: false` or `maxBranches`: the search stops by itself as soon as the point is proven global.",
      "Keep it where the width is given from outside; the certificate says whether it was enough.",
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
      "A global minimum with few branches always exists: for u vᵀ min(m, n) with ℓ2·ℓ2 (the singular vectors), m for ℓ1 on U (one branch per row), n for ℓ1 on V; for u uᵀ n with ℓ2; " +
      "for one-neuron relu branches N times the number of outputs. Further branches end at zero or as copies and only cost time. In general card(D) + 1 branches are enough, with D the numbers that the loss sees.",
    source: `${PAPER}, Corollary 18; the smaller widths are derived from the form of Ω`,
    failing: { config: `${SMALLEST}branches: 50\n`, files: RATINGS },
    mended: { config: `${SMALLEST}branches: 3\n`, files: RATINGS },
    advice: ["Lower `branches`; the search adds branches by itself where it needs them."],
  },
  ...RUN_PAGES,
  ...MODEL_PAGES,
};

/** The statement of a code's page, as the `explanation` of a finding. */
export function explain(code: FindingCode): string {
  return FINDING_PAGES[code].statement;
}
