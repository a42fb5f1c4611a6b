/**
 * One hidden layer of relus on data that stay resident: X = (V U)₊ Aᵀ and its gradients, 256 samples at a time so that their
 * activations are read from the cache they were written to. V samples × features, U features × r, A outputs × r, branch last.
 */
import { type Arithmetic, FIRST_ADDRESS, newWorkspace, type Workspace } from "./loader.ts";
import { multiplyInto } from "./multiply.ts";

export interface NeuronProducts {
  /** x (samples × outputs) = (V U)₊ Aᵀ. Cost 2·samples·r·(features + outputs) flops. Keeps what the gradients need. */
  forwardInto(x: Float64Array, u: Float64Array, a: Float64Array, r: number): void;
  /**
   * Gradients of ⟨w, X⟩ at the last point of `forwardInto`: p in U, q in A; at a kink that of the side where the neuron is
   * off. Twice the cost of the way forward.
   */
  backwardInto(p: Float64Array, q: Float64Array, w: Float64Array): void;
}

export interface NeuronShape {
  readonly samples: number;
  readonly features: number;
  readonly outputs: number;
}

/** Samples of a block: as many as a partial sum has terms, so that blocks change no sum. */
const BLOCK = 256;

export function neuronProducts(
  input: Float64Array,
  shape: NeuronShape,
  arithmetic: Arithmetic = "compiled",
): NeuronProducts {
  const workspace = arithmetic === "plain" ? undefined : newWorkspace();
  return workspace === undefined ? plainProducts(input, shape) : compiledProducts(input, shape, workspace);
}

function compiledProducts(
  input: Float64Array,
  { samples, features, outputs }: NeuronShape,
  workspace: Workspace,
): NeuronProducts {
  const { code } = workspace;
  const work = FIRST_ADDRESS;
  const vAt = work + 16 * Math.ceil(code.workBytes() / 16);
  const xAt = vAt + 8 * samples * features;
  const uAt = xAt + 8 * samples * outputs;
  workspace.numbers(uAt).set(input, vAt / 8);
  /** Width of the last point, and what lies behind U. */
  let r = 0;
  let [aAt, zAt, pAt, qAt, backAt] = [0, 0, 0, 0, 0];

  function layOut(width: number): number {
    r = width;
    aAt = uAt + 8 * features * r;
    pAt = aAt + 8 * outputs * r;
    qAt = pAt + 8 * features * r;
    backAt = qAt + 8 * outputs * r;
    zAt = backAt + 8 * Math.min(BLOCK, samples) * r;
    return zAt + 8 * samples * r;
  }

  return {
    forwardInto(x, u, a, width) {
      const end = layOut(width);
      if (r === 0 || samples === 0) {
        x.fill(0);
        return;
      }
      const numbers = workspace.numbers(end);
      numbers.set(u, uAt / 8);
      numbers.set(a, aAt / 8);
      for (let n = 0; n < samples; n += BLOCK) {
        const count = Math.min(BLOCK, samples - n);
        const [v, z, out] = [vAt + 8 * n * features, zAt + 8 * n * r, xAt + 8 * n * outputs];
        code.multiply(z, 8 * r, v, 8 * features, 8, uAt, 8 * r, 8, count, r, features, 0, 0, work);
        code.relu(z, count * r);
        code.multiply(out, 8 * outputs, z, 8 * r, 8, aAt, 8, 8 * r, count, outputs, r, 0, 0, work);
      }
      x.set(numbers.subarray(xAt / 8, xAt / 8 + samples * outputs));
    },
    backwardInto(p, q, w) {
      if (r === 0 || samples === 0) {
        p.fill(0);
        q.fill(0);
        return;
      }
      const numbers = workspace.numbers(0);
      numbers.set(w, xAt / 8);
      for (let n = 0; n < samples; n += BLOCK) {
        const count = Math.min(BLOCK, samples - n);
        const [v, z, weight] = [vAt + 8 * n * features, zAt + 8 * n * r, xAt + 8 * n * outputs];
        const adds = n > 0 ? 1 : 0;
        code.multiply(backAt, 8 * r, weight, 8 * outputs, 8, aAt, 8 * r, 8, count, r, outputs, 0, 0, work);
        code.reluSlope(backAt, z, count * r);
        code.multiply(pAt, 8 * r, v, 8, 8 * features, backAt, 8 * r, 8, features, r, count, adds, 0, work);
        code.multiply(qAt, 8 * r, weight, 8, 8 * outputs, z, 8 * r, 8, outputs, r, count, adds, 0, work);
      }
      p.set(numbers.subarray(pAt / 8, pAt / 8 + features * r));
      q.set(numbers.subarray(qAt / 8, qAt / 8 + outputs * r));
    },
  };
}

function plainProducts(input: Float64Array, { samples, features, outputs }: NeuronShape): NeuronProducts {
  const arithmetic = "plain";
  let r = 0;
  let active = new Float64Array(0);
  let outer = new Float64Array(0);
  return {
    forwardInto(x, u, a, width) {
      r = width;
      outer = a.slice();
      active = new Float64Array(samples * r);
      multiplyInto(active, input, u, { m: samples, n: r, k: features, arithmetic });
      for (let k = 0; k < active.length; k++) if (active[k] <= 0) active[k] = 0;
      multiplyInto(x, active, a, { m: samples, n: outputs, k: r, transposeB: true, arithmetic });
    },
    backwardInto(p, q, w) {
      const back = new Float64Array(active.length);
      multiplyInto(back, w, outer, { m: samples, n: r, k: outputs, arithmetic });
      for (let k = 0; k < back.length; k++) if (!(active[k] > 0)) back[k] = 0;
      multiplyInto(p, input, back, { m: features, n: r, k: samples, transposeA: true, arithmetic });
      multiplyInto(q, w, active, { m: outputs, n: r, k: samples, transposeA: true, arithmetic });
    },
  };
}
