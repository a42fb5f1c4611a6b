/** What the tool has to say about a config or a run. Every code has a page in `docs/findings/`. */

export type Severity = "error" | "warning" | "info";

/** Findings that mean the input cannot be used at all: the command line answers exit code 2. */
export type InputCode =
  | "syntax-error"
  | "unknown-key"
  | "missing-key"
  | "invalid-value"
  | "unsupported"
  | "file-missing"
  | "invalid-data"
  | "shape-mismatch"
  | "invalid-model";

/** Findings that need only the config or the layer graph. */
export type StaticCode =
  | "degree-mismatch"
  | "loss-not-differentiable"
  | "more-branches-than-needed"
  | "too-few-branches"
  | "degenerate-pair"
  | "mixed-degrees"
  | "not-homogeneous"
  | "bias-breaks-homogeneity"
  | "scale-invariant-weights"
  | "activation-belongs-in-loss"
  | "unregularized-factor"
  | "not-parallel"
  | "unknown-layer";

/** Findings of a run. */
export type RunCode =
  | "certified"
  | "add-zero-branch"
  | "zero-branch"
  | "redundant-branches"
  | "duplicate-branches"
  | "unbalanced-branch"
  | "dead-branch"
  | "dead-units"
  | "strict-saddle"
  | "lambda-above-max"
  | "not-stationary"
  | "polar-open"
  | "non-finite";

export type FindingCode = InputCode | StaticCode | RunCode;

/** Where in the config: `regularizer.norms[1]`, or the empty string for the whole file. */
export type ConfigPath = string;

/** One change of the config text. `rename` changes the last key of `path` to `to`. */
export type ConfigEdit =
  | { readonly op: "set"; readonly path: ConfigPath; readonly value: unknown }
  | { readonly op: "remove"; readonly path: ConfigPath }
  | { readonly op: "rename"; readonly path: ConfigPath; readonly to: string };

export type RunAction = "add-zero-branch" | "remove-redundant-branches" | "continue";

export type Suggestion =
  | { readonly kind: "edit"; readonly title: string; readonly edits: readonly ConfigEdit[] }
  | { readonly kind: "action"; readonly title: string; readonly action: RunAction };

/** A position in a text, both zero-based, `character` in UTF-16 units (as VS Code counts). */
export interface Position {
  readonly line: number;
  readonly character: number;
}

export interface Range {
  readonly start: Position;
  readonly end: Position;
}

export interface Finding {
  readonly code: FindingCode;
  readonly severity: Severity;
  /** One line: names the thing and the value, says what to do next. */
  readonly message: string;
  readonly path: ConfigPath;
  /** Where `path` lies in the config text, when there is a text. */
  readonly range?: Range;
  /** A paragraph: the statement behind it, with the paper's number. */
  readonly explanation: string;
  readonly suggestions: readonly Suggestion[];
}

const INPUT_CODES: ReadonlySet<string> = new Set<InputCode>([
  "syntax-error",
  "unknown-key",
  "missing-key",
  "invalid-value",
  "unsupported",
  "file-missing",
  "invalid-data",
  "shape-mismatch",
  "invalid-model",
]);

/** Whether a finding means that the input cannot be used (exit code 2, no run). */
export function isInputFinding(finding: Finding): boolean {
  return INPUT_CODES.has(finding.code);
}
