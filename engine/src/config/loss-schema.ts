/** The part of the schema about losses, and about variables of the model that are no factors. */
import { z } from "zod";
import { key, single } from "./key.ts";

/** Losses written as a word. The last two are understood, so that their repair can be offered. */
const PLAIN_LOSSES = ["squared", "logistic", "cross-entropy", "squared-hinge", "poisson"] as const;
const NOT_DIFFERENTIABLE = ["l1", "hinge"] as const;

export const lossSchema = key(
  z
    .union([
      z.enum([...PLAIN_LOSSES, ...NOT_DIFFERENTIABLE]),
      single(
        z.strictObject({
          squared: key(z.number().gt(0).optional(), {
            description: "The weight c of the loss c/2 · Σ (x − y)².",
            values: "a number > 0",
            example: "loss: {squared: 2}",
            hint: "write a number above 0",
          }),
          huber: key(z.number().gt(0).optional(), {
            description:
              "The residual δ from which on the loss grows linearly: ½ r² for |r| ≤ δ, then δ|r| − δ²/2. Outliers count less than with `squared`.",
            values: "a number > 0",
            example: "loss: {huber: 1.5}",
            hint: "write a number above 0, in the units of the data",
          }),
        }),
        { noun: "loss", nouns: "losses", advice: "write squared, or {huber: 1}" },
      ),
    ])
    .optional(),
  {
    description:
      "How a misfit counts, summed over the observed entries: `squared` ½(x − y)² (`{squared: c}` is c times that), `{huber: δ}`, " +
      "`logistic` log(1 + e^(−yx)) and `squared-hinge` ½ max(0, 1 − yx)² for classes ±1 (or 0 and 1), `cross-entropy` " +
      "log Σ e^(x_j) − x_c over the columns of each row for class c, `poisson` e^x − yx for counts.",
    values:
      "one of squared, logistic, cross-entropy, squared-hinge, poisson, or {squared: c}, {huber: δ} with a number > 0",
    fallback: "squared",
    example: "loss: squared",
    hint: "write squared",
  },
  { default: "squared" },
);

export const extraSchema = key(
  z
    .strictObject({
      intercept: key(
        z.boolean().optional(),
        {
          description: "Whether an offset is added to each column of the target, not charged by the regularizer.",
          values: "true or false",
          fallback: "false",
          example: "extra: {intercept: true}",
          hint: "write true or false",
        },
        { default: false },
      ),
      outliers: key(
        z
          .strictObject({
            l1: key(z.number().gt(0), {
              description:
                "The price μ of an outlier: E is charged μ‖E‖₁, so that residuals beyond μ (over the loss's weight) go into E.",
              values: "a number > 0",
              example: "extra: {outliers: {l1: 0.5}}",
              hint: "write a number above 0",
            }),
          })
          .optional(),
        {
          description:
            "Sparse outliers E beside the factors: the loss sees X + E, and E costs μ‖E‖₁ (robust PCA). They go with a squared loss.",
          values: "{l1: μ} with μ > 0",
          example: "extra: {outliers: {l1: 0.5}}",
          hint: "write {l1: 0.5}",
        },
      ),
    })
    .optional(),
  {
    description: "Variables of the model that are no factors (Q of the paper): an intercept, sparse outliers, or both.",
    values: "a mapping with intercept or outliers",
    fallback: "none",
    example: "extra: {outliers: {l1: 0.5}}",
    hint: "write {intercept: true} or {outliers: {l1: 0.5}}, or leave it out",
  },
);
