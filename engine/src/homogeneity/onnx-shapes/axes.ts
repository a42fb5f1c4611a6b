/** Shapes after what picks, joins, moves, repeats or sums axes. */
import {
  type Amount,
  type Amounts,
  agreed,
  broadcast,
  plus,
  product,
  times,
  unknownLength,
  unknownLengths,
} from "./amounts.ts";
import {
  axesOf,
  axisOf,
  entriesAt,
  flag,
  int,
  ints,
  isGiven,
  listOf,
  type NodeFacts,
  type ShapeRule,
  shapeAt,
  withLengths,
} from "./rule.ts";

/** From here on an end means the end of the axis: the largest 32-bit number, as exporters write it. */
const FAR = 2 ** 31 - 1;

export const concat: ShapeRule = (facts) => {
  const shapes = facts.inputs.map((input) => input?.shape);
  const [first] = shapes;
  if (first === undefined) return undefined;
  const axis = axisOf(int(facts, "axis") ?? (facts.opset < 4 ? 1 : undefined), first.length);
  if (axis === undefined) return undefined;
  let out: Amounts = first;
  for (const shape of shapes.slice(1)) {
    if (shape?.length !== first.length) return undefined;
    const joined = out.map((length, at) => {
      const own = shape[at] ?? length;
      return at === axis ? plus(length, own) : agreed(length, own);
    });
    const kept = joined.filter((length) => length !== undefined);
    if (kept.length < joined.length) return undefined;
    out = kept;
  }
  return out;
};

export const flatten: ShapeRule = (facts) => {
  const x = shapeAt(facts, 0);
  if (x === undefined) return undefined;
  const axis = int(facts, "axis") ?? 1;
  const at = axis === x.length ? axis : axisOf(axis, x.length);
  return at === undefined ? undefined : [product(x.slice(0, at)), product(x.slice(at))];
};

export const transpose: ShapeRule = (facts) => {
  const x = shapeAt(facts, 0);
  const order = ints(facts, "perm");
  if (x === undefined || order.length === 0) return x?.toReversed();
  const axes = order.every((axis) => axis >= 0) ? axesOf(order, x.length) : undefined;
  return axes?.length === x.length ? axes.map((axis) => x[axis] ?? unknownLength()) : undefined;
};

export const squeeze: ShapeRule = (facts) => {
  const x = shapeAt(facts, 0);
  const list = listOf(facts, "axes", 1);
  if (x === undefined) return undefined;
  // An axis of a length that is not known may go or stay.
  if (list === "absent") return x.every((length) => typeof length === "number") ? x.filter((n) => n !== 1) : undefined;
  const axes = list === "unknown" ? undefined : axesOf(list, x.length);
  if (axes === undefined || axes.some((axis) => typeof x[axis] === "number" && x[axis] !== 1)) return undefined;
  return x.filter((_, axis) => !axes.includes(axis));
};

export const unsqueeze: ShapeRule = (facts) => {
  const x = shapeAt(facts, 0);
  const list = listOf(facts, "axes", 1);
  if (x === undefined || typeof list === "string") return undefined;
  const axes = axesOf(list, x.length + list.length);
  if (axes === undefined) return undefined;
  const old = x.values();
  return Array.from({ length: x.length + list.length }, (_, axis) =>
    axes.includes(axis) ? 1 : (old.next().value ?? unknownLength()),
  );
};

export const slice: ShapeRule = (facts) => {
  const x = shapeAt(facts, 0);
  if (x === undefined) return undefined;
  const parts = slicesOf(facts, x.length);
  if (parts === undefined) return unknownLengths(x.length);
  return withLengths(
    x,
    parts.map(({ axis, start, end, step }) => [axis, slicedLength(x[axis] ?? unknownLength(), { start, end, step })]),
  );
};

export interface AxisSlice {
  readonly axis: number;
  readonly start: Amount;
  readonly end: Amount;
  readonly step: Amount;
}

/** What a Slice takes of each axis that it names; undefined where that is not known. */
export function slicesOf(facts: NodeFacts, rank: number): readonly AxisSlice[] | undefined {
  const [starts, ends, axes] = ["starts", "ends", "axes"].map((name, k) => listOf(facts, name, k + 1));
  const steps = isGiven(facts, 4) ? (entriesAt(facts, 4) ?? "unknown") : "absent";
  const given = axes === "absent" ? countOf(facts) : axes;
  if (given === undefined || given === "unknown") return undefined;
  const places = axesOf(typeof given === "number" ? [...new Array(given).keys()] : given, rank);
  const at = (list: Amounts | string | undefined, k: number, otherwise: Amount): Amount =>
    typeof list === "string" || list === undefined ? otherwise : (list[k] ?? otherwise);
  return places?.map((axis, k) => ({
    axis,
    start: at(starts, k, { isLength: false }),
    end: at(ends, k, { isLength: false }),
    step: at(steps, k, steps === "absent" ? 1 : { isLength: false }),
  }));
}

/** How many starts there are, which may be known where they themselves are not. */
function countOf(facts: NodeFacts): number | undefined {
  const starts = listOf(facts, "starts", 1);
  if (typeof starts !== "string") return Math.min(starts.length, 99);
  const [count] = shapeAt(facts, 1) ?? [];
  return typeof count === "number" && count <= 99 ? count : undefined;
}

/** Starts and ends count from the end where negative, and are cut to the axis. */
function slicedLength(length: Amount, { start, end, step }: Omit<AxisSlice, "axis">): Amount {
  const isWhole = start === 0 && step === 1 && (end === length || (typeof end === "number" && end >= FAR));
  if (isWhole) return length;
  const range = sliceRange(length, { start, end, step });
  return range === undefined ? unknownLength() : range.count;
}

/** The specification brings a start before the axis to its first entry for steps backwards too, unlike Python. */
export function sliceRange(
  length: Amount,
  { start, end, step }: Omit<AxisSlice, "axis">,
): { readonly first: number; readonly count: number } | undefined {
  if (typeof length !== "number" || typeof start !== "number" || typeof end !== "number") return undefined;
  if (typeof step !== "number" || !Number.isInteger(step) || step === 0) return undefined;
  const from = start < 0 ? start + length : start;
  const to = end < 0 ? end + length : end;
  const first = step > 0 ? clamp(from, 0, length) : clamp(from, 0, length - 1);
  const last = step > 0 ? clamp(to, 0, length) : clamp(to, -1, length - 1);
  return { first, count: Math.max(0, Math.ceil((last - first) / step)) };
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}

/** Of all outputs. */
export function split(facts: NodeFacts): readonly (Amounts | undefined)[] {
  const x = shapeAt(facts, 0);
  const axis = axisOf(int(facts, "axis") ?? 0, x?.length ?? 0);
  if (x === undefined || axis === undefined) return [];
  const sizes = listOf(facts, "split", 1);
  const { length: count } = facts.node.outputs;
  if (typeof sizes !== "string" && sizes.length !== count) return [];
  const whole = x[axis] ?? unknownLength();
  return facts.node.outputs.map((_, part) => {
    const own =
      sizes === "unknown" ? unknownLength() : sizes === "absent" ? equalPart(whole, part, facts) : sizes[part];
    return withLengths(x, [[axis, own ?? unknownLength()]]);
  });
}

/** Since version 18 the last part may be smaller than the others. */
function equalPart(whole: Amount, part: number, { node, opset }: NodeFacts): Amount {
  const { length: count } = node.outputs;
  if (typeof whole !== "number") return count === 1 ? whole : unknownLength();
  if (whole % count !== 0 && opset < 18) return unknownLength();
  const size = Math.ceil(whole / count);
  return Math.max(0, Math.min(size, whole - part * size));
}

export const gather: ShapeRule = (facts) => {
  const x = shapeAt(facts, 0);
  const indices = shapeAt(facts, 1);
  if (x === undefined || indices === undefined) return undefined;
  const axis = axisOf(int(facts, "axis") ?? 0, x.length);
  return axis === undefined ? undefined : [...x.slice(0, axis), ...indices, ...x.slice(axis + 1)];
};

/** The last axis of the indices counts along the axes of x that they pick from. */
export const gatherMany: ShapeRule = (facts) => {
  const x = shapeAt(facts, 0);
  const indices = shapeAt(facts, 1);
  const batch = int(facts, "batch_dims") ?? 0;
  const picked = indices?.at(-1);
  if (x === undefined || indices === undefined || typeof picked !== "number" || batch < 0) return undefined;
  return batch + picked > x.length ? undefined : [...indices.slice(0, -1), ...x.slice(batch + picked)];
};

export const expand: ShapeRule = (facts) => {
  const x = shapeAt(facts, 0);
  const target = entriesAt(facts, 1);
  const [rank] = shapeAt(facts, 1) ?? [];
  if (x === undefined) return undefined;
  if (target !== undefined) return broadcast([x, target.map(asLength)]);
  return typeof rank === "number" ? broadcast([x, unknownLengths(rank)]) : undefined;
};

export const tile: ShapeRule = (facts) => {
  const x = shapeAt(facts, 0);
  const repeats = entriesAt(facts, 1);
  if (x === undefined) return undefined;
  if (isGiven(facts, 2)) {
    const axis = axisOf(entriesAt(facts, 2)?.[0], x.length);
    const [count = unknownLength()] = repeats ?? [];
    return axis === undefined
      ? unknownLengths(x.length)
      : withLengths(x, [[axis, asLength(times(x[axis] ?? 1, count))]]);
  }
  if (repeats === undefined) return unknownLengths(x.length);
  if (repeats.length !== x.length) return undefined;
  return x.map((length, axis) => asLength(times(length, repeats[axis] ?? 1)));
};

/** Sums, means, extremes along axes: all of them where none are named. */
export const reduction: ShapeRule = (facts) => {
  const x = shapeAt(facts, 0);
  if (x === undefined) return undefined;
  const list = listOf(facts, "axes", 1);
  const keeps = (int(facts, "keepdims") ?? 1) !== 0;
  if (list === "unknown") {
    const [count] = shapeAt(facts, 1) ?? [];
    if (keeps) return unknownLengths(x.length);
    return typeof count === "number" && count > 0 && count <= x.length ? unknownLengths(x.length - count) : undefined;
  }
  const isEmpty = list === "absent" || list.length === 0;
  if (isEmpty && flag(facts, "noop_with_empty_axes")) return x;
  return without(x, isEmpty ? [...x.keys()] : axesOf(list, x.length), keeps);
};

export const position: ShapeRule = (facts) => {
  const x = shapeAt(facts, 0);
  const keeps = (int(facts, "keepdims") ?? 1) !== 0;
  return x === undefined ? undefined : without(x, axesOf([int(facts, "axis") ?? 0], x.length), keeps);
};

function without(x: Amounts, axes: readonly number[] | undefined, keeps: boolean): Amounts | undefined {
  if (axes === undefined) return undefined;
  return keeps
    ? withLengths(
        x,
        axes.map((axis) => [axis, 1]),
      )
    : x.filter((_, axis) => !axes.includes(axis));
}

export const largest: ShapeRule = (facts) => {
  const x = shapeAt(facts, 0);
  const axis = axisOf(int(facts, "axis") ?? -1, x?.length ?? 0);
  if (x === undefined || axis === undefined) return undefined;
  return withLengths(x, [[axis, asLength(int(facts, "k") ?? entriesAt(facts, 1)?.[0] ?? unknownLength())]]);
};

export const oneHot: ShapeRule = (facts) => {
  const indices = shapeAt(facts, 0);
  const axis = axisOf(int(facts, "axis") ?? -1, (indices?.length ?? 0) + 1);
  if (indices === undefined || axis === undefined) return undefined;
  return indices.toSpliced(axis, 0, asLength(entriesAt(facts, 1)?.[0] ?? unknownLength()));
};

export const compress: ShapeRule = (facts) => {
  const x = shapeAt(facts, 0);
  const given = int(facts, "axis");
  if (x === undefined || given === undefined) return x === undefined ? undefined : [unknownLength()];
  const axis = axisOf(given, x.length);
  return axis === undefined ? undefined : withLengths(x, [[axis, unknownLength()]]);
};

/** A number that is read as a length: one that may be below zero is some length. */
export function asLength(amount: Amount): Amount {
  return typeof amount === "number" || amount.isLength ? amount : unknownLength();
}
