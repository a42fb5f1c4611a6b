/** A config as written → as computed with: defaults filled in, shorthands expanded, contradictions named. */

import type { Suggestion } from "../diagnose/finding.ts";
import type {
  Config,
  Constraint,
  DataConfig,
  ExtraConfig,
  LambdaConfig,
  LossConfig,
  NormKind,
  NormSpec,
  RegularizerConfig,
  RegularizerKind,
  SearchConfig,
  StartConfig,
} from "./config.ts";
import { type Issue, show } from "./issue.ts";
import { formatPath } from "./path.ts";
import { DEFAULT_GAP, DEFAULT_MAX_ITERATIONS, DEFAULT_SEED, type WrittenConfig } from "./schema.ts";

export type Normalized =
  | { readonly ok: true; readonly config: Config }
  | { readonly ok: false; readonly issues: readonly Issue[] };

/** The mapping u vᵀ has two factors. */
const FACTORS = 2;

const DATA_FILE = /\.(csv|tsv|npy|npz|json)$/i;
const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, min: 60_000, h: 3_600_000 };

export function toConfig(written: WrittenConfig): Normalized {
  const issues: Issue[] = [];
  const data = readData(written, issues);
  const regularizer = readRegularizer(written.regularizer, issues);
  const search = readSearch(written.search ?? {}, issues);
  const loss = readLoss(written.loss, issues);
  const extra = readExtra(written, loss, issues);
  const config: Config = {
    data,
    loss,
    mapping: { kind: "matrix" },
    regularizer,
    lambda: readLambda(written.lambda),
    ...(extra === undefined ? {} : { extra }),
    branches: written.branches ?? 1,
    start: readStart(written.start, issues),
    search,
  };
  if (search.maxBranches !== undefined && config.branches > search.maxBranches) {
    issues.push({
      code: "invalid-value",
      message: `search.maxBranches: ${search.maxBranches} is fewer than the ${config.branches} branches at the start; raise it or lower branches`,
      path: ["search", "maxBranches"],
    });
  }
  return issues.length === 0 ? { ok: true, config } : { ok: false, issues };
}

function readData(written: WrittenConfig, issues: Issue[]): DataConfig {
  for (const role of ["target", "mask"] as const) {
    const name = written.data[role];
    if (name === undefined) continue;
    const issue = fileIssue(role, name);
    if (issue !== undefined) issues.push(issue);
  }
  const { target, mask } = written.data;
  return mask === undefined ? { target } : { target, mask };
}

function fileIssue(role: "target" | "mask", name: string): Issue | undefined {
  const path = ["data", role];
  const { file, array } = splitArrayName(name);
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(name)) {
    return {
      code: "invalid-value",
      message: `${formatPath(path)}: ${show(name)} is an address; only files are read, so save it beside the config`,
      path,
    };
  }
  if (/\.mtx$/i.test(file)) {
    return {
      code: "unsupported",
      message: `${formatPath(path)}: .mtx is not supported yet; this version does .csv, .tsv, .npy, .npz and .json`,
      path,
    };
  }
  if (!DATA_FILE.test(file)) {
    const message = `${formatPath(path)}: ${show(name)} is not a .csv, .tsv, .npy, .npz or .json file; export the array to one of these`;
    return { code: "invalid-value", message, path };
  }
  if (array !== undefined && !/\.npz$/i.test(file)) {
    return {
      code: "invalid-value",
      message: `${formatPath(path)}: ${show(name)} names an array, but only .npz files hold several; remove #${array}`,
      path,
    };
  }
  return undefined;
}

/** `file.npz#array` → its two parts. Only the last `#` behind `.npz` counts, as file names may have one. */
export function splitArrayName(name: string): { readonly file: string; readonly array?: string } {
  const match = /^(.*\.(?:npz|npy|csv|tsv|json))#([^#/\\]*)$/i.exec(name);
  return match?.[1] === undefined || match[2] === undefined ? { file: name } : { file: match[1], array: match[2] };
}

function readLoss(loss: WrittenConfig["loss"], issues: Issue[]): LossConfig {
  const squared: LossConfig = { kind: "squared", weight: 1 };
  if (loss === undefined) return squared;
  if (typeof loss === "object") {
    if ((loss.squared === undefined) === (loss.huber === undefined)) {
      const message =
        loss.squared === undefined
          ? "loss: {} names no loss; write squared, or {huber: 1}"
          : "loss: squared and huber are two losses; keep one of them";
      issues.push({ code: "invalid-value", message, path: ["loss"] });
    }
    if (loss.huber !== undefined) return { kind: "huber", delta: loss.huber };
    return { kind: "squared", weight: loss.squared ?? 1 };
  }
  switch (loss) {
    case "squared":
      return squared;
    case "logistic":
    case "squared-hinge":
    case "poisson":
      return { kind: loss };
    case "l1":
    case "hinge":
      issues.push(notDifferentiable(loss));
      return squared;
    default:
      return loss satisfies never;
  }
}

/** The theory asks for a loss that is once differentiable (10); both have a close one that is. */
function notDifferentiable(loss: "l1" | "hinge"): Issue {
  const edit = (title: string, path: string, value: unknown): Suggestion => ({
    kind: "edit",
    title,
    edits: [{ op: "set", path, value }],
  });
  const suggestions: readonly Suggestion[] =
    loss === "hinge"
      ? [edit("use the squared hinge", "loss", "squared-hinge"), edit("use the logistic loss", "loss", "logistic")]
      : [
          edit("use the Huber loss", "loss", { huber: 1 }),
          {
            kind: "edit",
            title: "model outliers beside a squared loss",
            edits: [
              { op: "set", path: "loss", value: "squared" },
              { op: "set", path: "extra", value: { outliers: { l1: 1 } } },
            ],
          },
        ];
  const next = loss === "hinge" ? "squared-hinge or logistic" : "{huber: δ}, or squared with extra.outliers";
  return {
    code: "loss-not-differentiable",
    message: `loss: ${loss} has kinks, and the theory needs a differentiable loss; use ${next}`,
    path: ["loss"],
    suggestions,
  };
}

function readExtra(written: WrittenConfig, loss: LossConfig, issues: Issue[]): ExtraConfig | undefined {
  if (written.extra === undefined) return undefined;
  if (loss.kind !== "squared") {
    issues.push({
      code: "invalid-value",
      message: `extra.outliers: outliers go with a squared loss, not with ${loss.kind}; remove them, or write loss: squared`,
      path: ["extra", "outliers"],
      suggestions: [{ kind: "edit", title: "remove extra", edits: [{ op: "remove", path: "extra" }] }],
    });
  }
  return written.extra;
}

function readLambda(lambda: WrittenConfig["lambda"]): LambdaConfig {
  return typeof lambda === "number"
    ? { kind: "absolute", value: lambda }
    : { kind: "relative", value: lambda.relative };
}

function readStart(start: WrittenConfig["start"], issues: Issue[]): StartConfig {
  if (start === "zero") return { kind: "zero" };
  if (start?.checkpoint !== undefined) {
    if (start.random !== undefined) {
      const message = "start: random and checkpoint are two starts; keep one of them";
      issues.push({ code: "invalid-value", message, path: ["start"] });
    }
    if (!/\.npz$/i.test(start.checkpoint)) {
      const message = `start.checkpoint: ${show(start.checkpoint)} is not an .npz file; save factor1 and factor2 with numpy.savez`;
      issues.push({ code: "invalid-value", message, path: ["start", "checkpoint"] });
    }
    return { kind: "checkpoint", file: start.checkpoint };
  }
  const seed = start?.random?.seed ?? DEFAULT_SEED;
  const scale = start?.random?.scale;
  return scale === undefined ? { kind: "random", seed } : { kind: "random", seed, scale };
}

function readSearch(search: NonNullable<WrittenConfig["search"]>, issues: Issue[]): SearchConfig {
  const timeLimitMs = search.timeLimit === undefined ? undefined : durationMs(search.timeLimit);
  if (timeLimitMs !== undefined && !(timeLimitMs > 0 && timeLimitMs < Number.MAX_SAFE_INTEGER)) {
    issues.push({
      code: "invalid-value",
      message: `search.timeLimit: ${show(search.timeLimit)} is not > 0; write a duration such as 60s`,
      path: ["search", "timeLimit"],
    });
  }
  return {
    gap: search.gap ?? DEFAULT_GAP,
    maxIterations: search.maxIterations ?? DEFAULT_MAX_ITERATIONS,
    grow: search.grow ?? true,
    ...(search.maxBranches === undefined ? {} : { maxBranches: search.maxBranches }),
    ...(timeLimitMs === undefined ? {} : { timeLimitMs }),
    ...(search.method === undefined ? {} : { method: search.method }),
  };
}

/** Seconds when there is no unit. */
function durationMs(duration: number | string): number {
  if (typeof duration === "number") return duration * 1000;
  const match = /^\s*(\d+(?:\.\d+)?)\s*(ms|s|min|m|h)\s*$/.exec(duration);
  return Number(match?.[1] ?? Number.NaN) * (UNIT_MS[match?.[2] ?? ""] ?? Number.NaN);
}

function readRegularizer(written: WrittenConfig["regularizer"], issues: Issue[]): RegularizerConfig {
  const given = typeof written === "string" ? { kind: written } : (written ?? {});
  const kind: RegularizerKind = given.kind ?? "product";
  const forced = FORCED_NORM[kind];
  const ways = (["norm", "norms", "factors"] as const).filter((name) => given[name] !== undefined);
  if (ways.length > 1) {
    const message = `regularizer: ${ways.join(" and ")} say the same thing; keep one of them`;
    issues.push({ code: "invalid-value", message, path: ["regularizer"] });
  }
  const asked: { readonly norm: NormSpec | undefined; readonly path: readonly (string | number)[] }[] = [];
  if (given.norm !== undefined) asked.push({ norm: given.norm, path: ["regularizer", "norm"] });
  given.norms?.forEach((norm, i) => {
    asked.push({ norm, path: ["regularizer", "norms", i] });
  });
  given.factors?.forEach((factor, i) => {
    asked.push({ norm: factor.norm, path: ["regularizer", "factors", i, "norm"] });
  });
  for (const [name, list] of [
    ["norms", given.norms],
    ["factors", given.factors],
  ] as const) {
    if (list === undefined || list.length === FACTORS) continue;
    const noun = name === "norms" ? "norm" : "entry";
    const count = list.length === 1 ? `1 ${noun}` : `${list.length} ${name === "norms" ? "norms" : "entries"}`;
    const message = `regularizer.${name}: ${count} for ${FACTORS} factors; write one for U and one for V`;
    issues.push({ code: "invalid-value", message, path: ["regularizer", name] });
  }
  const constraintOf = (i: number): Constraint | null => given.factors?.[i]?.constraint ?? given.constraint ?? null;
  const both = [constraintOf(0), constraintOf(1)] as const;
  const constraints = both.every((each) => each === null) ? {} : { constraints: both };
  if (forced !== undefined) {
    for (const { norm, path } of asked) {
      if (norm === undefined || norm === forced) continue;
      const shown = formatPath(path);
      issues.push({
        code: "invalid-value",
        message: `${shown}: ${kind} always has the norm ${forced}, not ${plain(norm)}; remove it, or use kind: power for ${plain(norm)}`,
        path,
        suggestions: [
          { kind: "edit", title: `set ${shown} to ${forced}`, edits: [{ op: "set", path: shown, value: forced }] },
        ],
      });
    }
    return { kind, norms: [forced, forced], ...constraints };
  }
  const fallback: NormSpec = given.norm ?? "l2";
  const normOf = (i: number): NormSpec => given.norms?.[i] ?? given.factors?.[i]?.norm ?? fallback;
  return { kind, norms: [normOf(0), normOf(1)], ...constraints };
}

function plain(norm: NormSpec): string {
  return typeof norm === "string" ? norm : show(norm);
}

/** Kinds whose norm is part of their definition. */
const FORCED_NORM: Readonly<Partial<Record<RegularizerKind, NormKind>>> = { "weight-decay": "l2", l1: "l1" };
