/** What a rule of shapes is told about a node, and how it reads it. */
import type { OnnxNode } from "../onnx-file.ts";
import type { Amount, Amounts } from "./amounts.ts";

/** What is known about an array without computing it. */
export interface TensorFacts {
  readonly shape: Amounts | undefined;
  /** The numbers of a small array that follow from the file and from shapes alone, row-major. */
  readonly entries: Amounts | undefined;
  /** Of floating point numbers: they divide without rounding. */
  readonly isFloat: boolean;
  /** Stored floating point numbers, more than one: trained, and so no constants of the graph. */
  readonly isWeight: boolean;
}

export interface NodeFacts {
  readonly node: OnnxNode;
  /** Undefined for an input that is left out, or of which nothing is known. */
  readonly inputs: readonly (TensorFacts | undefined)[];
  /** The version of the operators. */
  readonly opset: number;
}

/** The shape of the first output, undefined where it is not known. */
export type ShapeRule = (facts: NodeFacts) => Amounts | undefined;

export function shapeAt({ inputs }: NodeFacts, position: number): Amounts | undefined {
  return inputs[position]?.shape;
}

export function entriesAt({ inputs }: NodeFacts, position: number): Amounts | undefined {
  return inputs[position]?.entries;
}

export function isGiven({ node }: NodeFacts, position: number): boolean {
  return (node.inputs[position] ?? "") !== "";
}

export function int({ node }: NodeFacts, name: string): number | undefined {
  return node.attributes.get(name)?.int;
}

export function flag(facts: NodeFacts, name: string): boolean {
  return (int(facts, name) ?? 0) !== 0;
}

export function ints({ node }: NodeFacts, name: string): readonly number[] {
  return node.attributes.get(name)?.ints ?? [];
}

export function text({ node }: NodeFacts, name: string): string | undefined {
  return node.attributes.get(name)?.text;
}

/** A list that older versions have as an attribute and newer ones as an input. */
export function listOf(facts: NodeFacts, name: string, position: number): Amounts | "absent" | "unknown" {
  const attribute = facts.node.attributes.get(name);
  if (attribute !== undefined) return attribute.ints;
  if (!isGiven(facts, position)) return "absent";
  return entriesAt(facts, position) ?? "unknown";
}

/** Axes counted from the front, each once; undefined where one is not known or not there. */
export function axesOf(axes: Amounts, rank: number): readonly number[] | undefined {
  const found = axes.map((axis) => axisOf(axis, rank));
  const kept = found.filter((axis) => axis !== undefined);
  return kept.length === axes.length && new Set(kept).size === axes.length ? kept : undefined;
}

/** An axis counted from the end becomes one counted from the front. */
export function axisOf(axis: Amount | undefined, rank: number): number | undefined {
  if (typeof axis !== "number" || !Number.isInteger(axis)) return undefined;
  const place = axis < 0 ? axis + rank : axis;
  return place >= 0 && place < rank ? place : undefined;
}

/** `lengths` with some of them replaced. */
export function withLengths(lengths: Amounts, changes: Iterable<readonly [axis: number, length: Amount]>): Amounts {
  const out = [...lengths];
  for (const [axis, length] of changes) out[axis] = length;
  return out;
}
