/** The part of the schema about the start and the course of a search. */
import { z } from "zod";
import { fileName } from "./data-schema.ts";
import { key, single } from "./key.ts";

export const MAX_BRANCHES = 10_000;
export const DEFAULT_GAP = 1e-6;
export const DEFAULT_MAX_ITERATIONS = 10_000;
export const DEFAULT_SEED = 1;
export const DEFAULT_MAX_CELLS = 2_000_000;
export const MAX_CELLS = 40_000_000;

const DURATION = /^\s*\d+(\.\d+)?\s*(ms|s|m|min|h)\s*$/;

export const startSchema = key(
  z
    .union([
      z.enum(["zero"]),
      single(
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
              description:
                "Normally distributed factors. Where the search chooses the branches by itself (matrices with ℓ2 norms, full tensors), it begins " +
                "at zero instead, unless a `scale` is given.",
              values: "a mapping with seed and scale",
              example: "start: {random: {seed: 7}}",
              hint: "write {seed: 1}",
            },
          ),
          checkpoint: key(fileName.optional(), {
            description:
              "A model that was fitted elsewhere: an `.npz` file with the arrays `factor1` … `factorK`, one per factor, whose last axis is the " +
              "branch: rows × branches and columns × branches for a matrix. With `search: {grow: false, maxIterations: 0}` it is judged as it is.",
            values: "the name of an .npz file",
            example: "start: {checkpoint: weights.npz}",
            hint: "write the name of an .npz file, relative to the config",
            files: { hold: "factors", extensions: ["npz"] },
          }),
        }),
        { noun: "start", nouns: "starts", advice: "write zero, or {random: {seed: 1}}" },
      ),
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

/** Nobody would call a point global that may be 1 % off. */
const LARGEST_GAP = 0.01;

export const searchSchema = key(
  z
    .strictObject({
      gap: key(
        z.number().gt(0).max(LARGEST_GAP).optional(),
        {
          description:
            "The relative gap between objective and proven lower bound at which a point counts as a global minimum. " +
            "float64 cannot prove less than about 1e-9.",
          values: `a number > 0 and at most ${LARGEST_GAP}`,
          fallback: "1e-6",
          example: "search: {gap: 1e-8}",
          hint: `write a number above 0 and up to ${LARGEST_GAP}, such as 1e-6; a wider gap proves too little`,
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
      maxCells: key(
        z.int().min(0).max(MAX_CELLS).optional(),
        {
          description:
            "Where a polar is NP-hard: how many cells its branch and bound may look at, one to five microseconds each. More of them narrow the bracket.",
          values: `a whole number from 0 to ${MAX_CELLS}`,
          fallback: String(DEFAULT_MAX_CELLS),
          example: "search: {maxCells: 10000000}",
          hint: `write a whole number from 0 to ${MAX_CELLS}`,
        },
        { default: DEFAULT_MAX_CELLS },
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
      method: key(z.enum(["newton", "thresholding", "alternating", "bfgs", "prox-gradient"]).optional(), {
        description: "The local descent method.",
        values: "one of newton, thresholding, alternating, bfgs, prox-gradient",
        fallback: "chosen by the kind of problem",
        example: "search: {method: prox-gradient}",
        hint: "write newton, thresholding, alternating, bfgs or prox-gradient, or leave it out",
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
