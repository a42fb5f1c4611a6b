/**
 * Samples at the vertices of a cover: the numbers v_n · c, and who of them may change its sign within a cell. On the cone of the
 * vertices c_i a sample with v_n · c_i ≥ 0 for all i is linear, one with v_n · c_i ≤ 0 is 0; only the others, the crossing ones,
 * have to be bounded. Cost of a cell: d count/16 word operations.
 */
import type { Samples } from "./neuron-samples.ts";

export class SampleVertices {
  /** Row i: v_n · c_i for every n. Within γ_{d+1}, as the entries of v_n are at most 1 and ‖c_i‖₁ = 1. */
  reach = new Float64Array(0);
  /** Samples found by `findCrossing`, and how many. */
  readonly crossing: Int32Array;
  crossings = 0;
  private signs = new Int32Array(0);
  private readonly words: number;

  constructor(private readonly samples: Samples) {
    this.crossing = new Int32Array(samples.count);
    this.words = (samples.count + 31) >>> 5;
  }

  /** Vertex `index`, a row of `points`. */
  add(points: Float64Array, index: number): void {
    const { count, dimension: d, rows } = this.samples;
    const { words } = this;
    if ((index + 1) * count > this.reach.length) this.grow(index);
    const at = index * count;
    const mask = index * 2 * words;
    for (let n = 0; n < count; n++) {
      let sum = 0;
      for (let j = 0; j < d; j++) sum += rows[n * d + j] * points[index * d + j];
      this.reach[at + n] = sum;
      if (sum > 0) this.signs[mask + (n >>> 5)] |= 1 << (n & 31);
      else if (sum < 0) this.signs[mask + words + (n >>> 5)] |= 1 << (n & 31);
    }
  }

  /** Fills `crossing` for the cell at `cells[at…]`. */
  findCrossing(cells: Int32Array, at: number): void {
    const { words, signs } = this;
    const d = this.samples.dimension;
    let found = 0;
    for (let word = 0; word < words; word++) {
      let above = 0;
      let below = 0;
      for (let i = 0; i < d; i++) {
        const mask = cells[at + i] * 2 * words + word;
        above |= signs[mask];
        below |= signs[mask + words];
      }
      for (let both = above & below; both !== 0; both &= both - 1) {
        this.crossing[found++] = 32 * word + 31 - Math.clz32(both & -both);
      }
    }
    this.crossings = found;
  }

  private grow(index: number): void {
    const vertices = Math.max(64, 2 * (index + 1));
    const reach = new Float64Array(vertices * this.samples.count);
    reach.set(this.reach);
    this.reach = reach;
    const signs = new Int32Array(vertices * 2 * this.words);
    signs.set(this.signs);
    this.signs = signs;
  }
}
