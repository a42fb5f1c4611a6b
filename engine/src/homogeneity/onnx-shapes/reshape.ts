/** The shape after Reshape: 0 keeps an axis (unless `allowzero`), −1 is what is left over. */
import { type Amount, type Amounts, times, unknownLength } from "./amounts.ts";
import { entriesAt, flag, type NodeFacts, type ShapeRule, shapeAt } from "./rule.ts";

export const reshape: ShapeRule = (facts) => {
  const target = targetOf(facts);
  return target === undefined ? undefined : reshaped(shapeAt(facts, 0), target, flag(facts, "allowzero"));
};

function targetOf(facts: NodeFacts): Amounts | undefined {
  const attribute = facts.node.attributes.get("shape")?.ints;
  const entries = attribute ?? entriesAt(facts, 1);
  const [rank] = shapeAt(facts, 1) ?? [];
  if (entries !== undefined) return entries;
  // How many axes there are is often known where their lengths are not.
  return typeof rank === "number" && rank < 99 ? Array.from({ length: rank }, () => ({ isLength: false })) : undefined;
}

function reshaped(from: Amounts | undefined, target: Amounts, keepsZero: boolean): Amounts | undefined {
  const out: Amount[] = [];
  const open: number[] = [];
  for (const [axis, entry] of target.entries()) {
    if (typeof entry === "number" && !(Number.isSafeInteger(entry) && entry >= -1)) return undefined;
    const isKept = entry === 0 && !keepsZero;
    if (isKept && from !== undefined && axis >= from.length) return undefined;
    const length = isKept ? (from?.[axis] ?? unknownLength()) : entry;
    // A number that is not known may be −1.
    const isOpen = length === -1 || (typeof length !== "number" && !length.isLength);
    out.push(isOpen ? unknownLength() : length);
    if (isOpen) open.push(axis);
  }
  if (target.filter((entry) => entry === -1).length > 1) return undefined;
  return from === undefined ? out : solved(from, out, open);
}

/**
 * Both sides have as many numbers. Lengths that are not known cancel where they are the same; one that is then left over alone is
 * what the others leave.
 */
function solved(from: Amounts, out: readonly Amount[], open: readonly number[]): Amounts | undefined {
  const before = from.filter((length) => typeof length !== "number");
  const left: number[] = [...open];
  for (const [axis, length] of out.entries()) {
    if (typeof length === "number" || open.includes(axis)) continue;
    const place = before.indexOf(length);
    if (place < 0) left.push(axis);
    else before.splice(place, 1);
  }
  const total = countOf(from);
  const known = countOf(out);
  // Beyond what is counted exactly, and without any numbers at all, nothing can be divided.
  if (typeof total !== "number" || typeof known !== "number" || total === 0 || known === 0) return out;
  const [axis, ...others] = left;
  if (axis === undefined) return before.length === 0 && total !== known ? undefined : out;
  if (others.length > 0) return out;
  const [only, ...more] = before;
  if (only === undefined) return total % known === 0 ? out.with(axis, total / known) : undefined;
  return more.length === 0 && total === known ? out.with(axis, only) : out;
}

/** Of the lengths that are known. */
function countOf(lengths: Amounts): Amount {
  return lengths.filter((length) => typeof length === "number").reduce<Amount>(times, 1);
}
