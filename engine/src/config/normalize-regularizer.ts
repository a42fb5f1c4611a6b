/** `regularizer` and `constraint` as written → as computed with: norms and constraints of every factor. */
import type {
  Constraint,
  MappingKind,
  NormKind,
  NormSpec,
  NormSum,
  RegularizerConfig,
  RegularizerExpression,
  RegularizerKind,
} from "./config.ts";
import { arrayFileIssue } from "./data-file.ts";
import type { WrittenExpression } from "./expression-schema.ts";
import { type Issue, invalidValue, removalSuggestion, setSuggestion, show } from "./issue.ts";
import type { WrittenConstraint, WrittenConstraints, WrittenNorm } from "./norm-schema.ts";
import type { Segment } from "./path.ts";
import type { WrittenConfig } from "./schema.ts";

/** Kinds whose norm is part of their definition. */
const FORCED_NORM: Readonly<Partial<Record<RegularizerKind, NormKind>>> = {
  "weight-decay": "l2",
  l1: "l1",
  "elastic-net": "l1",
};

/** How many factors there are, where neither the data nor the layers decide it. */
const FACTORS: Readonly<Partial<Record<MappingKind, { readonly count: number; readonly advice: string }>>> = {
  matrix: { count: 2, advice: "write one for U and one for V" },
  symmetric: { count: 1, advice: "write one for U" },
};

const MAX_NORMS = 1000;

type Given = Exclude<NonNullable<WrittenConfig["regularizer"]>, string>;

export function readRegularizer(
  { regularizer, constraint }: Pick<WrittenConfig, "regularizer" | "constraint">,
  mapping: MappingKind,
  issues: Issue[],
): RegularizerConfig {
  const given: Given = typeof regularizer === "string" ? { kind: regularizer } : (regularizer ?? {});
  const kind: RegularizerKind = given.kind ?? "product";
  const ways = (["norm", "norms", "factors"] as const).filter((name) => given[name] !== undefined);
  if (ways.length > 1)
    issues.push(invalidValue(["regularizer"], `${ways.join(" and ")} say the same thing; keep one of them`));
  checkCounts(given, mapping, issues);
  const forced = FORCED_NORM[kind];
  if (forced !== undefined || kind === "custom") checkNorms(given, kind, forced, issues);
  const constraints = readGeneralConstraints(given, constraint, issues);
  const norm = forced ?? (given.norm === undefined ? "l2" : readNorm(given.norm));
  const entries: Given["factors"] = given.factors ?? given.norms?.map((each) => ({ norm: each }));
  const factors = entries?.map((entry, i) => ({
    norm: forced ?? (entry.norm === undefined ? norm : readNorm(entry.norm)),
    constraints:
      entry.constraint === undefined
        ? constraints
        : readConstraints(entry.constraint, ["regularizer", "factors", i, "constraint"], issues),
  }));
  const expression = readCustom(given, kind, mapping, issues);
  return { kind, norm, constraints, factors: factors ?? [], ...(expression === undefined ? {} : { expression }) };
}

function checkCounts(given: Given, mapping: MappingKind, issues: Issue[]): void {
  const known = FACTORS[mapping];
  if (known === undefined) return;
  const { count, advice } = known;
  for (const [name, list, noun, nouns] of [
    ["norms", given.norms, "norm", "norms"],
    ["factors", given.factors, "entry", "entries"],
  ] as const) {
    if (list === undefined || list.length === count) continue;
    const written = list.length === 1 ? `1 ${noun}` : `${list.length} ${nouns}`;
    const message = `${written} for ${count === 1 ? "1 factor" : `${count} factors`}; ${advice}`;
    issues.push(invalidValue(["regularizer", name], message));
  }
}

/** Norms where the kind leaves no choice. */
function checkNorms(given: Given, kind: RegularizerKind, forced: NormKind | undefined, issues: Issue[]): void {
  const asked: { readonly norm: WrittenNorm | undefined; readonly path: readonly Segment[] }[] = [
    { norm: given.norm, path: ["regularizer", "norm"] },
    ...(given.norms ?? []).map((norm, i) => ({ norm, path: ["regularizer", "norms", i] })),
    ...(given.factors ?? []).map(({ norm }, i) => ({ norm, path: ["regularizer", "factors", i, "norm"] })),
  ];
  for (const { norm, path } of asked) {
    if (norm === undefined) continue;
    const shown = typeof norm === "string" ? norm : show(norm);
    if (kind === "custom") {
      const message = `kind custom has its norms in regularizer.expression; remove ${shown} here`;
      issues.push(invalidValue(path, message, [removalSuggestion(path)]));
    } else if (kind === "elastic-net") {
      const message = `elastic-net always has ℓ1 and the square of ℓ2, not ${shown}; remove it, or use kind: power for ${shown}`;
      issues.push(invalidValue(path, message, [removalSuggestion(path)]));
    } else if (norm !== forced) {
      const message = `${kind} always has the norm ${forced}, not ${shown}; remove it, or use kind: power for ${shown}`;
      issues.push(invalidValue(path, message, [setSuggestion(path, forced)]));
    }
  }
}

function readGeneralConstraints(
  given: Given,
  above: WrittenConstraints | undefined,
  issues: Issue[],
): readonly Constraint[] {
  const path = ["regularizer", "constraint"];
  if (above !== undefined && given.constraint !== undefined) {
    const message = "regularizer.constraint says the same thing; keep one of them";
    issues.push(invalidValue(["constraint"], message, [removalSuggestion(["constraint"]), removalSuggestion(path)]));
  }
  if (given.constraint !== undefined) return readConstraints(given.constraint, path, issues);
  return above === undefined ? [] : readConstraints(above, ["constraint"], issues);
}

function readConstraints(written: WrittenConstraints, path: readonly Segment[], issues: Issue[]): Constraint[] {
  const isList = Array.isArray(written);
  const list = isList ? written : [written];
  const seen = new Map<string, number>();
  return list.map((each, i) => {
    const here = isList ? [...path, i] : path;
    const constraint = readConstraint(each, here, issues);
    // Several matrices may hold at once; one number of entries is the smallest of two.
    const id = typeof constraint === "object" && "sparse" in constraint ? "sparse" : JSON.stringify(constraint);
    if (seen.has(id)) issues.push(invalidValue(here, `${show(each)} is a second one of its kind; keep one of them`));
    seen.set(id, i);
    return constraint;
  });
}

function readConstraint(written: WrittenConstraint, path: readonly Segment[], issues: Issue[]): Constraint {
  if (typeof written === "string") return written;
  for (const name of ["kernel", "inequality"] as const) {
    const file = written[name];
    if (file === undefined) continue;
    const issue = arrayFileIssue([...path, name], file);
    if (issue !== undefined) issues.push(issue);
    return name === "kernel" ? { kernel: file } : { inequality: file };
  }
  // The schema has seen to it that one key is there.
  return { sparse: written.sparse ?? 1 };
}

function readNorm(norm: WrittenNorm): NormSpec {
  if (typeof norm === "string") return norm;
  if (norm.lq !== undefined) return { lq: norm.lq };
  const { lq: _, ...weights } = norm;
  const written = Object.entries(weights).filter(([, weight]) => weight !== undefined);
  return Object.fromEntries(written) as NormSum;
}

const CUSTOM = {
  product: [
    { norm: "l2", factor: 1 },
    { norm: "l2", factor: 2 },
  ],
} as const;
const EXPRESSION = ["regularizer", "expression"] as const;

function readCustom(
  given: Given,
  kind: RegularizerKind,
  mapping: MappingKind,
  issues: Issue[],
): RegularizerExpression | undefined {
  if (given.expression === undefined) {
    if (kind !== "custom") return undefined;
    const value = { kind: "custom", expression: CUSTOM };
    issues.push({
      code: "missing-key",
      message:
        "regularizer.expression is missing; kind custom is put together from norms, as in " +
        "`regularizer: {kind: custom, expression: {product: [{norm: l2, factor: 1}, {norm: l2, factor: 2}]}}`",
      path: EXPRESSION,
      suggestions: [setSuggestion(["regularizer"], value, "write the product of ℓ2 norms")],
    });
    return undefined;
  }
  if (kind !== "custom") {
    const message = `an expression goes with kind: custom, not with ${kind}; remove it, or write kind: custom`;
    const suggestions = [setSuggestion(["regularizer", "kind"], "custom"), removalSuggestion(EXPRESSION)];
    issues.push(invalidValue(EXPRESSION, message, suggestions));
    return undefined;
  }
  let norms = 0;
  const read = (written: WrittenExpression, path: readonly Segment[]): RegularizerExpression => {
    if ("norm" in written) {
      norms++;
      const known = FACTORS[mapping];
      if (known !== undefined && written.factor > known.count) {
        const count = known.count === 1 ? "1 factor" : `${known.count} factors`;
        const message = `${written.factor} is more than the ${count} of mapping ${mapping}; write a number up to ${known.count}`;
        issues.push(invalidValue([...path, "factor"], message));
      }
      return { norm: readNorm(written.norm), factor: written.factor - 1 };
    }
    const list = (name: "sum" | "product", items: readonly WrittenExpression[]) =>
      items.map((item, i) => read(item, [...path, name, i]));
    if (written.sum !== undefined) return { sum: list("sum", written.sum) };
    if (written.power !== undefined) {
      return { power: read(written.power.of, [...path, "power", "of"]), exponent: written.power.exponent };
    }
    if (written.scale !== undefined) {
      return { scale: written.scale.by, of: read(written.scale.of, [...path, "scale", "of"]) };
    }
    // The schema has seen to it that one key is there.
    return { product: list("product", written.product ?? []) };
  };
  const expression = read(given.expression, EXPRESSION);
  if (norms > MAX_NORMS) {
    const message = `${norms} norms; at most ${MAX_NORMS} are read, so put equal ones together with scale`;
    issues.push(invalidValue(EXPRESSION, message));
  }
  return expression;
}
