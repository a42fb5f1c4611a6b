/** The pages of findings of a run. */
import type { RunCode } from "./finding.ts";
import { DEEP, mended, neuron, PAPER, POSITIVE, RATINGS, SMALLEST, TWO_INPUTS } from "./page-examples.ts";
import type { FindingPage } from "./pages.ts";

export const RUN_PAGES: Readonly<Record<RunCode, FindingPage>> = {
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
  "duplicate-branches": {
    title: "Two branches point the same way",
    severity: "info",
    statement:
      "φ(Xᵢ) and φ(Xⱼ) are positive multiples of each other (their cosine exceeds 1 − 10⁻⁹). Weight can be moved between the two along a level path, so the minimum is not isolated, and " +
      "one branch does the work of both.",
    source: `${PAPER}, Theorem 17 with two branches`,
    failing: { config: `${SMALLEST.replace("0.1", "0.7")}branches: 3\nsearch: {grow: false}\n`, files: RATINGS },
    mended: { config: SMALLEST.replace("0.1", "0.7"), files: RATINGS },
    advice: ["Merge them; model and objective stay as they are.", "Start with fewer branches and let the search grow."],
  },
  "unbalanced-branch": {
    title: "Rescaling a branch lowers the objective",
    severity: "warning",
    statement:
      "For a sum of powers of norms, such as weight decay, scaling one factor of a branch up and another down changes g while φ stays. At a local minimum the norms are balanced: " +
      "‖u‖ = ‖v‖ for ½(‖u‖² + ‖v‖²). A branch that is not balanced is evidence that the run has not come to rest.",
    source: "Derived: the weighted inequality of means between (15) and (16)",
    failing: {
      config: `${SMALLEST.replace("lambda", "regularizer: {kind: power}\nlambda")}branches: 2\nsearch: {grow: false, maxIterations: 0}\n`,
      files: RATINGS,
    },
    mended: { config: SMALLEST.replace("lambda", "regularizer: {kind: power}\nlambda"), files: RATINGS },
    advice: [
      "Continue the run; of a model that was trained elsewhere, rescale the factors of each branch to equal norms.",
    ],
  },
  "dead-branch": {
    title: "A branch that never fires",
    severity: "warning",
    statement:
      "All outputs of the branch are 0 on the data although its weights are not, as when the input of a relu is negative at every sample. No gradient of the loss reaches it; " +
      "it costs λ g(Xᵢ) and does nothing. It is not the zero branch of Theorem 15, whose weights are 0.",
    source: "Derived; Theorem 15 asks for an all-zero slice",
    failing: { config: neuron("branches: 6\nsearch: {grow: false, maxIterations: 0}\n"), files: POSITIVE },
    mended: { config: neuron(""), files: POSITIVE },
    advice: [
      "Remove the branch: the objective falls by λ g(Xᵢ).",
      "Start from another seed, or with growth from 1 branch.",
    ],
  },
  "dead-units": {
    title: "Hidden units that are never active",
    severity: "info",
    statement:
      "Inside the branches some hidden units are 0 at every sample. They contribute nothing, no gradient of the loss reaches their incoming weights, and descent does not bring them back.",
    source: "Derived",
    failing: {
      config: neuron("search: {grow: false, maxIterations: 0}\n").replace("dense: 1", "dense: 12"),
      files: POSITIVE,
    },
    mended: { config: neuron(""), files: POSITIVE },
    advice: ["A smaller layer does the same; more branches of one unit each can grow where they help."],
  },
  "strict-saddle": {
    title: "The run rests at a strict saddle",
    severity: "warning",
    statement:
      "The gradient is 0, yet a direction of negative curvature is in hand: a branch that is 0 can move along the polar direction z, and the objective falls by λ(Ω° − 1)α² to second order. " +
      "By Theorem 15 a stationary point with a zero branch is either a global minimum or no local minimum.",
    source: `${PAPER}, Theorem 15 and Corollary 16; the curvature is derived, for p = 2`,
    failing: { config: `${SMALLEST}start: zero\nsearch: {grow: false, maxIterations: 0}\n`, files: RATINGS },
    mended,
    advice: [
      "Let the search move or add the branch.",
      "Start from random factors: they are a saddle with probability 0.",
    ],
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
    title: "A better branch is neither found nor ruled out",
    severity: "warning",
    statement:
      "The polar Ω°(Z) is the most that any new branch could gain per unit of regularizer; at 1 or below no branch lowers the objective, and the point is a global minimum. " +
      "For many mappings, norms and constraints it is NP-hard to compute. A search finds branches, which bound it from below; relaxations, enumeration and a branch and bound " +
      "over cells (parts of the set of all branches) prove a bound from above. Here the two do not meet around 1: the point may be global, but it is not proven. " +
      "The lower bound and the gap are proven all the same.",
    source: `${PAPER}, (26) and Theorem 15; the bounds are derived, see docs/certificates.md`,
    failing: { config: DEEP, files: TWO_INPUTS },
    mended: { config: DEEP.replace("dense: 2, relu, dense: 2, relu", "dense: 1, relu"), files: TWO_INPUTS },
    advice: [
      "Where the message says that the branch and bound used up its cells: raise `search.maxCells`, or take the quick fix. Twice the cells take twice the time.",
      "Where it says that time cut the proof short: raise `search.timeLimit`, or continue the run.",
      "Otherwise change the problem to one whose polar is known, if that answers your question too: `l2` on both factors, `l1` on one of them, one factor or axis with few entries, " +
        "one hidden relu layer on few inputs.",
      "Or read the gap: it is proven, and may be small enough for what you need (`search.gap`).",
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
};
