/** File names in a config: which of them can be read. Whether the file is there is not known here. */
import { type Issue, invalidValue, show } from "./issue.ts";
import type { Segment } from "./path.ts";

const DATA_FILE = /\.(csv|tsv|npy|npz|mtx|json)$/i;

/** `file.npz#array` → its two parts. Only the last `#` behind `.npz` counts, as file names may have one. */
export function splitArrayName(name: string): { readonly file: string; readonly array?: string } {
  const match = /^(.*\.(?:npz|npy|mtx|csv|tsv|json))#([^#/\\]*)$/i.exec(name);
  return match?.[1] === undefined || match[2] === undefined ? { file: name } : { file: match[1], array: match[2] };
}

export function arrayFileIssue(path: readonly Segment[], name: string): Issue | undefined {
  const { file, array } = splitArrayName(name);
  if (isAddress(name)) return addressIssue(path, name);
  if (!DATA_FILE.test(file)) {
    const message = `${show(name)} is not a .csv, .tsv, .npy, .npz, .mtx or .json file; export the array to one of these`;
    return invalidValue(path, message);
  }
  if (array !== undefined && !/\.npz$/i.test(file)) {
    const message = `${show(name)} names an array, but only .npz files hold several; remove #${array}`;
    return invalidValue(path, message);
  }
  return undefined;
}

export function modelFileIssue(path: readonly Segment[], name: string): Issue | undefined {
  if (isAddress(name)) return addressIssue(path, name);
  if (/\.(json|onnx)$/i.test(name)) return undefined;
  return invalidValue(
    path,
    `${show(name)} is not a .json or .onnx file; export the model as Keras or TensorFlow.js JSON, or as ONNX`,
  );
}

export function checkpointFileIssue(path: readonly Segment[], name: string): Issue | undefined {
  if (isAddress(name)) return addressIssue(path, name);
  if (/\.npz$/i.test(name)) return undefined;
  return invalidValue(path, `${show(name)} is not an .npz file; save factor1 … factorK with numpy.savez`);
}

function isAddress(name: string): boolean {
  return /^[a-z][a-z0-9+.-]+:\/\//i.test(name);
}

function addressIssue(path: readonly Segment[], name: string): Issue {
  return invalidValue(path, `${show(name)} is an address; only files are read, so save it beside the config`);
}
