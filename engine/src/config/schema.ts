/**
 * What people may write in a config: the one source of validation, completion, hovers, the JSON Schema file and the
 * reference page. `parse.ts` turns what passes into a `Config`.
 */
import { z } from "zod";
import { key } from "./key.ts";
import { extraSchema, lossSchema } from "./loss-schema.ts";

export { type KeyInfo, keyInfo } from "./key.ts";

export const MAX_BRANCHES = 10_000;
export const DEFAULT_GAP = 1e-6;
export const DEFAULT_MAX_ITERATIONS = 10_000;
export const DEFAULT_SEED = 1;

const ARRAY_FILES = ["csv", "tsv", "npy", "npz", "json"] as const;

const DURATION = /^\s*\d+(\.\d+)?\s*(ms|s|m|min|h)\s*$/;
const NORMS = ["l1", "l2"] as const;
const REGULARIZERS = ["product", "power", "weight-decay", "l1"] as const;

const normInfo = {
  values: "l1, l2 or a weighted sum {l2: a, l1: b}",
  example: "regularizer: {kind: product, norm: l1}",
  hint: "write l1, l2 or {l2: 1, l1: 0.5}",
} as const;

const normSchema = z.union([
  z.enum(NORMS),
  z.strictObject({
    l2: key(z.number().gt(0), {
      description: "The weight of ‖·‖₂ in the sum.",
      values: "a number > 0",
      example: "regularizer: {kind: product, norms: [l2, {l2: 1, l1: 0.5}]}",
      hint: "write a number above 0",
    }),
    l1: key(z.number().gt(0), {
      description: "The weight of ‖·‖₁ in the sum.",
      values: "a number > 0",
      example: "regularizer: {kind: product, norms: [l2, {l2: 1, l1: 0.5}]}",
      hint: "write a number above 0",
    }),
  }),
]);

const constraintSchema = z.enum(["nonnegative"]);
const constraintInfo = {
  values: "nonnegative",
  example: "regularizer: {kind: product, constraint: nonnegative}",
  hint: "write nonnegative, or leave it out",
} as const;

const dataSchema = key(
  z.strictObject({
    target: key(z.string().min(1), {
      description:
        "The data Y to be factorized: `.csv`, `.tsv`, `.npy`, `.json`, `.npz` with one array, or `file.npz#array`. " +
        "The path is relative to the config. Empty cells and NaN are unobserved entries.",
      values: "a file name",
      example: "data: {target: ratings.csv}",
      hint: "write the name of a .csv, .tsv, .npy, .npz or .json file, relative to the config",
      files: ARRAY_FILES,
    }),
    mask: key(z.string().min(1).optional(), {
      description:
        "Which entries are observed: an array of 0 and 1 of the same shape as the target, in the same file formats.",
      values: "a file name",
      fallback: "all entries that are not NaN",
      example: "data: {target: ratings.csv, mask: observed.csv}",
      hint: "write the name of a file of 0 and 1, relative to the config",
      files: ARRAY_FILES,
    }),
  }),
  {
    description: "Where the arrays are.",
    values: "a mapping with the key target",
    example: "data: {target: ratings.csv}",
    hint: "write data: {target: FILE}",
  },
);

const mappingKind = key(z.enum(["matrix"]), {
  description: "What one branch makes of its factors: `matrix` is u vᵀ, so that the model is U Vᵀ.",
  values: "matrix",
  example: "mapping: {kind: matrix}",
  hint: "write matrix",
});

const mappingSchema = key(z.union([mappingKind, z.strictObject({ kind: mappingKind })]), {
  description: "The mapping φ of one branch; the model is the sum of its branches.",
  values: "{kind: matrix}",
  example: "mapping: {kind: matrix}",
  hint: "write {kind: matrix}",
});

const regularizerKind = key(z.enum(REGULARIZERS), {
  description:
    "How a branch is charged: `product` ‖u‖‖v‖ (15), `power` ½(‖u‖² + ‖v‖²) in the norms given (16), `weight-decay` " +
    "½(‖U‖² + ‖V‖²) in the Frobenius norm, `l1` ‖U‖₁ + ‖V‖₁, whose degree 1 does not match the mapping's.",
  values: "one of product, power, weight-decay, l1",
  fallback: "product",
  example: "regularizer: {kind: power}",
  hint: "write product, power, weight-decay or l1",
});

const regularizerSchema = key(
  z
    .union([
      regularizerKind,
      z.strictObject({
        kind: regularizerKind.optional(),
        constraint: key(constraintSchema.optional(), {
          description: "What every factor has to be: `nonnegative` keeps all entries ≥ 0.",
          fallback: "none",
          ...constraintInfo,
        }),
        norm: key(normSchema.optional(), {
          description: "The norm of every factor's slices. `l1` makes factors sparse, `l2` gives the nuclear norm.",
          fallback: "l2",
          ...normInfo,
        }),
        norms: key(z.array(normSchema).optional(), {
          description: "One norm per factor: first on the columns of U, then of V.",
          values: "a list of two norms",
          fallback: "l2 for each",
          example: "regularizer: {kind: product, norms: [l1, l2]}",
          hint: "write one norm per factor, as in [l1, l2]",
        }),
        factors: key(
          z
            .array(
              z.strictObject({
                constraint: key(constraintSchema.optional(), {
                  description: "What every factor has to be: `nonnegative` keeps all entries ≥ 0.",
                  fallback: "none",
                  ...constraintInfo,
                }),
                norm: key(normSchema.optional(), {
                  description: "The norm of this factor's slices.",
                  fallback: "l2",
                  ...normInfo,
                  example: "regularizer: {kind: product, factors: [{norm: l1}, {norm: l2}]}",
                }),
              }),
            )
            .optional(),
          {
            description: "One entry per factor, when they differ: first U, then V.",
            values: "a list of two mappings {norm: …}",
            fallback: "{norm: l2} for each",
            example: "regularizer: {kind: product, factors: [{norm: l1}, {norm: l2}]}",
            hint: "write one entry per factor, as in [{norm: l1}, {norm: l2}]",
          },
        ),
      }),
    ])
    .optional(),
  {
    description: "The regularizer g of a branch. Its degree has to match the mapping's for any certificate to exist.",
    values: "a mapping such as {kind: product, norm: l2}",
    fallback: "{kind: product, norm: l2}",
    example: "regularizer: {kind: product, norm: l2}",
    hint: "write {kind: product}",
  },
);

const lambdaSchema = key(
  z.union([
    z.number().gt(0),
    z.strictObject({
      relative: key(z.number().gt(0), {
        description: "λ as a fraction of λ_max, the value from which on the zero model is optimal.",
        values: "a number > 0",
        example: "lambda: {relative: 0.1}",
        hint: "write a number above 0; 1 is λ_max, where the model is zero",
      }),
    }),
  ]),
  {
    description: "How much the regularizer weighs: a number, or `{relative: x}` for x · λ_max.",
    values: "a number > 0 or {relative: x} with x > 0",
    example: "lambda: {relative: 0.1}",
    hint: "write a number above 0, or {relative: 0.1} for a tenth of λ_max",
  },
);

const branchesSchema = key(
  z.int().min(1).max(MAX_BRANCHES).optional(),
  {
    description:
      "The number r of branches at the start. The search adds branches where it needs them, unless `search.grow` is false.",
    values: `a whole number from 1 to ${MAX_BRANCHES}`,
    fallback: "1",
    example: "branches: 5",
    hint: `write a whole number from 1 to ${MAX_BRANCHES}`,
  },
  { default: 1 },
);

const startSchema = key(
  z
    .union([
      z.enum(["zero"]),
      z.strictObject({
        random: key(
          z
            .strictObject({
              seed: key(
                z.int().min(0).max(0xffffffff).optional(),
                {
                  description: "The seed of the random numbers: the same seed gives the same run.",
                  values: "a whole number from 0 to 4294967295",
                  fallback: String(DEFAULT_SEED),
                  example: "start: {random: {seed: 7}}",
                  hint: "write a whole number that is not negative",
                },
                { default: DEFAULT_SEED },
              ),
              scale: key(z.number().gt(0).optional(), {
                description: "The standard deviation of an entry of the factors.",
                values: "a number > 0",
                fallback: "chosen from the data",
                example: "start: {random: {seed: 7, scale: 0.1}}",
                hint: "write a number above 0, or leave it out",
              }),
            })
            .optional(),
          {
            description: "Normally distributed factors.",
            values: "a mapping with seed and scale",
            example: "start: {random: {seed: 7}}",
            hint: "write {seed: 1}",
          },
        ),
        checkpoint: key(z.string().min(1).optional(), {
          description:
            "A model that was fitted elsewhere: an `.npz` file with the arrays `factor1` (rows × branches) and `factor2` (columns × branches). " +
            "With `search: {grow: false, maxIterations: 0}` it is judged as it is.",
          values: "the name of an .npz file",
          example: "start: {checkpoint: weights.npz}",
          hint: "write the name of an .npz file, relative to the config",
          files: ["npz"],
        }),
      }),
    ])
    .optional(),
  {
    description: "Where the descent begins: `zero`, random factors, or a checkpoint.",
    values: "zero, {random: {seed, scale}} or {checkpoint: FILE.npz}",
    fallback: `{random: {seed: ${DEFAULT_SEED}}}`,
    example: "start: zero",
    hint: "write zero, or {random: {seed: 1}}",
  },
);

const searchSchema = key(
  z
    .strictObject({
      gap: key(
        z.number().gt(0).optional(),
        {
          description:
            "The relative gap between objective and proven lower bound at which a point counts as a global minimum. " +
            "float64 cannot prove less than about 1e-9.",
          values: "a number > 0",
          fallback: "1e-6",
          example: "search: {gap: 1e-8}",
          hint: "write a number above 0, such as 1e-6",
        },
        { default: DEFAULT_GAP },
      ),
      maxBranches: key(z.int().min(1).max(MAX_BRANCHES).optional(), {
        description: "The largest width the search may grow to.",
        values: `a whole number from 1 to ${MAX_BRANCHES}`,
        fallback: "the width that theory says is always enough",
        example: "search: {maxBranches: 20}",
        hint: `write a whole number from 1 to ${MAX_BRANCHES}`,
      }),
      maxIterations: key(
        z.int().min(0).optional(),
        {
          description: "The largest number of descent iterations; 0 judges the start as it is.",
          values: "a whole number ≥ 0",
          fallback: String(DEFAULT_MAX_ITERATIONS),
          example: "search: {maxIterations: 50000}",
          hint: "write a whole number from 0",
        },
        { default: DEFAULT_MAX_ITERATIONS },
      ),
      timeLimit: key(z.union([z.number().gt(0), z.string().regex(DURATION)]).optional(), {
        description: "The longest time to search, in seconds or with a unit: ms, s, m, h.",
        values: "a duration such as 60s, 2m, 500ms or a number of seconds > 0",
        fallback: "none",
        example: "search: {timeLimit: 60s}",
        hint: "write a duration such as 60s",
      }),
      grow: key(
        z.boolean().optional(),
        {
          description: "Whether branches are added until the minimum is global. `false` tests the given width only.",
          values: "true or false",
          fallback: "true",
          example: "search: {grow: false}",
          hint: "write true or false",
        },
        { default: true },
      ),
      method: key(z.enum(["newton", "prox-gradient"]).optional(), {
        description: "The local descent method.",
        values: "one of newton, prox-gradient",
        fallback: "chosen by the kind of problem",
        example: "search: {method: prox-gradient}",
        hint: "write newton or prox-gradient, or leave it out",
      }),
    })
    .optional(),
  {
    description: "How far to search, and when a point counts as a global minimum.",
    values: "a mapping of search settings",
    fallback: "all defaults",
    example: "search: {gap: 1e-8, timeLimit: 60s}",
    hint: "write {gap: 1e-6}, or leave it out",
  },
);

export const configSchema = key(
  z.strictObject({
    data: dataSchema,
    loss: lossSchema,
    mapping: mappingSchema,
    regularizer: regularizerSchema,
    lambda: lambdaSchema,
    extra: extraSchema,
    branches: branchesSchema,
    start: startSchema,
    search: searchSchema,
  }),
  {
    description: "An Optimality Lens config: a factorization whose global optimality is to be proven.",
    values: "a mapping with the keys data, mapping and lambda",
    example: "data: {target: ratings.csv}\nmapping: {kind: matrix}\nlambda: {relative: 0.1}",
    hint: "write data, mapping and lambda, each with a value",
  },
);

/** A config as written, after validation. */
export type WrittenConfig = z.input<typeof configSchema>;
