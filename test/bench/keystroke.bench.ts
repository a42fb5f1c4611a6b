/** What a keystroke costs: a re-check and a completion, each to be done in 20 ms. `npm run bench:editor` prints the figures. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { completionAt, parseConfig } from "@optimality-lens/engine";
import { checkFile } from "@optimality-lens/engine/node";
import { afterAll, bench, describe } from "vitest";

const folder = mkdtempSync(path.join(tmpdir(), "speed-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** 200 lines with a value or a comment on each; the list of factors is longer than any network has. */
const FACTORS = Array.from({ length: 178 }, () => "    - norm: l1 # sparse");
const DENSE = [
  ...[
    "# ratings",
    "data:",
    "  target: y.csv",
    "  mask: y.csv",
    "mapping:",
    "  kind: matrix",
    "lambda:",
    "  relative: 0.1",
  ],
  ...["regularizer:", "  kind: product", "  factors:", ...FACTORS],
  ...[
    "search:",
    "  gap: 1e-8",
    "  timeLimit: 60s",
    "  grow: false",
    "start:",
    "  random:",
    "    seed: 7",
    "    scale: 0.1",
  ],
  ...["branches: 5", "loss: squared", ""],
].join("\n");
const WRONG = DENSE.replaceAll("norm", "nrm").replace("branches", "brances");
const VALID = `data: {target: y.csv}\nmapping: {kind: matrix}\nlambda: 1\n${"# why this is so\n".repeat(197)}`;
/** A network of 178 layers, every third one with settings in a skip of its own. */
const LAYERS = Array.from({ length: 178 }, (_, i) =>
  i % 3 === 0 ? "    - residual: [{conv2d: {filters: 8, kernel: 3}}]" : i % 3 === 1 ? "    - relu" : "    - dense: 64",
);
const NETWORK = [
  ...["data:", "  target: y.csv", "  input: y.csv", "lambda: 1", "mapping:", "  kind: network", "  layers:", ...LAYERS],
  ...["regularizer:", "  kind: custom", "  expression:", "    product:"],
  ...Array.from({ length: 10 }, (_, i) => `      - {norm: {l2: 1, l1: 0.5}, factor: ${i + 1}}`),
  "",
].join("\n");
const WRONG_NETWORK = NETWORK.replaceAll("relu", "rellu").replaceAll("filters", "filter").replaceAll("norm", "nrm");
const AS_JSON = JSON.stringify({ lambda: 1, regularizer: { factors: FACTORS.map(() => ({ norm: "l1" })) } }, null, 1);

describe.each([
  ["dense", DENSE, "a.optimality.yaml"],
  ["wrong everywhere", WRONG, "a.optimality.yaml"],
  ["a network", NETWORK, "a.optimality.yaml"],
  ["a network, wrong everywhere", WRONG_NETWORK, "a.optimality.yaml"],
  ["mostly comments", VALID, "a.optimality.yaml"],
  ["JSON", AS_JSON, "a.optimality.json"],
])("a keystroke in a config of 200 lines (%s), to be done in 20 ms", (_, text, fileName) => {
  const config = path.join(folder, fileName);
  writeFileSync(config, text);
  writeFileSync(path.join(folder, "y.csv"), "1,2\n3,4\n");
  const line = Math.floor(text.split("\n").length / 2);

  bench("parse", () => {
    parseConfig(text, { fileName });
  });
  bench("check, with the data files", async () => {
    await checkFile(config, { text });
  });
  bench("complete in the middle", () => {
    completionAt(text, { line, character: 4 }, { fileName })?.items();
  });
});
