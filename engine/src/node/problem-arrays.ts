/** Everything a config names, read from disk: arrays, constraint matrices, a model file, a checkpoint. */
import { dirname, resolve } from "node:path";
import type { Config } from "../config/config.ts";
import type { NamedFile } from "../config/reference.ts";
import type { NumericArray } from "../data/array.ts";
import type { Finding } from "../diagnose/finding.ts";
import { explain } from "../diagnose/pages.ts";
import { MAX_MODEL_TEXT } from "../homogeneity/keras.ts";
import { constraintPath, constraintsOf, matrixFile } from "../problem/constraint-place.ts";
import type { ProblemArrays } from "../problem/problem.ts";
import { loadArray, loadTarget } from "./arrays.ts";
import { readFactors } from "./factors-file.ts";
import { readBytes } from "./files.ts";

export type LoadedArrays =
  | { readonly ok: true; readonly arrays: ProblemArrays }
  | { readonly ok: false; readonly findings: readonly Finding[] };

export interface WantedArrays {
  /** A certificate is checked without the checkpoint that its run started from. */
  readonly checkpoint: boolean;
  /** Where the text names files, so that findings say just where. */
  readonly named?: readonly NamedFile[];
}

/** Findings without ranges. */
export async function loadArrays(
  configPath: string,
  config: Config,
  wanted: WantedArrays = { checkpoint: true },
): Promise<LoadedArrays> {
  const { data, mapping, start } = config;
  const findings: Finding[] = [];
  const array = async (key: string, name: string | undefined): Promise<NumericArray | undefined> => {
    if (name === undefined) return undefined;
    const read = await loadArray(configPath, key, name);
    if (read.ok) return read.array;
    findings.push(read.finding);
    return undefined;
  };
  const target = await loadTarget(configPath, "data.target", data.target);
  if (!target.ok) findings.push(target.finding);
  const mask = await array("data.mask", data.mask);
  const input = await array("data.input", data.input);
  const sensing = await array("data.sensing", data.sensing);
  const constraints: Record<string, NumericArray> = {};
  for (const { key, file } of constraintFiles(config, wanted.named)) {
    const matrix = await array(key, file);
    if (matrix !== undefined) constraints[file] = matrix;
  }
  const model =
    mapping.kind === "network" && "model" in mapping ? await modelJson(configPath, mapping.model) : undefined;
  if (model?.ok === false) findings.push(model.finding);
  const checkpoint =
    start.kind === "checkpoint" && wanted.checkpoint
      ? await readFactors(resolve(dirname(configPath), start.file))
      : undefined;
  if (checkpoint?.ok === false) {
    const code = checkpoint.message.includes("does not exist") ? "file-missing" : "invalid-data";
    findings.push(
      fileFinding(
        code,
        "start.checkpoint",
        `start.checkpoint: ${checkpoint.message}; the path is relative to the config's folder`,
      ),
    );
  }
  if (findings.length > 0 || !target.ok) return { ok: false, findings };
  return {
    ok: true,
    arrays: {
      target: target.array,
      ...(mask === undefined ? {} : { mask }),
      ...(input === undefined ? {} : { input }),
      ...(sensing === undefined ? {} : { sensing }),
      ...(Object.keys(constraints).length === 0 ? {} : { constraints }),
      ...(model?.ok === true ? { model: model.json } : {}),
      ...(checkpoint?.ok === true ? { checkpoint: checkpoint.factors } : {}),
    },
  };
}

/** The matrices of kernel and inequality constraints, each where it is named first. */
export function constraintFiles(
  { regularizer }: Config,
  named: readonly NamedFile[] = [],
): readonly { readonly key: string; readonly file: string }[] {
  const found = new Map<string, string>();
  const written = new Map(
    named
      .filter(({ path }) => /\bconstraint\b/.test(path))
      .map(({ path, file }) => [file, path] as const)
      .reverse(),
  );
  for (let factor = 0; factor < Math.max(1, regularizer.factors.length); factor++) {
    for (const [index, constraint] of constraintsOf(regularizer, factor).entries()) {
      const file = matrixFile(constraint);
      if (file === undefined || found.has(file)) continue;
      found.set(file, written.get(file) ?? constraintPath(regularizer, factor, index));
    }
  }
  return [...found].map(([file, key]) => ({ key, file }));
}

async function modelJson(
  configPath: string,
  name: string,
): Promise<{ readonly ok: true; readonly json: unknown } | { readonly ok: false; readonly finding: Finding }> {
  const key = "mapping.model";
  if (/\.onnx$/i.test(name)) {
    const message = `${key}: ${name}: ONNX files can be checked, not run; give the model as Keras JSON, or write its layers`;
    return { ok: false, finding: fileFinding("unsupported", key, message) };
  }
  const read = await readBytes(resolve(dirname(configPath), name), 3 * MAX_MODEL_TEXT);
  if (!read.ok) {
    const next = read.similar.length === 0 ? "" : `; did you mean ${read.similar.join(" or ")}?`;
    return { ok: false, finding: fileFinding("file-missing", key, `${key}: ${name} ${read.message}${next}`) };
  }
  try {
    return { ok: true, json: JSON.parse(new TextDecoder().decode(read.bytes)) };
  } catch {
    return {
      ok: false,
      finding: fileFinding("invalid-model", key, `${key}: ${name} is not valid JSON; export it again`),
    };
  }
}

function fileFinding(code: Finding["code"], path: string, message: string): Finding {
  return { code, severity: "error", message, path, explanation: explain(code), suggestions: [] };
}
