/** The part of the schema about regularizers that are put together from norms. */
import { z } from "zod";
import { key, single } from "./key.ts";
import { NORM_LIST, normInfo, normSchema, type WrittenNorm } from "./norm-schema.ts";

export type WrittenExpression =
  | { norm: WrittenNorm; factor: number }
  | {
      sum?: WrittenExpression[] | undefined;
      product?: WrittenExpression[] | undefined;
      power?: { of: WrittenExpression; exponent: number } | undefined;
      scale?: { of: WrittenExpression; by: number } | undefined;
    };

const custom = (expression: string): string => `regularizer: {kind: custom, expression: ${expression}}`;
const U = "{norm: l2, factor: 1}";
const V = "{norm: l1, factor: 2}";
const PRODUCT = custom(`{product: [${U}, ${V}]}`);
const POWER = custom(`{power: {of: ${U}, exponent: 2}}`);
const SCALE = custom(`{scale: {of: ${U}, by: 2}}`);

const inner = z.lazy((): z.ZodType<WrittenExpression, WrittenExpression> => expressionSchema);

const part = (example: string) =>
  key(inner, {
    description: "What it is applied to.",
    values: "an expression such as {norm: l2, factor: 1}",
    example,
    hint: "write {norm: l2, factor: 1}",
  });

export const expressionSchema: z.ZodType<WrittenExpression, WrittenExpression> = z
  .union([
    z.strictObject({
      norm: key(normSchema, {
        ...normInfo,
        description: `The norm of the factor's slices: ${NORM_LIST}; \`{lq: q}\` is (Σ|x|^q)^(1/q); a mapping of weights is their weighted sum.`,
        example: PRODUCT,
      }),
      factor: key(z.int().min(1), {
        description: "Which factor, counted from 1.",
        values: "a whole number ≥ 1",
        example: PRODUCT,
        hint: "write 1 for the first factor",
      }),
    }),
    single(
      z.strictObject({
        sum: key(z.array(inner).min(1).optional(), {
          description: "The sum of a list of expressions.",
          values: "a list of expressions",
          example: custom(`{sum: [${U}, ${V}]}`),
          hint: `write a list, as in [${U}, ${V}]`,
        }),
        product: key(z.array(inner).min(1).optional(), {
          description: "The product of a list of expressions.",
          values: "a list of expressions",
          example: PRODUCT,
          hint: `write a list, as in [${U}, ${V}]`,
        }),
        power: key(
          z
            .strictObject({
              of: part(POWER),
              exponent: key(z.number().gt(0), {
                description: "The exponent; it multiplies the degree.",
                values: "a number > 0",
                example: POWER,
                hint: "write a number above 0",
              }),
            })
            .optional(),
          {
            description: "A power of an expression.",
            values: "a mapping with of and exponent",
            example: POWER,
            hint: `write {of: ${U}, exponent: 2}`,
          },
        ),
        scale: key(
          z
            .strictObject({
              of: part(SCALE),
              by: key(z.number().gt(0), {
                description: "The number it is multiplied by.",
                values: "a number > 0",
                example: SCALE,
                hint: "write a number above 0",
              }),
            })
            .optional(),
          {
            description: "A multiple of an expression.",
            values: "a mapping with of and by",
            example: SCALE,
            hint: `write {of: ${U}, by: 2}`,
          },
        ),
      }),
      { noun: "expression", nouns: "expressions", advice: `write ${U}` },
    ),
  ])
  .meta({ id: "expression" });
