/** The part of the schema about the regularizer g of one branch. */
import { z } from "zod";
import { expressionSchema } from "./expression-schema.ts";
import { key } from "./key.ts";
import { constraintInfo, constraintSchema, NORM_LIST, normInfo, normSchema } from "./norm-schema.ts";

const REGULARIZERS = ["product", "power", "weight-decay", "l1", "elastic-net", "custom"] as const;

const regularizerKind = key(z.enum(REGULARIZERS), {
  description:
    "How a branch is charged, K factors with slices x¹ … xᴷ: `product` Π‖xᵏ‖ (15, 17), `power` (1/K) Σ‖xᵏ‖ᴷ in the norms given (16), " +
    "`weight-decay` ½ Σ‖xᵏ‖² in the Frobenius norm, `l1` Σ‖xᵏ‖₁, `elastic-net` Σ(‖xᵏ‖₁ + ½‖xᵏ‖²), `custom` what `expression` says. " +
    "The degree has to match the mapping's for any certificate to exist.",
  values: "one of product, power, weight-decay, l1, elastic-net, custom",
  fallback: "product",
  example: "regularizer: {kind: power}",
  hint: "write product, power, weight-decay, l1, elastic-net or custom",
});

const FACTORS_EXAMPLE = "regularizer: {kind: product, factors: [{norm: l1, constraint: nonnegative}, {norm: l2}]}";

export const regularizerSchema = key(
  z
    .union([
      regularizerKind,
      z.strictObject({
        kind: regularizerKind.optional(),
        norm: key(normSchema.optional(), {
          description:
            "The norm of every factor's slices. `l1` makes factors sparse, `l2` on both factors of a matrix gives the nuclear norm. " +
            `${NORM_LIST}; \`{lq: q}\` is (Σ|x|^q)^(1/q); a mapping of weights is their weighted sum.`,
          fallback: "l2",
          ...normInfo,
        }),
        constraint: key(constraintSchema.optional(), constraintInfo),
        norms: key(z.array(normSchema).min(1).optional(), {
          description: "One norm per factor, in order: for a matrix first on the columns of U, then of V.",
          values: "a list with one norm per factor",
          fallback: "l2 for each",
          example: "regularizer: {kind: product, norms: [l1, l2]}",
          hint: "write one norm per factor, as in [l1, l2]",
        }),
        factors: key(
          z
            .array(
              z.strictObject({
                norm: key(normSchema.optional(), {
                  description: "The norm of this factor's slices, as in `regularizer.norm`.",
                  fallback: "l2",
                  ...normInfo,
                  example: FACTORS_EXAMPLE,
                }),
                constraint: key(constraintSchema.optional(), {
                  ...constraintInfo,
                  description:
                    "What this factor's slices have to be, as in `regularizer.constraint`, which it replaces; `[]` is nothing at all.",
                  example: FACTORS_EXAMPLE,
                }),
              }),
            )
            .min(1)
            .optional(),
          {
            description: "One entry per factor, when they differ: for a matrix first U, then V.",
            values: "a list with one mapping {norm, constraint} per factor",
            fallback: "{norm: l2} for each",
            example: "regularizer: {kind: product, factors: [{norm: l1}, {norm: l2}]}",
            hint: "write one entry per factor, as in [{norm: l1}, {norm: l2}]",
          },
        ),
        expression: key(expressionSchema.optional(), {
          description:
            "The regularizer of `kind: custom`, put together from norms: `{norm, factor}`, `{sum: […]}`, `{product: […]}`, " +
            "`{power: {of, exponent}}`, `{scale: {of, by}}`, one inside the other as deep as needed. Products and sums of powers of one norm " +
            "per factor are certified like `product` and `power`; for others the polar is bracketed between what a search finds and a " +
            "split over the terms.",
          values: "an expression such as {product: [{norm: l2, factor: 1}, {norm: l1, factor: 2}]}",
          example: "regularizer: {kind: custom, expression: {product: [{norm: l2, factor: 1}, {norm: l1, factor: 2}]}}",
          hint: "write {product: [{norm: l2, factor: 1}, {norm: l1, factor: 2}]}",
        }),
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

export const allFactorsConstraintSchema = key(constraintSchema.optional(), {
  ...constraintInfo,
  description: "What the slices of every factor have to be: another place for `regularizer.constraint`.",
  example: "constraint: nonnegative",
});
