/** The part of the schema about losses, and about extra variables that a loss can absorb. */
import { z } from "zod";
import { key } from "./key.ts";

/** Losses written as a word. The last two are understood, so that their repair can be offered. */
export const PLAIN_LOSSES = ["squared", "logistic", "squared-hinge", "poisson"] as const;
export const NOT_DIFFERENTIABLE = ["l1", "hinge"] as const;

export const lossSchema = key(
  z
    .union([
      z.enum([...PLAIN_LOSSES, ...NOT_DIFFERENTIABLE]),
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
    ])
    .optional(),
  {
    description:
      "How a misfit counts, summed over the observed entries: `squared` ½(x − y)² (`{squared: c}` is c times that), `{huber: δ}`, " +
      "`logistic` log(1 + e^(−yx)) and `squared-hinge` ½ max(0, 1 − yx)² for classes ±1 (or 0 and 1), `poisson` e^x − yx for counts.",
    values: "one of squared, logistic, squared-hinge, poisson, or {squared: c}, {huber: δ} with a number > 0",
    fallback: "squared",
    example: "loss: squared",
    hint: "write squared",
  },
  { default: "squared" },
);

export const extraSchema = key(
  z
    .strictObject({
      outliers: key(
        z.strictObject({
          l1: key(z.number().gt(0), {
            description:
              "The price μ of an outlier: E is charged μ‖E‖₁, so that residuals beyond μ (over the loss's weight) go into E.",
            values: "a number > 0",
            example: "extra: {outliers: {l1: 0.5}}",
            hint: "write a number above 0",
          }),
        }),
        {
          description: "Sparse outliers E beside the factors: the loss sees X + E, and E costs μ‖E‖₁ (robust PCA).",
          values: "{l1: μ} with μ > 0",
          example: "extra: {outliers: {l1: 0.5}}",
          hint: "write {l1: 0.5}",
        },
      ),
    })
    .optional(),
  {
    description: "Variables of the model that are no factors (Q of the paper).",
    values: "{outliers: {l1: μ}}",
    fallback: "none",
    example: "extra: {outliers: {l1: 0.5}}",
    hint: "write {outliers: {l1: 0.5}}, or leave it out",
  },
);
