/** Shapes that do not go together: every message says what there is, in whole words, and what is needed. */
import { describe, expect, it } from "vitest";
import { parseConfig } from "../../../engine/src/config/parse.ts";
import { type ArrayShapes, misfitOf } from "../../../engine/src/problem/fit.ts";

const NETWORK = "mapping: {kind: network, layers: [{dense: 2}, relu, dense]}";

function messageOf(text: string, shapes: ArrayShapes): string | undefined {
  const { config } = parseConfig(`${text}\nlambda: 1\n`, { fileName: "a.optimality.yaml" });
  if (config === undefined) throw new Error("the config is not valid");
  return misfitOf(config, shapes)?.message;
}

describe("misfits", () => {
  it.each<[string, string, ArrayShapes, RegExp | undefined]>([
    [
      "a target without axes",
      "data: {target: y.npy}\nmapping: {kind: matrix}",
      { target: [] },
      /^data\.target: y\.npy is a single number; mapping\.kind: matrix needs a table with 2 axes$/,
    ],
    [
      "a target with one axis too few",
      "data: {target: y.npy}\nmapping: {kind: cp}",
      { target: [4] },
      /y\.npy has 1 axis \(4\); mapping\.kind: cp needs a tensor with at least 2 axes/,
    ],
    [
      "an input without axes",
      `data: {target: y.npy, input: v.npy}\n${NETWORK}`,
      { target: [6, 1], input: [] },
      /^data\.input: v\.npy is a single number, but data\.target y\.npy has 6 rows; give a table with one row a sample$/,
    ],
    [
      "one sample",
      `data: {target: y.npy, input: v.npy}\n${NETWORK}`,
      { target: [6, 1], input: [1, 2] },
      /v\.npy has 1 sample, but data\.target y\.npy has 6 rows/,
    ],
    [
      "one row",
      `data: {target: y.npy, input: v.npy}\n${NETWORK}`,
      { target: [1, 1], input: [6, 2] },
      /v\.npy has 6 samples, but data\.target y\.npy has 1 row;/,
    ],
    [
      "sensing without axes",
      "data: {target: y.npy, sensing: a.npy}\nmapping: {kind: matrix}",
      { target: [6], sensing: [] },
      /a\.npy is a single number; write measurements × rows × columns/,
    ],
    [
      "sensing without rows",
      "data: {target: y.npy, sensing: a.npy}\nmapping: {kind: matrix}",
      { target: [6], sensing: [6, 0, 3] },
      /^data\.sensing: a\.npy is 6 × 0 × 3, which holds no numbers; give every measurement/,
    ],
    [
      "one measurement",
      "data: {target: y.npy, sensing: a.npy}\nmapping: {kind: matrix}",
      { target: [6], sensing: [1, 2, 3] },
      /a\.npy has 1 measurement, but data\.target y\.npy has 6 numbers/,
    ],
    [
      "what fits",
      "data: {target: y.npy, sensing: a.npy}\nmapping: {kind: matrix}",
      { target: [6], sensing: [6, 2, 3] },
      undefined,
    ],
  ])("%s", (_, text, shapes, message) => {
    const said = messageOf(text, shapes);
    if (message === undefined) expect(said).toBeUndefined();
    else expect(said).toMatch(message);
  });
});
