/**
 * Branches of dense layers with relu, leaky relu, abs and powers between them, on kernels of our own. Layers act on the rows of
 * a samples × width array; the bias of the first one is the last row of its kernel.
 *
 * Cost of a pass: 2·samples·Σ in·out flops forward, twice that more for the gradient. Buffers live as long as the program.
 */
import type { LayerConfig } from "../../config/config.ts";
import { gamma, roundedUp } from "../../linalg/rounding.ts";
import { euclideanLength } from "../../linalg/vector.ts";
import type { Branch } from "../factors.ts";
import type { NetworkProgram } from "./mapping.ts";
import { type NetworkData, type NetworkPlan, planNetwork } from "./network-plan.ts";

/** Whether `denseProgram` runs these layers: dense ones without a bias behind the first, and activations that it knows. */
export function hasOwnKernels(layers: readonly LayerConfig[]): boolean {
  let isFirst = true;
  for (const layer of layers) {
    if (layer.kind === "dense") {
      if (layer.bias && !isFirst) return false;
      isFirst = false;
    } else if (activationOf(layer) === undefined && !isSilent(layer)) return false;
  }
  return true;
}

function activationOf(layer: LayerConfig): Activation | undefined {
  switch (layer.kind) {
    case "relu":
    case "abs":
      return { kind: layer.kind };
    case "leakyRelu":
    case "power":
      return layer;
    default:
      return undefined;
  }
}

/** Layers that leave the numbers where they are. */
function isSilent({ kind }: LayerConfig): boolean {
  return kind === "flatten" || kind === "dropout";
}

type Activation =
  | { readonly kind: "relu" | "abs" }
  | { readonly kind: "leakyRelu"; readonly slope: number }
  | { readonly kind: "power"; readonly exponent: number };

type Step = DenseStep | { readonly kind: "activation"; readonly layer: Activation; readonly width: number };

interface DenseStep {
  readonly kind: "dense";
  readonly parameter: number;
  readonly inputs: number;
  readonly width: number;
  readonly bias: boolean;
}

/** Throws on layers that `hasOwnKernels` or `planNetwork` refuse: callers ask first. */
export function denseProgram(layers: readonly LayerConfig[], data: NetworkData): NetworkProgram {
  const planned = planNetwork(layers, data);
  if (!planned.ok) throw new Error(`mapping.layers[${planned.layer.join(".")}]: ${planned.message}`);
  const { plan } = planned;
  const { samples, outputs, input } = data;
  const steps = stepsOf(plan);
  const firstDense = steps.findIndex(({ kind }) => kind === "dense");
  /** values[s] goes into step s. */
  const values = [input, ...steps.map(({ width }) => new Float64Array(samples * width))];
  const slopes = values.map(({ length }, s) => (s > firstDense ? new Float64Array(length) : new Float64Array(0)));
  const result = values[steps.length];

  function run(branch: Branch): void {
    for (const [s, step] of steps.entries()) {
      const [x, y] = [values[s], values[s + 1]];
      if (step.kind === "dense") multiplyRowsInto(y, x, branch[step.parameter], step, samples);
      else activateInto(y, x, step.layer);
    }
  }

  return {
    parameters: plan.parameters,
    samples,
    outputs,
    forward(branch) {
      run(branch);
      return result.slice();
    },
    backward(branch, w) {
      run(branch);
      const gradients = plan.parameters.map(({ shape }) => new Float64Array(shape.reduce((all, n) => all * n, 1)));
      slopes[steps.length].set(w);
      for (let s = steps.length - 1; s >= firstDense; s--) {
        const step = steps[s];
        const [x, d] = [values[s], slopes[s + 1]];
        if (step.kind === "activation") derivativeInto(slopes[s], x, d, step.layer);
        else {
          correlateRowsInto(gradients[step.parameter], x, d, step, samples);
          if (s > firstDense) multiplyTransposedRowsInto(slopes[s], d, branch[step.parameter], step, samples);
        }
      }
      return gradients;
    },
    error: (branch) => forwardError(branch, steps, input, samples),
  };
}

function stepsOf({ layers, parameters }: NetworkPlan): readonly Step[] {
  return layers.flatMap(({ layer, inputShape, outputShape, parameters: own }): Step[] => {
    const width = outputShape.reduce((all, n) => all * n, 1);
    if (layer.kind === "dense") {
      const [parameter] = own;
      return [{ kind: "dense", parameter, inputs: inputShape[0], width, bias: parameters[parameter].biasRow === true }];
    }
    if (isSilent(layer)) return [];
    const activation = activationOf(layer);
    if (activation === undefined) throw new Error(`${layer.kind} has no kernel here`);
    return [{ kind: "activation", layer: activation, width }];
  });
}

/** y (samples × width) = x W, W: inputs × width, plus its last row where there is a bias. Cost 2·samples·inputs·width. */
function multiplyRowsInto(
  y: Float64Array,
  x: Float64Array,
  w: Float64Array,
  { inputs, width, bias }: DenseStep,
  samples: number,
): void {
  const offset = inputs * width;
  if (width === 1) {
    multiplyColumnInto(y, x, w, inputs, bias ? w[offset] : 0);
    return;
  }
  for (let n = 0; n < samples; n++) {
    const to = n * width;
    for (let j = 0; j < width; j++) y[to + j] = bias ? w[offset + j] : 0;
    for (let i = 0; i < inputs; i++) {
      const xi = x[n * inputs + i];
      // Behind a relu half of them are: the row adds nothing.
      if (xi === 0) continue;
      const from = i * width;
      for (let j = 0; j < width; j++) y[to + j] += xi * w[from + j];
    }
  }
}

/** y = start + x w for one unit: four rows at a time, as a sum waits for its last addition. */
function multiplyColumnInto(y: Float64Array, x: Float64Array, w: Float64Array, inputs: number, start: number): void {
  let n = 0;
  for (; n + 4 <= y.length; n += 4) {
    let [at0, at1, at2, at3] = [n * inputs, (n + 1) * inputs, (n + 2) * inputs, (n + 3) * inputs];
    let [sum0, sum1, sum2, sum3] = [start, start, start, start];
    for (let i = 0; i < inputs; i++) {
      const wi = w[i];
      sum0 += x[at0++] * wi;
      sum1 += x[at1++] * wi;
      sum2 += x[at2++] * wi;
      sum3 += x[at3++] * wi;
    }
    y[n] = sum0;
    y[n + 1] = sum1;
    y[n + 2] = sum2;
    y[n + 3] = sum3;
  }
  for (; n < y.length; n++) {
    let sum = start;
    for (let i = 0; i < inputs; i++) sum += x[n * inputs + i] * w[i];
    y[n] = sum;
  }
}

/** g (as W) = xᵀ d, the gradient of ⟨d, x W⟩ in W; of the bias row the sum of d. Cost 2·samples·inputs·width. */
function correlateRowsInto(
  g: Float64Array,
  x: Float64Array,
  d: Float64Array,
  { inputs, width, bias }: DenseStep,
  samples: number,
): void {
  const offset = inputs * width;
  for (let n = 0; n < samples; n++) {
    const from = n * width;
    if (width === 1) {
      const dn = d[n];
      // Behind a relu that is off.
      if (dn === 0) continue;
      for (let i = 0, at = n * inputs; i < inputs; i++) g[i] += x[at++] * dn;
      if (bias) g[offset] += dn;
      continue;
    }
    for (let i = 0; i < inputs; i++) {
      const xi = x[n * inputs + i];
      if (xi === 0) continue;
      const to = i * width;
      for (let j = 0; j < width; j++) g[to + j] += xi * d[from + j];
    }
    if (bias) for (let j = 0; j < width; j++) g[offset + j] += d[from + j];
  }
}

/** e (samples × inputs) = d Wᵀ, the gradient of ⟨d, x W⟩ in x. Cost 2·samples·inputs·width. */
function multiplyTransposedRowsInto(
  e: Float64Array,
  d: Float64Array,
  w: Float64Array,
  { inputs, width }: DenseStep,
  samples: number,
): void {
  for (let n = 0; n < samples; n++) {
    const from = n * width;
    for (let i = 0; i < inputs; i++) {
      let sum = 0;
      for (let j = 0, at = i * width; j < width; j++, at++) sum += d[from + j] * w[at];
      e[n * inputs + i] = sum;
    }
  }
}

function activateInto(y: Float64Array, x: Float64Array, layer: Activation): void {
  switch (layer.kind) {
    case "relu":
      for (let k = 0; k < x.length; k++) y[k] = x[k] > 0 ? x[k] : keepNaN(x[k]);
      return;
    case "leakyRelu": {
      const { slope } = layer;
      for (let k = 0; k < x.length; k++) y[k] = x[k] > 0 ? x[k] : slope * x[k];
      return;
    }
    case "abs":
      for (let k = 0; k < x.length; k++) y[k] = Math.abs(x[k]);
      return;
    case "power":
      for (let k = 0; k < x.length; k++) y[k] = wholePower(x[k], layer.exponent);
      return;
    default:
      layer satisfies never;
  }
}

/** e = d times the derivative of the activation at x; at a kink the derivative from the left (for |·| 0). */
function derivativeInto(e: Float64Array, x: Float64Array, d: Float64Array, layer: Activation): void {
  switch (layer.kind) {
    case "relu":
      for (let k = 0; k < x.length; k++) e[k] = x[k] > 0 ? d[k] : 0;
      return;
    case "leakyRelu": {
      const { slope } = layer;
      for (let k = 0; k < x.length; k++) e[k] = x[k] > 0 ? d[k] : slope * d[k];
      return;
    }
    case "abs":
      for (let k = 0; k < x.length; k++) e[k] = Math.sign(x[k]) * d[k];
      return;
    case "power": {
      const { exponent } = layer;
      for (let k = 0; k < x.length; k++) e[k] = exponent * wholePower(x[k], exponent - 1) * d[k];
      return;
    }
    default:
      layer satisfies never;
  }
}

/** A number that is not one must not hide behind a relu. */
function keepNaN(x: number): number {
  return x <= 0 ? 0 : Number.NaN;
}

/** xᵏ for whole k ≥ 0 by squaring: what stands there is a product of k copies of x, so the relative error is at most γ_{k−1}. */
export function wholePower(x: number, k: number): number {
  if (k === 1) return x;
  if (k === 2) return x * x;
  let [result, square] = [1, x];
  for (let left = k; left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) result *= square;
    if (left > 1) square *= square;
  }
  return result;
}

/** What is added to every number of the bound: far above what underflow takes, far below what matters. */
const FLOOR = 2 ** -960;

/**
 * ‖fl(φ) − φ‖_F ≤ γ_K ‖A‖_F, where A is the network on absolute values (|V|, |W|; relu and abs become the identity, leaky relu
 * max(1, |s|) times it) and K counts the roundings along a path (d):
 *   dense on d inputs  K + d (+ 1 with a bias), by |x̂ − x| ≤ γ_K A and higham2002, (3.5), with γ_j + γ_k + γ_j γ_k ≤ γ_{j+k};
 *   relu, abs          K, as they are 1-Lipschitz;   leaky relu  K + 1;
 *   xᵏ                 k K + k − 1, as |x̂ᵏ − xᵏ| ≤ ((1 + γ_K)ᵏ − 1) Aᵏ.
 * A product that underflows is off by 2⁻¹⁰⁷⁵ at most, which γ_K times FLOOR in every entry of A covers with room for those of
 * this bound's own arithmetic. Cost of one forward pass.
 */
function forwardError(branch: Branch, steps: readonly Step[], input: Float64Array, samples: number): number {
  if (branch.some((slice) => slice.every((x) => x === 0))) return 0;
  let size = input.map(Math.abs);
  let roundings = 0;
  for (const step of steps) {
    const next = new Float64Array(samples * step.width);
    if (step.kind === "dense") {
      multiplyRowsInto(next, size, branch[step.parameter].map(Math.abs), step, samples);
      roundings += step.inputs + (step.bias ? 1 : 0);
    } else {
      const { layer } = step;
      const factor = layer.kind === "leakyRelu" ? Math.max(1, Math.abs(layer.slope)) : 1;
      const exponent = layer.kind === "power" ? layer.exponent : 1;
      for (let k = 0; k < size.length; k++) next[k] = factor * wholePower(size[k], exponent);
      roundings = exponent * roundings + exponent - 1 + (layer.kind === "leakyRelu" ? 1 : 0);
    }
    for (let k = 0; k < next.length; k++) next[k] += FLOOR;
    size = next;
    // For the addition of FLOOR in the bound's own arithmetic.
    roundings++;
  }
  const bound = gamma(roundings) * roundedUp(euclideanLength(size), roundings + size.length + 8);
  return Number.isNaN(bound) ? Number.POSITIVE_INFINITY : roundedUp(bound, 1);
}
