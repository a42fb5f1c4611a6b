/**
 * Writing and checking certificates. `verify` recomputes everything from data and factors with `assess`, judges anew, and
 * then compares the file's numbers with its own: it trusts none of them.
 */
import type { Config } from "../config/config.ts";
import type { NumericArray } from "../data/array.ts";
import { canonicalJson, digestArray, digestText } from "../data/digest.ts";
import type { Finding } from "../diagnose/finding.ts";
import type { Gap, RunResult, Verdict } from "../events.ts";
import type { Factors } from "../problem/factors.ts";
import type { Problem, ProblemArrays } from "../problem/problem.ts";
import { buildProblem } from "../problem/problem.ts";
import type { Assessment } from "./assess.ts";
import { assess } from "./assess.ts";
import type { Certificate, DataRecord } from "./certificate.ts";
import { CERTIFICATE_FORMAT, CERTIFICATE_VERSION } from "./certificate.ts";
import { evidenceOf } from "./evidence.ts";
import { extraOf } from "./extra.ts";
import { judge } from "./verdict.ts";

export { readCertificate } from "./read-certificate.ts";

export interface VerifyCheck {
  /** What was compared, in a few words: `lower bound`, `data digest (target)`. */
  readonly name: string;
  readonly ok: boolean;
  readonly detail: string;
}

export interface VerifyReport {
  readonly version: 1;
  /** Every check passed: the certificate says the truth about data and factors. */
  readonly valid: boolean;
  /** The verdict the recomputed numbers support, whatever the file says. */
  readonly verdict: Verdict;
  readonly objective: number;
  readonly lowerBound: number | null;
  readonly gap: Gap | null;
  readonly checks: readonly VerifyCheck[];
}

/** What a certificate is about, read from disk by the caller. */
export interface VerifyInput {
  readonly config: Config;
  readonly arrays: ProblemArrays;
  readonly factors: Factors;
  /** The array `dual` of the factors file, rows × columns. */
  readonly dual: Float64Array | null;
}

/** What a finished run hands to `writeCertificate`. */
export interface Certifiable {
  readonly result: RunResult;
  readonly factors: Factors;
  readonly dual: Float64Array | null;
  readonly assessment: Assessment;
  readonly problem: Problem;
}

/**
 * Relative agreement asked of recomputed numbers. The same machine repeats them to the last bit; elsewhere the Lanczos
 * estimate behind the polar may differ in its last digits.
 */
const AGREEMENT = 1e-9;

/** The record of a finished run. File names are relative to the certificate's folder. */
export function writeCertificate(
  config: Config,
  arrays: ProblemArrays,
  outcome: Certifiable,
  files: { readonly config: string; readonly factors: string; readonly engine: string },
): Certificate {
  const { result, factors, assessment } = outcome;
  const { bound, lowerBound } = assessment;
  const body: Omit<Certificate, "seal"> = {
    format: CERTIFICATE_FORMAT,
    version: CERTIFICATE_VERSION,
    engine: files.engine,
    config: { file: files.config, digest: digestStatement(config) },
    data: dataRecords(config, arrays),
    factors: {
      file: files.factors,
      digest: digestFactors(factors, outcome.dual),
      branches: factors.branches,
    },
    problem: problemRecord(outcome.problem),
    verdict: result.verdict,
    status: result.status,
    objective: result.objective,
    lowerBound: result.lowerBound,
    gap: result.gap,
    gapTolerance: config.search.gap,
    dual: lowerBound === null ? null : { source: lowerBound.source, scale: lowerBound.scale },
    polar: bound === null ? null : { ...bound.polar, witness: bound.witness },
    branches: result.branches,
    evidence: result.evidence,
    extra: result.extra,
    stationarity: result.stationarity,
    rounding:
      lowerBound === null ? null : { objective: assessment.evaluation.objectiveMargin, lowerBound: lowerBound.margin },
    seed: config.start.kind === "random" ? config.start.seed : null,
    iterations: result.iterations,
    seconds: result.seconds,
  };
  return { ...body, seal: sealOf(body) };
}

/** Never throws: arrays that no longer fit the config make a report that is not valid. */
export function verify(certificate: Certificate, input: VerifyInput): VerifyReport {
  const { config, arrays, factors, dual } = input;
  const checks: VerifyCheck[] = [];
  const same = (name: string, claimed: unknown, found: unknown) => {
    const ok = claimed === found;
    checks.push({
      name,
      ok,
      detail: ok ? String(found) : `the certificate says ${text(claimed)}, found ${text(found)}`,
    });
  };
  const close = (name: string, claimed: number | null, found: number | null) => {
    const ok =
      claimed === null || found === null
        ? claimed === found
        : Math.abs(claimed - found) <= AGREEMENT * Math.max(Math.abs(claimed), Math.abs(found));
    checks.push({
      name,
      ok,
      detail: ok ? text(found) : `the certificate says ${text(claimed)}, recomputed ${text(found)}`,
    });
  };

  const { seal, ...body } = certificate;
  same("seal", seal, sealOf(body));
  same("problem statement (config)", certificate.config.digest, digestStatement(config));
  const records = dataRecords(config, arrays);
  same(
    "data files",
    certificate.data.map(({ role, file }) => `${role}: ${file}`).join(", "),
    records.map(({ role, file }) => `${role}: ${file}`).join(", "),
  );
  for (const record of records) {
    const claimed = certificate.data.find(({ role }) => role === record.role);
    same(`shape of ${record.role}`, claimed?.shape.join(" × "), record.shape.join(" × "));
    same(`digest of ${record.role}`, claimed?.digest, record.digest);
  }
  same("digest of factors", certificate.factors.digest, digestFactors(factors, dual));
  same("width", certificate.factors.branches, factors.branches);
  const usesArray = certificate.dual?.source === "array";
  same("dual array", usesArray, dual !== null);

  const built = buildProblem(config, arrays);
  if (!built.ok) return unusable(checks, "data", built.findings);
  const { problem } = built;
  if (factors.u.length !== problem.rows * factors.branches || factors.v.length !== problem.columns * factors.branches) {
    checks.push({
      name: "shape of factors",
      ok: false,
      detail: `${factors.u.length / factors.branches} and ${factors.v.length / factors.branches} rows for a ${problem.rows} × ${problem.columns} target`,
    });
    return unusable(checks, "factors", []);
  }
  const stated = problemRecord(problem);
  same("mapping", certificate.problem.mapping, stated.mapping);
  same("loss", certificate.problem.loss, stated.loss);
  same("regularizer", certificate.problem.regularizer, stated.regularizer);
  same("rows", certificate.problem.rows, stated.rows);
  same("columns", certificate.problem.columns, stated.columns);
  same("observed entries", certificate.problem.observed, stated.observed);
  close("lambda", certificate.problem.lambda, stated.lambda);
  close("lambda max", certificate.problem.lambdaMax, stated.lambdaMax);
  same("gap tolerance", certificate.gapTolerance, config.search.gap);
  same("seed", certificate.seed, config.start.kind === "random" ? config.start.seed : null);

  const found = assess(problem, factors, { dual, ownBound: certificate.polar !== null });
  const { evaluation, bound, lowerBound, gap } = found;
  close("objective", certificate.objective, evaluation.objective);
  close("lower bound", certificate.lowerBound, lowerBound?.value ?? null);
  close("absolute gap", certificate.gap?.absolute ?? null, gap?.absolute ?? null);
  close("relative gap", certificate.gap?.relative ?? null, gap?.relative ?? null);
  same("dual source", certificate.dual?.source ?? null, lowerBound?.source ?? null);
  close("dual scale", certificate.dual?.scale ?? null, lowerBound?.scale ?? null);
  close("polar, lower", certificate.polar?.lower ?? null, bound?.polar.lower ?? null);
  close("polar, upper", certificate.polar?.upper ?? null, bound?.polar.upper ?? null);
  same("polar method", certificate.polar?.method ?? null, bound?.polar.method ?? null);
  same("polar kind", certificate.polar?.kind ?? null, bound?.polar.kind ?? null);
  same("witness", certificate.polar?.witness.kind ?? null, bound?.witness.kind ?? null);
  close("witness threshold", certificate.polar?.witness.threshold ?? null, bound?.witness.threshold ?? null);
  close("stationarity", certificate.stationarity, evaluation.stationarity);
  close(
    "rounding of the objective",
    certificate.rounding?.objective ?? null,
    lowerBound === null ? null : evaluation.objectiveMargin,
  );
  close("rounding of the lower bound", certificate.rounding?.lowerBound ?? null, lowerBound?.margin ?? null);
  same("number of branches", certificate.branches.length, evaluation.branches.length);
  evaluation.branches.forEach((branch, i) => {
    const claimed = certificate.branches[i];
    if (claimed === undefined) return;
    same(`branch ${i}: index`, claimed.index, branch.index);
    same(`branch ${i}: zero`, claimed.zero, branch.zero);
    close(`branch ${i}: regularizer`, claimed.regularizer, branch.regularizer);
    close(`branch ${i}: slack`, claimed.slack, branch.slack);
  });

  const evidence = evidenceOf(problem, factors, evaluation, bound?.directions[0]);
  const judged = judge({
    matched: problem.regularizer.matched,
    objective: evaluation.objective,
    objectiveMargin: evaluation.objectiveMargin,
    gap,
    contradiction: found.contradiction,
    gapTolerance: config.search.gap,
    evidence,
    polar: bound?.polar ?? null,
  });
  same("verdict", certificate.verdict, judged.verdict);
  const shown = judged.verdict === "global" ? null : evidence;
  const extra = extraOf(problem, factors);
  same("outliers", certificate.extra?.outliers.nonzero ?? null, extra?.outliers.nonzero ?? null);
  close("size of outliers", certificate.extra?.outliers.l1 ?? null, extra?.outliers.l1 ?? null);
  close("evidence, polar", certificate.evidence?.polar ?? null, shown?.polar ?? null);
  close("evidence, objective after", certificate.evidence?.objectiveAfter ?? null, shown?.objectiveAfter ?? null);
  return {
    version: 1,
    valid: checks.every((check) => check.ok),
    verdict: judged.verdict,
    objective: evaluation.objective,
    lowerBound: lowerBound?.value ?? null,
    gap,
    checks,
  };
}

function unusable(checks: readonly VerifyCheck[], name: string, findings: readonly Finding[]): VerifyReport {
  const failed = findings.map((finding): VerifyCheck => ({ name, ok: false, detail: finding.message }));
  return {
    version: 1,
    valid: false,
    verdict: "undecided",
    objective: 0,
    lowerBound: null,
    gap: null,
    checks: [...checks, ...failed],
  };
}

/** What the proof is about: everything that changes F* or the verdict, nothing that only changes how the point was found. */
function digestStatement({ data, loss, mapping, regularizer, lambda, extra, search }: Config): string {
  return digestText(canonicalJson({ data, loss, mapping, regularizer, lambda, extra, gap: search.gap }));
}

function dataRecords(config: Config, arrays: ProblemArrays): DataRecord[] {
  const record = (role: DataRecord["role"], file: string, array: NumericArray): DataRecord => ({
    role,
    file,
    shape: array.shape,
    digest: digestArray(array),
  });
  const records = [record("target", config.data.target, arrays.target)];
  if (config.data.mask !== undefined && arrays.mask !== undefined) {
    records.push(record("mask", config.data.mask, arrays.mask));
  }
  return records;
}

/** sha256 of the arrays' digests, one a line: factor1, factor2 and, when there is one, dual. */
function digestFactors({ branches, u, v }: Factors, dual: Float64Array | null): string {
  const rows = u.length / branches;
  const columns = v.length / branches;
  const arrays: NumericArray[] = [
    { shape: [rows, branches], data: u },
    { shape: [columns, branches], data: v },
  ];
  if (dual !== null) arrays.push({ shape: [rows, columns], data: dual });
  return digestText(arrays.map(digestArray).join("\n"));
}

function problemRecord(problem: Problem): Certificate["problem"] {
  return {
    mapping: problem.config.mapping.kind,
    loss: problem.loss.label,
    regularizer: problem.regularizer.label,
    rows: problem.rows,
    columns: problem.columns,
    observed: problem.target.value.length,
    lambda: problem.lambda,
    lambdaMax: problem.lambdaMax,
  };
}

function sealOf(body: Omit<Certificate, "seal">): string {
  return digestText(canonicalJson(body));
}

function text(value: unknown): string {
  return value === undefined || value === null ? "nothing" : String(value);
}
