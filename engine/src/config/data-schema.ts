/** The part of the schema about data, and what is said about every file name. */
import { z } from "zod";
import { key } from "./key.ts";

export const fileName = z.string().min(1);

export const ARRAY_FILES = { hold: "array", extensions: ["csv", "tsv", "npy", "npz", "mtx", "json"] } as const;

export const dataSchema = key(
  z.strictObject({
    target: key(fileName, {
      description:
        "The data Y to be fitted: `.csv`, `.tsv`, `.npy`, `.json`, `.npz` with one array, or `file.npz#array`. " +
        "The path is relative to the config. Empty cells and NaN are unobserved entries. Sparse tables are `.npz` with the arrays `row`, " +
        "`col` (counted from 0), `value` and `shape`, or as scipy.sparse.save_npz writes them (csr, csc, coo), and MatrixMarket `.mtx`: " +
        "what they do not list is unobserved, what they list twice is summed. Classes are ±1 (or 0 and 1) for the " +
        "losses of two classes, one-hot rows or class numbers for `cross-entropy`.",
      values: "a file name",
      example: "data: {target: ratings.csv}",
      hint: "write the name of a .csv, .tsv, .npy, .npz, .mtx or .json file, relative to the config",
      files: ARRAY_FILES,
    }),
    mask: key(fileName.optional(), {
      description:
        "Which entries are observed: an array of 0 and 1 of the same shape as the target, in the same file formats.",
      values: "a file name",
      fallback: "all entries that are not NaN",
      example: "data: {target: ratings.csv, mask: observed.csv}",
      hint: "write the name of a file of 0 and 1, relative to the config",
      files: ARRAY_FILES,
    }),
    input: key(fileName.optional(), {
      description:
        "The input V of a network, one sample per row of the target: samples × features, or samples × height × width × channels.",
      values: "a file name",
      example: "data: {target: y.csv, input: v.csv}\nmapping: {kind: network, layers: [{dense: 1}, relu, dense]}",
      hint: "write the name of an array file with one sample per row, relative to the config",
      files: ARRAY_FILES,
    }),
    sensing: key(fileName.optional(), {
      description:
        "Measurements of a matrix instead of its entries: m × d1 × d2 matrices A_k, measured as ⟨A_k, X⟩, or m × d vectors a_k, " +
        "measured as a_kᵀ X a_k (rank-one sensing, phase retrieval). The target then holds the m measurements.",
      values: "a file name",
      fallback: "the entries themselves",
      example: "data: {target: y.csv, sensing: a.npy}\nmapping: {kind: symmetric}",
      hint: "write the name of an array file with one measurement per row, relative to the config",
      files: ARRAY_FILES,
    }),
    bias: key(
      z.boolean().optional(),
      {
        description:
          "Whether a column of ones is appended to the input: a bias of the first layer that keeps the network homogeneous.",
        values: "true or false",
        fallback: "false",
        example:
          "data: {target: y.csv, input: v.csv, bias: true}\nmapping: {kind: network, layers: [{dense: 1}, relu, dense]}",
        hint: "write true or false",
      },
      { default: false },
    ),
  }),
  {
    description: "Where the arrays are.",
    values: "a mapping with the key target",
    example: "data: {target: ratings.csv}",
    hint: "write data: {target: FILE}",
  },
);
