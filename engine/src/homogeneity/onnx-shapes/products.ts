/** Shapes after products of matrices and tensors, and after recurrent layers. */
import { type Amount, type Amounts, agreed, broadcast, times, unknownLength } from "./amounts.ts";
import { flag, int, type NodeFacts, type ShapeRule, shapeAt, text } from "./rule.ts";

/** Letters of an Einsum equation that are read. */
const MAX_EQUATION = 200;

export const generalProduct: ShapeRule = (facts) => {
  const a = matrix(shapeAt(facts, 0), flag(facts, "transA"));
  const b = matrix(shapeAt(facts, 1), flag(facts, "transB"));
  if (a === undefined || b === undefined || agreed(a[1], b[0]) === undefined) return undefined;
  return [a[0], b[1]];
};

function matrix(shape: Amounts | undefined, isTransposed: boolean): readonly [Amount, Amount] | undefined {
  const [rows, columns, ...more] = shape ?? [];
  if (rows === undefined || columns === undefined || more.length > 0) return undefined;
  return isTransposed ? [columns, rows] : [rows, columns];
}

/** As numpy: a vector is a row on the left, a column on the right; axes before the last two are broadcast. */
export const matrixProduct: ShapeRule = (facts) => {
  const a = shapeAt(facts, 0);
  const b = shapeAt(facts, 1);
  const inner = a?.at(-1);
  const outer = b?.length === 1 ? b[0] : b?.at(-2);
  if (a === undefined || b === undefined || inner === undefined || outer === undefined) return undefined;
  if (agreed(inner, outer) === undefined) return undefined;
  const batch = broadcast([a.slice(0, -2), b.slice(0, -2)]);
  return batch === undefined ? undefined : [...batch, ...a.slice(-2, -1), ...(b.length === 1 ? [] : b.slice(-1))];
};

/** `bij,bjk->bik`: a length for each letter. Equations with `...` are left unknown. */
export const einsum: ShapeRule = (facts) => {
  const equation = text(facts, "equation")?.replaceAll(" ", "") ?? "";
  if (equation.length > MAX_EQUATION || !/^[a-zA-Z,]*(->[a-zA-Z]*)?$/.test(equation)) return undefined;
  const [left = "", right] = equation.split("->");
  const terms = left.split(",");
  if (terms.length !== facts.inputs.length) return undefined;
  const lengths = new Map<string, Amount>();
  for (const [position, term] of terms.entries()) {
    const shape = shapeAt(facts, position);
    if (shape !== undefined && shape.length !== term.length) return undefined;
    for (const [axis, letter] of [...term].entries()) {
      const own = shape?.[axis] ?? unknownLength();
      const length = agreed(own, lengths.get(letter) ?? own);
      if (length === undefined) return undefined;
      lengths.set(letter, length);
    }
  }
  // Without an arrow: the letters that stand once, in their order.
  const letters =
    right ??
    [...left.replaceAll(",", "")]
      .filter((letter, _, all) => isOnce(letter, all))
      .sort()
      .join("");
  const out = [...letters].map((letter) => lengths.get(letter));
  const found = out.filter((length) => length !== undefined);
  return found.length === out.length ? found : undefined;
};

function isOnce(letter: string, letters: readonly string[]): boolean {
  return letters.indexOf(letter) === letters.lastIndexOf(letter);
}

/**
 * One value for each query. With heads as an axis: (batch, heads, queries, width of a value); without it heads and widths share the
 * last axis.
 */
export const attention: ShapeRule = (facts) => {
  const query = shapeAt(facts, 0);
  const value = shapeAt(facts, 2);
  const width = value?.at(-1) ?? unknownLength();
  if (query === undefined || (value !== undefined && value.length !== query.length)) return undefined;
  if (query.length === 4) return [...query.slice(0, 3), width];
  const heads = int(facts, "q_num_heads");
  const valueHeads = int(facts, "kv_num_heads");
  if (query.length !== 3 || heads === undefined || valueHeads === undefined) return undefined;
  const all =
    heads === valueHeads ? width : times(heads, typeof width === "number" ? width / valueHeads : unknownLength());
  return [...query.slice(0, 2), all];
};

/** Of all outputs: every step's state, the last one, and for LSTM the last cell state. `layout` 1 has the batch first. */
export function recurrent(facts: NodeFacts): readonly (Amounts | undefined)[] {
  const x = shapeAt(facts, 0);
  const recurrence = shapeAt(facts, 2);
  if (x !== undefined && x.length !== 3) return [];
  const hidden = int(facts, "hidden_size") ?? recurrence?.[2] ?? unknownLength();
  const directions = text(facts, "direction") === "bidirectional" ? 2 : 1;
  const isBatchFirst = int(facts, "layout") === 1;
  const [first = unknownLength(), second = unknownLength()] = x ?? [];
  const [steps, batch] = isBatchFirst ? [second, first] : [first, second];
  const state = isBatchFirst ? [batch, directions, hidden] : [directions, batch, hidden];
  const all = isBatchFirst ? [batch, steps, directions, hidden] : [steps, directions, batch, hidden];
  return [all, state, state];
}
