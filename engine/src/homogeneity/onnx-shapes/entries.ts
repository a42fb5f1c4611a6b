/**
 * Small arrays of whole numbers that graphs compute from shapes, as exporters write them: Shape, Gather, Concat, … before a Reshape.
 * Entries that are not known stay unknown, each as itself.
 */
import { type Amount, type Amounts, exact, isNonnegative, minus, plus, product, times, unknownOf } from "./amounts.ts";
import { sliceRange, slicesOf } from "./axes.ts";
import { entriesAt, int, type NodeFacts, shapeAt } from "./rule.ts";

/** The entries of the first output, whose shape is known and small; undefined where they are not. */
type EntriesRule = (facts: NodeFacts, shape: Amounts) => Amounts | undefined;

const same: EntriesRule = (facts) => entriesAt(facts, 0);

const shapeItself: EntriesRule = (facts) => {
  const x = shapeAt(facts, 0);
  return x?.slice(int(facts, "start") ?? 0, int(facts, "end"));
};

const size: EntriesRule = (facts) => {
  const x = shapeAt(facts, 0);
  return x === undefined ? undefined : [product(x)];
};

const gather: EntriesRule = (facts) => {
  const data = entriesAt(facts, 0);
  const indices = entriesAt(facts, 1);
  if (data === undefined || indices === undefined || shapeAt(facts, 0)?.length !== 1) return undefined;
  const picked = indices.map((index): Amount | undefined => {
    if (typeof index !== "number") return unknownOf(...data);
    return data[index < 0 ? index + data.length : index];
  });
  return allOf(picked);
};

const slice: EntriesRule = (facts) => {
  const data = entriesAt(facts, 0);
  const [part, ...others] = slicesOf(facts, 1) ?? [];
  if (data === undefined || shapeAt(facts, 0)?.length !== 1 || part === undefined || others.length > 0)
    return undefined;
  const range = sliceRange(data.length, part);
  const { step } = part;
  if (range === undefined || typeof step !== "number") return undefined;
  return allOf(Array.from({ length: range.count }, (_, k) => data[range.first + k * step]));
};

const concat: EntriesRule = (facts, shape) => {
  if (shape.length !== 1) return undefined;
  return allOf(facts.inputs.map((input) => input?.entries))?.flat();
};

/** Entry by entry; a single one goes with all. */
function elementwise(combine: (a: Amount, b: Amount, facts: NodeFacts) => Amount): EntriesRule {
  return (facts, shape) => {
    const [first, ...others] = facts.inputs.map((_, position) => stretched(facts, position, shape));
    let all = first;
    for (const next of others) all = zip(all, next, (a, b) => combine(a, b, facts));
    return all;
  };
}

function mapped(change: (value: number, facts: NodeFacts) => number): EntriesRule {
  return (facts) =>
    entriesAt(facts, 0)?.map((entry) => (typeof entry === "number" ? exact(change(entry, facts)) : unknownOf(-1)));
}

const where: EntriesRule = (facts, shape) => {
  const [condition, yes, no] = [0, 1, 2].map((position) => stretched(facts, position, shape));
  const both = zip(yes, no, (a, b) => (a === b ? a : unknownOf(a, b)));
  const chosen = condition?.map((test, at) => {
    if (typeof test !== "number") return both?.[at];
    return test === 0 ? no?.[at] : yes?.[at];
  });
  return chosen === undefined ? undefined : allOf(chosen);
};

/** The entries of an input brought to the shape of the output, where these are as many or a single one. */
function stretched(facts: NodeFacts, position: number, shape: Amounts): Amounts | undefined {
  const entries = entriesAt(facts, position);
  const count = product(shape);
  if (entries === undefined || typeof count !== "number") return undefined;
  const [only] = entries;
  if (entries.length === 1 && only !== undefined) return new Array<Amount>(count).fill(only);
  return entries.length === count ? entries : undefined;
}

function zip(
  a: Amounts | undefined,
  b: Amounts | undefined,
  combine: (a: Amount, b: Amount) => Amount,
): Amounts | undefined {
  if (a === undefined || b === undefined) return undefined;
  return allOf(a.map((entry, at) => (b[at] === undefined ? undefined : combine(entry, b[at]))));
}

/** Whole numbers are cut towards zero. */
function over(a: Amount, b: Amount, facts: NodeFacts): Amount {
  if (b === 1) return a;
  const isWhole = facts.inputs.every((input) => input?.isFloat === false);
  if (typeof a !== "number" || typeof b !== "number" || b === 0) return unknownOf(a, b);
  return exact(isWhole ? Math.trunc(a / b) : a / b);
}

/** The sign is that of the divisor; with `fmod` that of the number. */
function modulo(a: Amount, b: Amount, facts: NodeFacts): Amount {
  if (typeof a !== "number" || typeof b !== "number" || b === 0) return unknownOf(a, b);
  const rest = a % b;
  return int(facts, "fmod") === 1 || rest === 0 || rest > 0 === b > 0 ? rest : rest + b;
}

function equal(a: Amount, b: Amount): Amount {
  if (typeof a === "number" && typeof b === "number") return a === b ? 1 : 0;
  if (a === b) return 1;
  // A length is not below zero.
  const isNegative = (value: Amount): boolean => typeof value === "number" && value < 0;
  return (isNegative(a) && isNonnegative(b)) || (isNegative(b) && isNonnegative(a)) ? 0 : unknownOf(0);
}

function extreme(choose: (a: number, b: number) => number): (a: Amount, b: Amount) => Amount {
  return (a, b) => {
    if (a === b) return a;
    return typeof a === "number" && typeof b === "number" ? choose(a, b) : unknownOf(a, b);
  };
}

function folded(combine: (a: Amount, b: Amount) => Amount, from?: Amount): EntriesRule {
  return (facts, shape) => {
    const entries = entriesAt(facts, 0);
    if (entries === undefined || product(shape) !== 1) return undefined;
    const [first = from, ...others] = entries;
    return first === undefined ? undefined : [others.reduce(combine, first)];
  };
}

const filled: EntriesRule = (facts, shape) => {
  const value = facts.node.attributes.get("value")?.tensor;
  const count = product(shape);
  const number = value === undefined ? 0 : value.scalar;
  if (number === undefined || typeof count !== "number") return undefined;
  return new Array<Amount>(count).fill(number);
};

const range: EntriesRule = (facts, [count]) => {
  const start = entriesAt(facts, 0)?.[0];
  const step = entriesAt(facts, 2)?.[0];
  if (typeof count !== "number" || typeof start !== "number" || typeof step !== "number") return undefined;
  return Array.from({ length: count }, (_, k) => exact(start + k * step));
};

const cast: EntriesRule = (facts) => {
  const [input] = facts.inputs;
  if (input?.isFloat !== true) return input?.entries;
  return mapped(Math.trunc)(facts, []);
};

/** One row or less: nothing moves. */
const transpose: EntriesRule = (facts, shape) => (shape.length <= 1 ? entriesAt(facts, 0) : undefined);

const min = extreme(Math.min);
const max = extreme(Math.max);

export const ENTRIES: ReadonlyMap<string, EntriesRule> = new Map<string, EntriesRule>([
  ["Shape", shapeItself],
  ["Size", size],
  ["Gather", gather],
  ["Slice", slice],
  ["Concat", concat],
  ["Where", where],
  ["ConstantOfShape", filled],
  ["Range", range],
  ["Cast", cast],
  ["Transpose", transpose],
  ...["Identity", "Reshape", "Squeeze", "Unsqueeze", "Flatten"].map((type) => [type, same] as const),
  ["Expand", (facts, shape) => stretched(facts, 0, shape)],
  ["Add", elementwise(plus)],
  ["Sub", elementwise(minus)],
  ["Mul", elementwise(times)],
  ["Div", elementwise(over)],
  ["Mod", elementwise(modulo)],
  ["Min", elementwise(min)],
  ["Max", elementwise(max)],
  ["Equal", elementwise(equal)],
  ["Neg", mapped((value) => -value)],
  ["Floor", mapped(Math.floor)],
  ["Ceil", mapped(Math.ceil)],
  ["Not", mapped((value) => (value === 0 ? 1 : 0))],
  ["ReduceProd", folded(times, 1)],
  ["ReduceSum", folded(plus, 0)],
  ["ReduceMin", folded(min)],
  ["ReduceMax", folded(max)],
]);

function allOf<T>(items: readonly (T | undefined)[]): readonly T[] | undefined {
  const found = items.filter((item) => item !== undefined);
  return found.length === items.length ? found : undefined;
}
