/** The part of the schema about norms of a factor's slices, and about the sets that slices are confined to. */
import { z } from "zod";
import { ARRAY_FILES, fileName } from "./data-schema.ts";
import { type KeyInfo, key, single } from "./key.ts";

const NORMS = ["l1", "l2", "linf", "nuclear", "spectral", "group"] as const;

const NORM_WORDS: Readonly<Record<(typeof NORMS)[number], string>> = {
  l1: "‖·‖₁, the sum of absolute values",
  l2: "‖·‖₂, the Euclidean length (of a matrix: the Frobenius norm)",
  linf: "‖·‖∞, the largest absolute value",
  nuclear: "the sum of the singular values of a slice that is a matrix",
  spectral: "the largest singular value of a slice that is a matrix",
  group: "the sum of the ℓ2 norms of the rows of a slice that is a matrix",
};

const weight = (name: keyof typeof NORM_WORDS, others: string) =>
  key(z.number().gt(0).optional(), {
    description: `The weight of ${NORM_WORDS[name]}.`,
    values: "a number > 0",
    example: `regularizer: {kind: product, norm: {${name}: 1${others}}}`,
    hint: "write a number above 0",
  });

/** Words, weighted sums of them, or ℓq. */
export const normSchema = z
  .union([
    z.enum(NORMS),
    z
      .strictObject({
        l2: weight("l2", ", l1: 0.5"),
        l1: weight("l1", ", l2: 0.5"),
        linf: weight("linf", ", l2: 0.5"),
        nuclear: weight("nuclear", ", l2: 0.5"),
        spectral: weight("spectral", ", l2: 0.5"),
        group: weight("group", ", l1: 0.5"),
        lq: key(z.number().gt(0).optional(), {
          description:
            "The exponent q of (Σ|x|^q)^(1/q). Below 1 it is no norm: descent works, and nothing can be certified.",
          values: "a number > 0",
          example: "regularizer: {kind: product, norm: {lq: 1.5}}",
          hint: "write a number above 0",
        }),
      })
      .superRefine((value, context) => {
        const names = Object.entries(value).flatMap(([name, each]) => (each === undefined ? [] : [name]));
        if (names.length === 0)
          context.addIssue({ code: "custom", message: "{} names no norm; write l2, or {l2: 1, l1: 0.5}" });
        if (names.length > 1 && names.includes("lq"))
          context.addIssue({ code: "custom", message: "lq stands alone, not in a sum; write {lq: q}, or remove it" });
      })
      .meta({ minProperties: 1 }),
  ])
  .meta({ id: "norm" });

export type WrittenNorm = z.input<typeof normSchema>;

export const normInfo = {
  values: "one of l1, l2, linf, nuclear, spectral, group, or {lq: q}, or a weighted sum {l2: a, l1: b}",
  example: "regularizer: {kind: product, norm: l1}",
  hint: "write l1, l2 or {l2: 1, l1: 0.5}",
} as const satisfies Partial<KeyInfo>;

/** What each word means, for descriptions. */
export const NORM_LIST = NORMS.map((name) => `\`${name}\` is ${NORM_WORDS[name]}`).join("; ");

const matrixOf = (condition: string, name: string): KeyInfo => ({
  description: `A file with a matrix A, as many columns as a slice has entries: ${condition}.`,
  values: "a file name",
  example: `regularizer: {kind: product, constraint: {${name}: a.csv}}`,
  hint: "write the name of a .csv, .tsv, .npy, .npz, .mtx or .json file, relative to the config",
  files: ARRAY_FILES,
});

const oneConstraint = z.union([
  z.enum(["nonnegative", "psd"]),
  single(
    z.strictObject({
      sparse: key(z.int().min(1).optional(), {
        description: "The largest number of entries of a slice that are not zero.",
        values: "a whole number ≥ 1",
        example: "regularizer: {kind: product, constraint: {sparse: 3}}",
        hint: "write a whole number from 1",
      }),
      kernel: key(fileName.optional(), matrixOf("slices x have A x = 0", "kernel")),
      inequality: key(fileName.optional(), matrixOf("slices x have A x ≥ 0", "inequality")),
    }),
    { noun: "constraint", nouns: "constraints", advice: "write nonnegative, or {sparse: 3}" },
  ),
]);

/** One constraint, or a list of those that hold at once. */
export const constraintSchema = z.union([oneConstraint, z.array(oneConstraint)]).meta({ id: "constraint" });

export type WrittenConstraint = z.input<typeof oneConstraint>;
export type WrittenConstraints = z.input<typeof constraintSchema>;

export const constraintInfo = {
  description:
    "What the slices of every factor have to be: `nonnegative` keeps all entries ≥ 0, `psd` keeps square slices symmetric and positive " +
    "semidefinite, `{sparse: k}` allows k entries that are not zero, `{kernel: FILE}` is A x = 0, `{inequality: FILE}` is A x ≥ 0. A list " +
    "is all of them at once.",
  values: "nonnegative, psd, {sparse: k}, {kernel: FILE}, {inequality: FILE}, or a list of those",
  fallback: "none",
  example: "regularizer: {kind: product, constraint: nonnegative}",
  hint: "write nonnegative, or leave it out",
} as const satisfies KeyInfo;
