/** Whether the shapes of the arrays go with the config and with one another: what a check can say without reading numbers. */
import type { Config } from "../config/config.ts";
import type { InputCode } from "../diagnose/finding.ts";

export interface ArrayShapes {
  readonly target: readonly number[];
  /** Whether the target lists its entries. */
  readonly isSparse?: boolean;
  readonly mask?: readonly number[];
  readonly input?: readonly number[];
  readonly sensing?: readonly number[];
}

export interface Misfit {
  readonly code: InputCode;
  readonly path: string;
  readonly message: string;
}

/** The first thing that does not fit. */
export function misfitOf(config: Config, shapes: ArrayShapes): Misfit | undefined {
  return (
    targetMisfit(config, shapes.target) ??
    sparseMisfit(config, shapes) ??
    maskMisfit(config, shapes) ??
    sensingMisfit(config, shapes) ??
    inputMisfit(config, shapes)
  );
}

/** 87 × 61; a single axis is a column. */
export function shapeText(shape: readonly number[]): string {
  if (shape.length === 0) return "a single number";
  return (shape.length === 1 ? [...shape, 1] : shape).join(" × ");
}

function misfit(path: string, message: string): Misfit {
  return { code: "shape-mismatch", path, message: `${path}: ${message}` };
}

/** Also of what the loss made of class indices: one column a class. */
export function targetMisfit(config: Config, shape: readonly number[]): Misfit | undefined {
  const needed = axesNeeded(config, shape);
  if (needed === undefined) return undefined;
  const has =
    shape.length === 0 ? "is a single number" : `has ${counted(shape.length, "axis", "axes")} (${shape.join(" × ")})`;
  return misfit("data.target", `${config.data.target} ${has}; ${needed}`);
}

/** Classes are known for a whole sample or not at all, which a list of entries does not say. */
function sparseMisfit({ data, loss }: Config, { isSparse }: ArrayShapes): Misfit | undefined {
  if (isSparse !== true || loss.kind !== "cross-entropy") return undefined;
  const message = `data.target: ${data.target} is a sparse table, and loss: cross-entropy needs the class of every sample; give a dense array`;
  return { code: "unsupported", path: "data.target", message };
}

function counted(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`;
}

function axesNeeded({ mapping, data, loss }: Config, shape: readonly number[]): string | undefined {
  const axes = shape.length;
  if (data.sensing !== undefined) {
    if (loss.kind === "cross-entropy") return "cross-entropy needs a table of classes, which data.sensing does not see";
    const one = axes === 1 || (axes === 2 && shape[1] === 1);
    return one ? undefined : "with data.sensing it needs one number a measurement";
  }
  switch (mapping.kind) {
    case "matrix":
      return axes === 1 || axes === 2 ? undefined : "mapping.kind: matrix needs a table with 2 axes";
    case "symmetric":
      return axes === 2 && shape[0] === shape[1] ? undefined : "mapping.kind: symmetric needs a square table";
    case "cp":
      return axes >= 2 ? undefined : "mapping.kind: cp needs a tensor with at least 2 axes";
    case "network":
      return axes === 1 || axes === 2 ? undefined : "a network needs a table with one row a sample";
    default:
      return mapping satisfies never;
  }
}

/** A mask has the target's shape, or where the loss makes several columns of one class index, one number a sample. */
function maskMisfit({ data }: Config, { target, mask }: ArrayShapes): Misfit | undefined {
  if (mask === undefined) return undefined;
  const [wanted, given] = [target, mask].map((shape) => (shape.length === 1 ? [shape[0], 1] : shape));
  if (given.length === wanted.length && given.every((length, axis) => length === wanted[axis])) return undefined;
  return misfit(
    "data.mask",
    `${data.mask ?? "mask"} is ${shapeText(mask)}, but data.target ${data.target} is ${shapeText(target)}; give both the same shape`,
  );
}

function sensingMisfit({ data, mapping }: Config, { target, sensing }: ArrayShapes): Misfit | undefined {
  if (sensing === undefined) return undefined;
  const name = data.sensing ?? "sensing";
  const shown = shapeText(sensing);
  if (sensing.length !== 2 && sensing.length !== 3) {
    return misfit(
      "data.sensing",
      `${name} is ${shown}; write measurements × rows × columns, or measurements × length for rank-one sensing`,
    );
  }
  if (sensing[0] !== target[0]) {
    return misfit(
      "data.sensing",
      `${name} has ${counted(sensing[0], "measurement", "measurements")}, but data.target ${data.target} has ${counted(target[0], "number", "numbers")}; give one number a measurement`,
    );
  }
  if (sensing.includes(0)) {
    return misfit(
      "data.sensing",
      `${name} is ${shown}, which holds no numbers; give every measurement at least one row and column`,
    );
  }
  if (mapping.kind === "symmetric" && sensing.length === 3 && sensing[1] !== sensing[2]) {
    return misfit(
      "data.sensing",
      `${name} has ${sensing[1]} × ${sensing[2]} matrices; mapping.kind: symmetric needs square ones`,
    );
  }
  return undefined;
}

function inputMisfit({ data }: Config, { target, input }: ArrayShapes): Misfit | undefined {
  if (input === undefined) return undefined;
  const name = data.input ?? "input";
  if (input.length === 0) {
    return misfit(
      "data.input",
      `${name} is a single number, but data.target ${data.target} has ${counted(target[0], "row", "rows")}; give a table with one row a sample`,
    );
  }
  if (input[0] !== target[0]) {
    return misfit(
      "data.input",
      `${name} has ${counted(input[0], "sample", "samples")}, but data.target ${data.target} has ${counted(target[0], "row", "rows")}; give one row a sample`,
    );
  }
  if (data.bias && input.length > 2) {
    return misfit(
      "data.bias",
      `${name} has ${input.length - 1} axes a sample; a column of ones goes with tables, so write data.bias: false`,
    );
  }
  return undefined;
}

/** Shape of a slice of every factor, none for networks. Class indices do not say how many classes there are. */
export function sliceShapes(
  { mapping, loss }: Config,
  target: readonly number[],
  sensing: readonly number[] | undefined,
): readonly (readonly number[])[] {
  const [rows, columns = 1] = sensing === undefined ? target : [sensing[1], sensing[2] ?? sensing[1]];
  switch (mapping.kind) {
    case "matrix":
      return loss.kind === "cross-entropy" && columns === 1 ? [[rows]] : [[rows], [columns]];
    case "symmetric":
      return [[rows]];
    case "cp":
      return target.map((length) => [length]);
    case "network":
      return [];
    default:
      return mapping satisfies never;
  }
}

/** The shape of one sample, with the column of ones. */
export function sampleShape({ data }: Config, input: readonly number[]): readonly number[] {
  const features = input.length === 1 ? [1] : input.slice(1);
  return data.bias ? [features[0] + 1] : features;
}
