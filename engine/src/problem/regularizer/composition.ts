/**
 * A regularizer put together from norms by sums, products, powers and multiples, as a function of the sizes of its norms: its
 * value, its slopes, its roundings and its formula.
 */
import type { NormSpec, RegularizerExpression } from "../../config/config.ts";
import { conditionsText, exponentText, shareText } from "./label.ts";
import type { Norm } from "./norm.ts";

/** One norm of one factor. */
export interface Leaf {
  /** Counted over all factors of the mapping. */
  readonly factor: number;
  readonly spec: NormSpec;
  readonly norm: Norm;
}

export interface Composition {
  readonly leaves: readonly Leaf[];
  /** g from the norms, one per leaf. Up to `roundings`, never below the exact value: what falls below `SMALLEST` counts as that. */
  value(sizes: readonly number[]): number;
  /** ∂g/∂n_j; Infinity for a power below 1 at 0. */
  slopes(sizes: readonly number[]): readonly number[];
  /** How many roundings stand behind `value`, when there are `perLeaf[j]` behind n_j. */
  roundings(perLeaf: readonly number[]): number;
  label(symbols: readonly string[]): string;
}

/** The expression with its leaves in a list. */
type Node =
  | { readonly leaf: number }
  | { readonly sum: readonly Node[] }
  | { readonly product: readonly Node[] }
  | { readonly power: Node; readonly exponent: number }
  | { readonly scale: number; readonly of: Node };

/** Positive values below this may have lost something to underflow. */
const SMALLEST = 1e-290;
/** Behind one power. */
const POWER_ROUNDINGS = 4;

/** `leafOf` gives the norm of a leaf, or says why there is none; `factors` are those that the expression counts. */
export function compositionOf(
  expression: RegularizerExpression,
  factors: readonly number[],
  normOf: (factor: number, spec: NormSpec) => Norm | string,
): Composition | string {
  const leaves: Leaf[] = [];
  const known = new Map<string, number>();
  let fault: string | undefined;

  function nodeOf(part: RegularizerExpression): Node {
    if ("sum" in part) return { sum: part.sum.map(nodeOf) };
    if ("product" in part) return { product: part.product.map(nodeOf) };
    if ("power" in part) return { power: nodeOf(part.power), exponent: part.exponent };
    if ("scale" in part) return { scale: part.scale, of: nodeOf(part.of) };
    const factor = factors[part.factor];
    const name = `${factor} ${JSON.stringify(part.norm)}`;
    const there = known.get(name);
    if (there !== undefined) return { leaf: there };
    const norm = normOf(factor, part.norm);
    if (typeof norm === "string") {
      fault ??= norm;
      return { leaf: 0 };
    }
    known.set(name, leaves.length);
    leaves.push({ factor, spec: part.norm, norm });
    return { leaf: leaves.length - 1 };
  }

  const root = nodeOf(expression);
  if (fault !== undefined) return fault;
  return {
    leaves,
    value: (sizes) => sizeAt(root, sizes),
    slopes(sizes) {
      const out = leaves.map(() => 0);
      addSlopesInto(out, root, sizes, 1);
      return out;
    },
    roundings: (perLeaf) => roundingsOf(root, perLeaf),
    label: (symbols) => {
      const used = leaves.map(({ factor, norm }) => norm.condition(symbols[factor]));
      return `${textOf(root, leaves, symbols)}${conditionsText([...new Set(used)])}`;
    },
  };
}

function sizeAt(node: Node, sizes: readonly number[]): number {
  if ("leaf" in node) return sizes[node.leaf];
  if ("sum" in node) return node.sum.reduce((all, each) => all + sizeAt(each, sizes), 0);
  if ("product" in node) {
    let product = 1;
    for (const each of node.product) {
      const value = sizeAt(each, sizes);
      if (value === 0) return 0;
      product = Math.max(product * value, SMALLEST);
    }
    return product;
  }
  const inner = sizeAt("power" in node ? node.power : node.of, sizes);
  if (inner === 0) return 0;
  return Math.max("power" in node ? powerOf(inner, node.exponent) : node.scale * inner, SMALLEST);
}

/** n^e without a call for the powers that occur. */
function powerOf(n: number, e: number): number {
  if (e === 2) return n * n;
  return e === 1 ? n : n ** e;
}

function addSlopesInto(out: number[], node: Node, sizes: readonly number[], by: number): void {
  if (by === 0) return;
  if ("leaf" in node) out[node.leaf] += by;
  else if ("sum" in node) for (const each of node.sum) addSlopesInto(out, each, sizes, by);
  else if ("product" in node) {
    const values = node.product.map((each) => sizeAt(each, sizes));
    node.product.forEach((each, i) => {
      const others = values.reduce((all, value, j) => (j === i ? all : all * value), by);
      // Of 0 · ∞ nothing is known; the norm is held where it is by its other terms.
      if (!Number.isNaN(others)) addSlopesInto(out, each, sizes, others);
    });
  } else if ("power" in node) {
    const slope = node.exponent * sizeAt(node.power, sizes) ** (node.exponent - 1);
    addSlopesInto(out, node.power, sizes, by * slope);
  } else addSlopesInto(out, node.of, sizes, by * node.scale);
}

function roundingsOf(node: Node, perLeaf: readonly number[]): number {
  if ("leaf" in node) return perLeaf[node.leaf];
  if ("sum" in node) return Math.max(...node.sum.map((each) => roundingsOf(each, perLeaf))) + node.sum.length;
  if ("product" in node) {
    return node.product.reduce((all, each) => all + roundingsOf(each, perLeaf) + 1, 0);
  }
  if ("scale" in node) return roundingsOf(node.of, perLeaf) + 1;
  return Math.ceil(Math.max(1, node.exponent) * roundingsOf(node.power, perLeaf)) + POWER_ROUNDINGS;
}

function textOf(node: Node, leaves: readonly Leaf[], symbols: readonly string[]): string {
  if ("leaf" in node) {
    const { norm, factor } = leaves[node.leaf];
    return norm.label(symbols[factor]);
  }
  const inner = (each: Node) => textOf(each, leaves, symbols);
  const grouped = (each: Node, when: boolean) => (when ? `(${inner(each)})` : inner(each));
  const isSum = (each: Node): boolean => "sum" in each && (each.sum.length > 1 || isSum(each.sum[0]));
  if ("sum" in node) return node.sum.map(inner).join(" + ");
  if ("product" in node) {
    return node.product.map((each, i) => grouped(each, isSum(each) || ("scale" in each && i > 0))).join("");
  }
  if ("scale" in node) return `${shareText(node.scale)}${grouped(node.of, isSum(node.of) || "scale" in node.of)}`;
  return `${grouped(node.power, !("leaf" in node.power))}${exponentText(node.exponent)}`;
}
