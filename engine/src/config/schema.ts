/**
 * What people may write in a config: the one source of validation, completion, hovers, the JSON Schema file and the
 * reference page. `parse.ts` turns what passes into a `Config`.
 */
import { z } from "zod";
import { dataSchema } from "./data-schema.ts";
import { key } from "./key.ts";
import { extraSchema, lossSchema } from "./loss-schema.ts";
import { mappingSchema } from "./mapping-schema.ts";
import { allFactorsConstraintSchema, regularizerSchema } from "./regularizer-schema.ts";
import { MAX_BRANCHES, searchSchema, startSchema } from "./search-schema.ts";

export { type KeyInfo, keyInfo } from "./key.ts";

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

export const configSchema = key(
  z.strictObject({
    data: dataSchema,
    loss: lossSchema,
    mapping: mappingSchema,
    regularizer: regularizerSchema,
    constraint: allFactorsConstraintSchema,
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
