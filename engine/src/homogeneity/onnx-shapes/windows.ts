/** Shapes after what moves over images, or makes them larger or smaller: convolution, pooling, padding, resizing. */
import { type Amount, type Amounts, minus, plus, times, unknownLength, unknownLengths } from "./amounts.ts";
import {
  axesOf,
  entriesAt,
  flag,
  int,
  ints,
  isGiven,
  listOf,
  type NodeFacts,
  type ShapeRule,
  shapeAt,
  text,
  withLengths,
} from "./rule.ts";

export const convolution: ShapeRule = (facts) => {
  const x = shapeAt(facts, 0);
  const w = shapeAt(facts, 1);
  if (x === undefined || x.length < 3 || (w !== undefined && w.length !== x.length)) return undefined;
  const spatial = slid(facts, x.slice(2), kernelOf(facts, w));
  return spatial === undefined ? undefined : [x[0] ?? unknownLength(), w?.[0] ?? unknownLength(), ...spatial];
};

export const pool: ShapeRule = (facts) => {
  const x = shapeAt(facts, 0);
  if (x === undefined || x.length < 3) return undefined;
  const spatial = slid(facts, x.slice(2), ints(facts, "kernel_shape"));
  return spatial === undefined ? undefined : [...x.slice(0, 2), ...spatial];
};

export const globalPool: ShapeRule = (facts) => {
  const x = shapeAt(facts, 0);
  return x === undefined ? undefined : [...x.slice(0, 2), ...x.slice(2).map(() => 1)];
};

/** stride · (length − 1) + output_padding + dilation · (kernel − 1) + 1 − pads, unless `output_shape` says it. */
export const transposedConvolution: ShapeRule = (facts) => {
  const x = shapeAt(facts, 0);
  const w = shapeAt(facts, 1);
  if (x === undefined || x.length < 3 || (w !== undefined && w.length !== x.length)) return undefined;
  const count = x.length - 2;
  const kernel = kernelOf(facts, w);
  const said = ints(facts, "output_shape");
  const strides = perAxis(facts, "strides", count);
  const dilations = perAxis(facts, "dilations", count);
  const pads = padsOf(facts, count);
  if (kernel.length !== count || strides === undefined || dilations === undefined || pads === undefined)
    return undefined;
  const more = ints(facts, "output_padding");
  const spatial = x.slice(2).map((length, axis): Amount => {
    const own = said.length === count ? said[axis] : undefined;
    if (own !== undefined) return own;
    const stride = strides[axis] ?? 1;
    if (text(facts, "auto_pad")?.startsWith("SAME")) return times(length, stride);
    const reach = plus(times(dilations[axis] ?? 1, minus(kernel[axis] ?? unknownLength(), 1)), 1);
    const size = plus(times(stride, minus(length, 1)), plus(more[axis] ?? 0, reach));
    return atLeastOne(minus(size, pads[axis] ?? 0));
  });
  const channels = times(w?.[1] ?? unknownLength(), int(facts, "group") ?? 1);
  return [x[0] ?? unknownLength(), channels, ...spatial];
};

export const pad: ShapeRule = (facts) => {
  const x = shapeAt(facts, 0);
  if (x === undefined) return undefined;
  const name = facts.node.attributes.has("paddings") ? "paddings" : "pads";
  const pads = listOf(facts, name, 1);
  const axes = listOf(facts, "axes", 3);
  if (pads === "absent") return undefined;
  const places = axes === "absent" ? [...x.keys()] : axes === "unknown" ? undefined : axesOf(axes, x.length);
  if (pads === "unknown" || places === undefined) return unknownLengths(x.length);
  if (pads.length !== 2 * places.length) return undefined;
  return withLengths(
    x,
    places.map((axis, k) => {
      const padded = plus(x[axis] ?? unknownLength(), plus(pads[k] ?? 0, pads[k + places.length] ?? 0));
      // Pads below zero cut.
      return [axis, typeof padded === "number" ? padded : unknownLength()];
    }),
  );
};

/** Sizes as they are given, or ⌊scale · length⌋. */
export const resize: ShapeRule = (facts) => {
  const x = shapeAt(facts, 0);
  if (x === undefined) return undefined;
  // Version 10 has no regions of interest between.
  const scalesAt = facts.node.inputs.length === 2 ? 1 : 2;
  const axes = listOf(facts, "axes", -1);
  const places = axes === "absent" ? [...x.keys()] : axes === "unknown" ? undefined : axesOf(axes, x.length);
  if (places === undefined) return unknownLengths(x.length);
  const sizes = isGiven(facts, 3) ? entriesAt(facts, 3) : undefined;
  const isStretched = (text(facts, "keep_aspect_ratio_policy") ?? "stretch") === "stretch";
  if (sizes?.length === places.length && isStretched)
    return withLengths(
      x,
      places.map((axis, k) => [axis, atLeastOne(sizes[k] ?? unknownLength())]),
    );
  const isCropped = text(facts, "coordinate_transformation_mode") === "tf_crop_and_resize";
  const isScaled = !isGiven(facts, 3) && isGiven(facts, scalesAt) && !isCropped;
  return scaled(x, places, isScaled ? entriesAt(facts, scalesAt) : undefined);
};

export const upsample: ShapeRule = (facts) => {
  const x = shapeAt(facts, 0);
  const attribute = facts.node.attributes.get("scales")?.floats;
  return x === undefined ? undefined : scaled(x, [...x.keys()], attribute ?? entriesAt(facts, 1));
};

export const depthToSpace: ShapeRule = (facts) => {
  const [batch, channels, height, width, ...more] = shapeAt(facts, 0) ?? [];
  const block = int(facts, "blocksize");
  if (batch === undefined || width === undefined || more.length > 0 || !isSize(block)) return undefined;
  const left = shared(channels ?? 0, block * block);
  return left === undefined ? undefined : [batch, left, times(height ?? 0, block), times(width, block)];
};

export const spaceToDepth: ShapeRule = (facts) => {
  const [batch, channels, height, width, ...more] = shapeAt(facts, 0) ?? [];
  const block = int(facts, "blocksize");
  if (batch === undefined || width === undefined || more.length > 0 || !isSize(block)) return undefined;
  const rows = shared(height ?? 0, block);
  const columns = shared(width, block);
  if (rows === undefined || columns === undefined) return undefined;
  return [batch, times(channels ?? 0, block * block), rows, columns];
};

export const gridSample: ShapeRule = (facts) => {
  const x = shapeAt(facts, 0);
  const grid = shapeAt(facts, 1);
  return x === undefined || grid?.length !== x.length ? undefined : [...x.slice(0, 2), ...grid.slice(1, -1)];
};

export const regionPool: ShapeRule = (facts) => {
  const [regions] = shapeAt(facts, 1) ?? [];
  const [, channels] = shapeAt(facts, 0) ?? [];
  if (regions === undefined || channels === undefined) return undefined;
  if (facts.node.type === "RoiAlign")
    return [regions, channels, int(facts, "output_height") ?? 1, int(facts, "output_width") ?? 1];
  const pooled = ints(facts, "pooled_shape");
  return pooled.length === 2 ? [regions, channels, ...pooled] : undefined;
};

function kernelOf(facts: NodeFacts, weights: Amounts | undefined): Amounts {
  return weights?.slice(2) ?? ints(facts, "kernel_shape");
}

/** One number for each axis, 1 where none are given. */
function perAxis(facts: NodeFacts, name: string, count: number): readonly number[] | undefined {
  const given = ints(facts, name);
  if (given.length === 0) return new Array<number>(count).fill(1);
  return given.length === count && given.every(isSize) ? given : undefined;
}

/** Of each axis both ends together. */
function padsOf(facts: NodeFacts, count: number): readonly number[] | undefined {
  const given = ints(facts, "pads");
  if (given.length === 0 || text(facts, "auto_pad") === "VALID") return new Array<number>(count).fill(0);
  if (given.length !== 2 * count) return undefined;
  return given.slice(0, count).map((before, axis) => before + (given[axis + count] ?? 0));
}

/** ⌊(length + pads − (dilation · (kernel − 1) + 1)) / stride⌋ + 1 along every axis. */
function slid(facts: NodeFacts, lengths: Amounts, kernel: Amounts): Amounts | undefined {
  const count = lengths.length;
  const strides = perAxis(facts, "strides", count);
  const dilations = perAxis(facts, "dilations", count);
  const pads = padsOf(facts, count);
  if (kernel.length !== count || strides === undefined || dilations === undefined || pads === undefined)
    return undefined;
  const isSame = text(facts, "auto_pad")?.startsWith("SAME") === true;
  const starts = ints(facts, "pads");
  return lengths.map((length, axis): Amount => {
    const size = kernel[axis];
    const stride = strides[axis] ?? 1;
    const padding = pads[axis] ?? 0;
    if (isSame)
      return typeof length === "number" ? Math.ceil(length / stride) : stride === 1 ? length : unknownLength();
    if (!isSize(size)) return unknownLength();
    const reach = (dilations[axis] ?? 1) * (size - 1) + 1;
    if (typeof length !== "number") return stride === 1 && reach === padding + 1 ? length : unknownLength();
    const room = length + padding - reach;
    if (!(room >= 0)) return unknownLength();
    const fewer = Math.floor(room / stride) + 1;
    return flag(facts, "ceil_mode")
      ? roundedUp(facts, { room, stride, fewer, inside: length + (starts[axis] ?? 0) })
      : fewer;
  });
}

/**
 * With `ceil_mode` a last window may hang over. Whether it may begin in the padding behind the data has changed (not since version
 * 22), and what a size rounded up means beside `auto_pad` is told apart by no version: where it matters, nothing is said.
 */
function roundedUp(
  facts: NodeFacts,
  { room, stride, fewer, inside }: { room: number; stride: number; fewer: number; inside: number },
): Amount {
  const more = Math.ceil(room / stride) + 1;
  if (more === fewer) return fewer;
  if (text(facts, "auto_pad") === "VALID") return unknownLength();
  const beginsInside = (more - 1) * stride < inside;
  if (beginsInside) return more;
  return facts.opset >= 22 ? fewer : unknownLength();
}

/** Single precision rounds a product that is almost whole: only what exact and rounded products agree on is known. */
function scaled(x: Amounts, places: readonly number[], scales: Amounts | undefined): Amounts | undefined {
  if (scales === undefined)
    return withLengths(
      x,
      places.map((axis) => [axis, unknownLength()]),
    );
  if (scales.length !== places.length) return undefined;
  return withLengths(
    x,
    places.map((axis, k) => {
      const length = x[axis] ?? unknownLength();
      const scale = scales[k];
      if (scale === 1) return [axis, length];
      if (typeof length !== "number" || typeof scale !== "number" || !(scale > 0)) return [axis, unknownLength()];
      const value = Math.fround(scale) * length;
      const whole = Math.floor(value);
      return [axis, whole === Math.floor(Math.fround(value)) && Number.isSafeInteger(whole) ? whole : unknownLength()];
    }),
  );
}

function shared(length: Amount, parts: number): Amount | undefined {
  if (typeof length !== "number") return unknownLength();
  return length % parts === 0 ? length / parts : undefined;
}

function atLeastOne(length: Amount): Amount {
  return typeof length === "number" && length >= 1
    ? length
    : typeof length === "number" || !length.isLength
      ? unknownLength()
      : length;
}

function isSize(value: Amount | undefined): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 1;
}
