/**
 * Writing and checking certificates. `verify` recomputes everything from data and factors with `assess`, judges anew, and
 * then compares the file's numbers with its own: it trusts none of them.
 */
import type { Config } from "../config/config.ts";
import type { NumericArray, SparseArray } from "../data/array.ts";
import { canonicalJson, digestArray, digestText } from "../data/digest.ts";
import type { Finding } from "../diagnose/finding.ts";
import type { Gap, RunResult, Verdict } from "../events.ts";
import { factorsFrom } from "../problem/checkpoint.ts";
import type { Factors } from "../problem/factors.ts";
import type { BuildOptions, Problem, ProblemArrays } from "../problem/problem.ts";
import { buildProblem } from "../problem/problem.ts";
import type { Assessment } from "./assess.ts";
import { assess } from "./assess.ts";
import { BESIDE } from "./beside.ts";
import type { Certificate, DataRecord } from "./certificate.ts";
import { CERTIFICATE_FORMAT, CERTIFICATE_VERSION } from "./certificate.ts";
import { gapOf } from "./dual.ts";
import { evidenceOf } from "./evidence.ts";
import { extraOf } from "./extra.ts";
import type { SavedProof } from "./saved-proof.ts";
import { claimedProof, savedProof, witnessRecord } from "./saved-proof.ts";
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
export interface VerifyInput extends BuildOptions {
  readonly config: Config;
  readonly arrays: ProblemArrays;
  /** What `config` and `arrays` make, where it has been built already. */
  readonly problem?: Problem;
  /** factor1, factor2, … of the factors file, last axis = branch. */
  readonly factors: readonly NumericArray[];
  /** The array `dual` of the factors file, one number per observed entry, row by row. */
  readonly dual: NumericArray | null;
  /** Of the polar at the factors and at the dual array. */
  readonly proofs: SavedProofs;
}

export interface SavedProofs {
  readonly factors: SavedProof;
  readonly array: SavedProof;
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
  const { bound, dualBound, lowerBound } = assessment;
  const body: Omit<Certificate, "seal"> = {
    format: CERTIFICATE_FORMAT,
    version: CERTIFICATE_VERSION,
    engine: files.engine,
    config: { file: files.config, digest: digestStatement(config, arrays) },
    data: dataRecords(config, arrays),
    factors: {
      file: files.factors,
      digest: digestSaved(savedArrays(outcome)),
      branches: factors.branches,
    },
    problem: problemRecord(outcome.problem),
    verdict: result.verdict,
    status: result.status,
    objective: result.objective,
    lowerBound: result.lowerBound,
    gap: result.gap,
    gapTolerance: config.search.gap,
    dual:
      lowerBound === null
        ? null
        : {
            source: lowerBound.source,
            scale: lowerBound.scale,
            witness: dualBound === null ? null : witnessRecord(dualBound),
          },
    polar: bound === null ? null : { ...bound.polar, witness: witnessRecord(bound) },
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
  const { config, arrays, dual } = input;
  const checks: VerifyCheck[] = [];
  const same = (name: string, claimed: unknown, found: unknown) => {
    const ok = claimed === found;
    checks.push({
      name,
      ok,
      detail: ok ? String(found) : `the certificate says ${text(claimed)}, found ${text(found)}`,
    });
  };
  /** `of`: what it is a difference from, where that may be larger and all but cancel. */
  const close = (name: string, claimed: number | null, found: number | null, of = 0) => {
    const ok =
      claimed === null || found === null
        ? claimed === found
        : Math.abs(claimed - found) <= AGREEMENT * Math.max(Math.abs(claimed), Math.abs(found), Math.abs(of));
    checks.push({
      name,
      ok,
      detail: ok ? text(found) : `the certificate says ${text(claimed)}, recomputed ${text(found)}`,
    });
  };

  const { seal, ...body } = certificate;
  same("seal", seal, sealOf(body));
  same("problem statement (config)", certificate.config.digest, digestStatement(config, arrays));
  const records = dataRecords(config, arrays);
  same(
    "data files",
    certificate.data.map(({ role, file }) => `${role}: ${file}`).join(", "),
    records.map(({ role, file }) => `${role}: ${file}`).join(", "),
  );
  for (const record of records) {
    const claimed = certificate.data.find(({ role, file }) => role === record.role && file === record.file);
    same(`shape of ${record.role}`, claimed?.shape.join(" × "), record.shape.join(" × "));
    same(`digest of ${record.role}`, claimed?.digest, record.digest);
  }
  same("digest of factors", certificate.factors.digest, digestSaved(input));
  const usesArray = certificate.dual?.source === "array";
  same("dual array", usesArray, dual !== null);

  const { problem: given } = input;
  const built = given === undefined ? buildProblem(config, arrays, input) : { ok: true as const, problem: given };
  if (!built.ok) return unusable(checks, "data", built.findings);
  const { problem } = built;
  const read = factorsFrom(input.factors, problem.mapping);
  if (!read.ok) {
    checks.push({ name: "shape of factors", ok: false, detail: read.message });
    return unusable(checks, "factors", []);
  }
  const { factors } = read;
  same("width", certificate.factors.branches, factors.branches);
  const stated = problemRecord(problem);
  same("mapping", certificate.problem.mapping, stated.mapping);
  same("loss", certificate.problem.loss, stated.loss);
  same("regularizer", certificate.problem.regularizer, stated.regularizer);
  same("formula", certificate.problem.formula, stated.formula);
  same("shape", certificate.problem.shape.join(" × "), stated.shape.join(" × "));
  same("observed entries", certificate.problem.observed, stated.observed);
  close("lambda", certificate.problem.lambda, stated.lambda);
  close("lambda max", certificate.problem.lambdaMax, stated.lambdaMax);
  same("gap tolerance", certificate.gapTolerance, config.search.gap);
  same("seed", certificate.seed, config.start.kind === "random" ? config.start.seed : null);

  const found = assess(problem, factors, {
    dual: dual?.data ?? null,
    own: certificate.polar === null ? "none" : certificate.polar.witness.kind === BESIDE ? "beside" : "proven",
    proofs: {
      factors: claimedProof(certificate.polar?.witness, input.proofs.factors),
      array: claimedProof(certificate.dual?.witness, input.proofs.array),
    },
  });
  const { evaluation, bound, dualBound, lowerBound, gap } = found;
  close("objective", certificate.objective, evaluation.objective);
  close("lower bound", certificate.lowerBound, lowerBound?.value ?? null);
  // Of the two numbers before: a last digit of theirs can be all of a small gap.
  const claimed = certificate.lowerBound === null ? null : gapOf(certificate.objective, certificate.lowerBound);
  close("absolute gap", certificate.gap?.absolute ?? null, claimed?.absolute ?? null);
  close("relative gap", certificate.gap?.relative ?? null, claimed?.relative ?? null);
  same("dual source", certificate.dual?.source ?? null, lowerBound?.source ?? null);
  close("dual scale", certificate.dual?.scale ?? null, lowerBound?.scale ?? null);
  close("polar, lower", certificate.polar?.lower ?? null, bound?.polar.lower ?? null);
  close("polar, upper", certificate.polar?.upper ?? null, bound?.polar.upper ?? null);
  same("polar method", certificate.polar?.method ?? null, bound?.polar.method ?? null);
  same("polar, why", certificate.polar?.why, bound?.polar.why);
  same("polar kind", certificate.polar?.kind ?? null, bound?.polar.kind ?? null);
  const witnesses = [
    { name: "witness", claimed: certificate.polar?.witness, found: bound },
    { name: "witness of the dual array", claimed: certificate.dual?.witness, found: dualBound },
  ];
  for (const { name, claimed, found: proven } of witnesses) {
    const record = proven === null ? null : witnessRecord(proven);
    same(name, claimed?.kind ?? null, record?.kind ?? null);
    close(`${name}, threshold`, claimed?.threshold ?? null, record?.threshold ?? null);
    same(`${name}, arrays`, claimed?.arrays?.join(" ") ?? null, record?.arrays?.join(" ") ?? null);
  }
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
    mismatch: problem.regularizer.mismatch,
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
  const extra = evaluation.finite ? extraOf(problem, factors) : null;
  same("outliers", certificate.extra?.outliers?.nonzero ?? null, extra?.outliers?.nonzero ?? null);
  close("size of outliers", certificate.extra?.outliers?.l1 ?? null, extra?.outliers?.l1 ?? null);
  same("number of intercepts", certificate.extra?.intercept?.length ?? null, extra?.intercept?.length ?? null);
  extra?.intercept?.forEach((offset, column) => {
    close(`intercept ${column}`, certificate.extra?.intercept?.[column] ?? null, offset);
  });
  close("evidence, polar", certificate.evidence?.polar ?? null, shown?.polar ?? null);
  close(
    "evidence, objective after",
    certificate.evidence?.objectiveAfter ?? null,
    shown?.objectiveAfter ?? null,
    evaluation.objective,
  );
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
function digestStatement(config: Config, { model }: ProblemArrays): string {
  const { data, loss, mapping, regularizer, lambda, extra, search } = config;
  return digestText(canonicalJson({ data, loss, mapping, model, regularizer, lambda, extra, gap: search.gap }));
}

function dataRecords(config: Config, arrays: ProblemArrays): DataRecord[] {
  const record = (role: DataRecord["role"], file: string, array: NumericArray | SparseArray): DataRecord => ({
    role,
    file,
    shape: array.shape,
    digest: digestArray(array),
  });
  const records = [record("target", config.data.target, arrays.target)];
  const { mask, input, sensing } = config.data;
  if (mask !== undefined && arrays.mask !== undefined) records.push(record("mask", mask, arrays.mask));
  if (input !== undefined && arrays.input !== undefined) records.push(record("input", input, arrays.input));
  if (sensing !== undefined && arrays.sensing !== undefined) records.push(record("sensing", sensing, arrays.sensing));
  for (const [file, array] of Object.entries(arrays.constraints ?? {}).sort(([a], [b]) => (a < b ? -1 : 1))) {
    records.push(record("constraint", file, array));
  }
  return records;
}

/** What is saved beside a certificate. */
export type SavedArrays = Pick<VerifyInput, "factors" | "dual" | "proofs">;

export function savedArrays({ problem, factors, dual, assessment }: Certifiable): SavedArrays {
  const { mapping } = problem;
  return {
    factors: factors.values.map((data, k) => ({ shape: [...mapping.factors[k].shape, factors.branches], data })),
    dual: dual === null ? null : { shape: [dual.length], data: dual },
    proofs: { factors: savedProof(assessment.bound), array: savedProof(assessment.dualBound) },
  };
}

/** By the names that they have in the file. */
export function namedArrays({ factors, dual, proofs }: SavedArrays): Record<string, NumericArray> {
  const named = (prefix: string, proof: SavedProof) =>
    Object.entries(proof).map(([name, array]) => [`${prefix}${name}`, array] as const);
  return Object.fromEntries([
    ...factors.map((array, k) => [`factor${k + 1}`, array] as const),
    ...(dual === null ? [] : [["dual", dual] as const]),
    ...named(PROOF, proofs.factors),
    ...named(DUAL_PROOF, proofs.array),
  ]);
}

const PROOF = "proof_";
const DUAL_PROOF = "dual_proof_";

/** The arrays of both proofs, out of a file's. */
export function proofsIn(arrays: Readonly<Record<string, NumericArray>>): SavedProofs {
  const under = (prefix: string): SavedProof =>
    Object.fromEntries(
      Object.entries(arrays).flatMap(([name, array]) =>
        name.startsWith(prefix) ? [[name.slice(prefix.length), array] as const] : [],
      ),
    );
  return { factors: under(PROOF), array: under(DUAL_PROOF) };
}

/** sha256 of `name digest`, one a line, in the order of the names. */
function digestSaved(saved: SavedArrays): string {
  const lines = Object.entries(namedArrays(saved)).map(([name, array]) => `${name} ${digestArray(array)}`);
  return digestText(lines.sort().join("\n"));
}

function problemRecord(problem: Problem): Certificate["problem"] {
  return {
    mapping: problem.config.mapping.kind,
    loss: problem.loss.label,
    regularizer: problem.regularizer.label,
    formula: problem.mapping.label,
    shape: problem.shape,
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
