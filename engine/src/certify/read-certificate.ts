/** Parsed JSON → Certificate, or one sentence saying what is wrong with it. */
import { z } from "zod";
import type { Certificate } from "./certificate.ts";
import { CERTIFICATE_FORMAT, CERTIFICATE_VERSION } from "./certificate.ts";

const count = z.number().int().nonnegative();
const gap = z.strictObject({ absolute: z.number(), relative: z.number() });

const witness = z.strictObject({ kind: z.string(), threshold: z.number(), arrays: z.array(z.string()).nullable() });

const certificate = z.strictObject({
  format: z.literal(CERTIFICATE_FORMAT),
  version: z.literal(CERTIFICATE_VERSION),
  engine: z.string(),
  config: z.strictObject({ file: z.string(), digest: z.string() }),
  data: z.array(
    z.strictObject({
      role: z.enum(["target", "mask", "input", "sensing", "constraint"]),
      file: z.string(),
      shape: z.array(count),
      digest: z.string(),
    }),
  ),
  factors: z.strictObject({ file: z.string(), digest: z.string(), branches: count }),
  problem: z.strictObject({
    mapping: z.string(),
    loss: z.string(),
    regularizer: z.string(),
    formula: z.string(),
    shape: z.array(count),
    observed: count,
    lambda: z.number(),
    lambdaMax: z.number(),
  }),
  verdict: z.enum(["global", "not-global", "undecided", "outside-theory"]),
  status: z.enum(["converged", "iteration-limit", "time-limit", "branch-limit", "stalled", "non-finite", "cancelled"]),
  objective: z.number(),
  lowerBound: z.number().nullable(),
  gap: gap.nullable(),
  gapTolerance: z.number(),
  dual: z
    .strictObject({ source: z.enum(["factors", "array"]), scale: z.number(), witness: witness.nullable() })
    .nullable(),
  polar: z
    .strictObject({
      lower: z.number(),
      upper: z.number().nullable(),
      method: z.string(),
      why: z.string().optional(),
      kind: z.enum(["exact", "bound"]),
      work: count.optional(),
      witness,
    })
    .nullable(),
  branches: z.array(z.strictObject({ index: count, regularizer: z.number(), slack: z.number(), zero: z.boolean() })),
  evidence: z.strictObject({ polar: z.number(), objectiveAfter: z.number() }).nullable(),
  extra: z
    .strictObject({
      outliers: z.strictObject({ nonzero: count, l1: z.number() }).optional(),
      intercept: z.array(z.number()).optional(),
    })
    .nullable(),
  stationarity: z.number(),
  rounding: z.strictObject({ objective: z.number(), lowerBound: z.number() }).nullable(),
  seed: z.number().nullable(),
  iterations: count,
  seconds: z.number(),
  seal: z.string(),
}) satisfies z.ZodType<Certificate>;

export function readCertificate(
  json: unknown,
): { readonly ok: true; readonly certificate: Certificate } | { readonly ok: false; readonly message: string } {
  if (typeof json !== "object" || json === null || Array.isArray(json)) {
    return {
      ok: false,
      message: "not a certificate: the file holds no JSON object; write one with `optimality diagnose`",
    };
  }
  const { format, version } = json as { format?: unknown; version?: unknown };
  if (format !== CERTIFICATE_FORMAT) {
    return {
      ok: false,
      message: `not a certificate: format is ${JSON.stringify(format) ?? "missing"}, expected "${CERTIFICATE_FORMAT}"; write one with \`optimality diagnose\``,
    };
  }
  if (version !== CERTIFICATE_VERSION) {
    return {
      ok: false,
      message: `version: ${JSON.stringify(version) ?? "missing"} is a certificate of another version; this engine reads version ${CERTIFICATE_VERSION}: run \`optimality diagnose\` again`,
    };
  }
  const parsed = certificate.safeParse(json);
  if (parsed.success) return { ok: true, certificate: parsed.data };
  const issue = parsed.error.issues[0];
  return {
    ok: false,
    message: `damaged certificate: ${issue.path.join(".") || "top level"}: ${issue.message}; run \`optimality diagnose\` again`,
  };
}
