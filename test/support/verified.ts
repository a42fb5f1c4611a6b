/** A run's certificate and factors as they are written to files and read again, and what `verify` makes of them. */
import type { Certificate } from "../../engine/src/certify/certificate.ts";
import type { VerifyReport } from "../../engine/src/certify/verify.ts";
import { proofsIn, readCertificate, savedArrays, verify, writeCertificate } from "../../engine/src/certify/verify.ts";
import { readAllNpz } from "../../engine/src/data/npz.ts";
import { factorsBytes } from "../../engine/src/node/factors-file.ts";
import type { ProblemArrays } from "../../engine/src/problem/problem.ts";
import type { RunOutcome } from "../../engine/src/run.ts";
import type { Stated } from "./mapping-cases.ts";

/** What a certificate is about, as files would give it. */
type Given = Pick<Stated, "config"> & Partial<Pick<Stated, "options">> & { readonly arrays: ProblemArrays };

export interface Verified {
  readonly certificate: Certificate;
  readonly report: VerifyReport;
  /** The checks that failed, as text. */
  readonly rejections: readonly string[];
}

export function verified({ config, arrays, options }: Given, outcome: RunOutcome): Verified {
  const files = { config: "case.optimality.yaml", factors: "case.factors.npz", engine: "test" };
  const read = readCertificate(JSON.parse(JSON.stringify(writeCertificate(config, arrays, outcome, files))));
  if (!read.ok) throw new Error(read.message);
  const { certificate } = read;
  const archive = readAllNpz(factorsBytes(savedArrays(outcome)), files.factors);
  if (!archive.ok) throw new Error(archive.message);
  const saved = archive.arrays;
  const factors = outcome.factors.values.map((_, k) => saved[`factor${k + 1}`]);
  const report = verify(certificate, {
    config,
    arrays,
    ...options,
    factors,
    dual: saved["dual"] ?? null,
    proofs: proofsIn(saved),
  });
  const failed = report.checks.filter(({ ok }) => !ok);
  return { certificate, report, rejections: failed.map(({ name, detail }) => `${name}: ${detail}`) };
}
