/**
 * One rule per operation: the degree of a layer's output from those of its inputs and parameters. The same rules answer for all
 * parameters jointly, for one alone, and for the model without its biases: only the `Scope` differs.
 * Source: haeffele2015, section 3; the rows for normalization, attention and recurrence are derived.
 */
import { degree, type Homogeneity, none, power, product, sum } from "./degree.ts";
import type { LayerNode } from "./graph.ts";

/** What is scaled. */
export interface Scope {
  /** 1 for a parameter that is scaled, 0 for one that stays. */
  degreeOf(parameter: number): 0 | 1;
  /** The bias (or shift) of this node counts. */
  hasBias(node: LayerNode): boolean;
}

/** A degree that depends on a layer of which nothing is known. */
interface UnknownDegree {
  readonly kind: "none";
  readonly reason: string;
  readonly unknown: true;
}

/** Degrees of a mixed sum that are kept: the smallest ones and the largest. */
const MAX_DEGREES = 6;

const ZERO = degree(0);
const ONE = degree(1);

export function unknownDegree(reason: string): Homogeneity {
  const value: UnknownDegree = { kind: "none", reason, unknown: true };
  return value;
}

export function isUnknown(value: Homogeneity): boolean {
  return value.kind === "none" && "unknown" in value;
}

export function isDegree(value: Homogeneity, expected: number): boolean {
  return value.kind === "degree" && value.degree === expected;
}

/** The degree after `node`. `inputs` are those of `node.inputs`, in order. */
export function degreeAfter(node: LayerNode, inputs: readonly Homogeneity[], scope: Scope): Homogeneity {
  return compact(rule(node, inputs, scope));
}

function rule(node: LayerNode, inputs: readonly Homogeneity[], scope: Scope): Homogeneity {
  const { operation } = node;
  const input = inputs[0] ?? ZERO;
  const of = (parameter: number): Homogeneity => (scope.degreeOf(parameter) === 1 ? ONE : ZERO);
  const named = `${node.type} in layer ${node.layer}`;
  const withBias = (value: Homogeneity, bias: number | undefined, what: string): Homogeneity =>
    bias === undefined || !scope.hasBias(node) ? value : sum([value, of(bias)], `the ${what} of layer ${node.layer}`);
  switch (operation.kind) {
    case "input":
    case "constant":
      return ZERO;
    case "linear":
      return withBias(linear(inputs, operation.kernels, scope), operation.bias, "bias");
    case "homogeneous":
      return input;
    case "power":
      return power(input, operation.exponent);
    case "sum":
      return sum(operation.constant ? [...inputs, ZERO] : inputs, named);
    case "product":
      return product(inputs);
    case "quotient":
      return quotient(input, inputs[1] ?? ZERO, named);
    case "normalization": {
      const base = operation.fixed
        ? sum([input, ZERO], `the fixed statistics of layer ${node.layer}`)
        : normalized(input, named);
      const scaled = operation.scale === undefined ? base : product([base, of(operation.scale)]);
      return withBias(scaled, operation.shift, "shift");
    }
    case "slope":
      return sum([input, product([input, of(operation.slope)])], `the trained slope of layer ${node.layer}`);
    case "nonlinear":
      return isDegree(input, 0) ? ZERO : lost(inputs, named);
    case "recurrent":
      return recurrence(node, input, operation, of, withBias);
    case "attention": {
      const [query = ZERO, key = query, value = key] = inputs;
      const bias = operation.bias;
      const biased = bias !== undefined && scope.hasBias(node) && scope.degreeOf(bias) !== 0;
      const scores = [query, key, ...operation.scores.map(of)];
      if (biased || scores.some((part) => !isDegree(part, 0)))
        return lost(inputs, `softmax attention in layer ${node.layer}`);
      return product([value, ...operation.values.map(of)]);
    }
    case "unknown":
      return unknownDegree(`${named} is not known`);
    default:
      return operation satisfies never;
  }
}

/** The product of input and kernels. Almost all of them have plain degrees, in models of any number of layers: these are only added. */
function linear(inputs: readonly Homogeneity[], kernels: readonly number[], scope: Scope): Homogeneity {
  let total = 0;
  for (const kernel of kernels) total += scope.degreeOf(kernel);
  for (const input of inputs) {
    if (input.kind !== "degree") return product([...inputs, degree(total)]);
    total += input.degree;
  }
  return degree(total);
}

/** Any norm of x has x's degree, so x over it has degree 0; with terms of several degrees there is none. */
function normalized(input: Homogeneity, named: string): Homogeneity {
  switch (input.kind) {
    case "degree":
      return ZERO;
    case "mixed":
      return none(`${named} of terms of several degrees (${input.reason})`);
    case "none":
      return input;
    default:
      return input satisfies never;
  }
}

function quotient(above: Homogeneity, below: Homogeneity, named: string): Homogeneity {
  if (below.kind === "mixed") return none(`${named} by terms of several degrees`);
  return product([above, power(below, -1)]);
}

/** The first input that has no degree already, else this layer is the reason. */
function lost(inputs: readonly Homogeneity[], reason: string): Homogeneity {
  return inputs.find((input) => input.kind === "none") ?? none(reason);
}

/** After T steps: terms W x_T, U W x_{T−1}, U² W x_{T−2}, …; three of them show whether the degrees agree. */
function recurrence(
  node: LayerNode,
  input: Homogeneity,
  operation: { readonly kernels: readonly number[]; readonly bias?: number; readonly gate?: string },
  of: (parameter: number) => Homogeneity,
  withBias: (value: Homogeneity, bias: number | undefined, what: string) => Homogeneity,
): Homogeneity {
  const [kernel, recurrent] = operation.kernels.map(of);
  const first = withBias(product([input, kernel ?? ZERO]), operation.bias, "bias");
  const step = recurrent ?? ZERO;
  if (operation.gate !== undefined) {
    if (isDegree(first, 0) && isDegree(step, 0)) return ZERO;
    return lost([input], `${operation.gate} in layer ${node.layer} (${node.type})`);
  }
  const terms = [first, product([first, step]), product([first, step, step])];
  return sum(terms, `layer ${node.layer} (${node.type}) uses its recurrent weights once per step`);
}

/** Sums of many skips have as many degrees as there are layers: only some are kept, so that work stays linear. */
function compact(value: Homogeneity): Homogeneity {
  if (value.kind !== "mixed" || value.degrees.length <= MAX_DEGREES) return value;
  return { ...value, degrees: [...value.degrees.slice(0, MAX_DEGREES - 1), ...value.degrees.slice(-1)] };
}
