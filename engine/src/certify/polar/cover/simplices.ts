/** Cones over simplices with shared vertices, halved at edges whose middle float64 holds without rounding. */
import type { Domain } from "./sphere-cover.ts";

/** Two vertices as one number. */
const PAIR = 2 ** 26;

/** Edges that a Map can hold the middles of. */
const MOST_VERTICES = 2 ** 24 - 2 ** 10;

export class Simplices {
  /** Row i is vertex i. */
  points: Float64Array;
  /** Row s is the cell in slot s: d vertices. */
  cells: Int32Array;
  private count = 0;
  private slots = 0;
  private readonly free: number[] = [];
  private readonly middles = new Map<number, number>();

  constructor(
    private readonly d: number,
    private readonly announce: (points: Float64Array, index: number) => void,
  ) {
    this.points = new Float64Array(256 * d);
    this.cells = new Int32Array(256 * d);
  }

  /** The slots of the cells that the domain begins with. */
  orthants(domain: Domain): readonly number[] {
    const { d } = this;
    const patterns = domain === "orthant" ? 1 : domain === "half-sphere" ? 2 ** (d - 1) : 2 ** d;
    const units = new Map<number, number>();
    return Array.from({ length: patterns }, (_, pattern) => {
      const slot = this.slot();
      for (let i = 0; i < d; i++) {
        const sign = (pattern >> i) & 1 ? -1 : 1;
        let vertex = units.get(sign * (i + 1));
        if (vertex === undefined) {
          const at = this.room();
          this.points[at * d + i] = sign;
          vertex = this.announced(at);
          units.set(sign * (i + 1), vertex);
        }
        this.cells[slot * d + i] = vertex;
      }
      return slot;
    });
  }

  /** Cuts a cell in two at its longest edge: one half stays in its slot, the other's slot is returned; −1 where no edge can be cut, or there is no room for more. */
  halve(slot: number): number {
    const { d } = this;
    if (this.count >= MOST_VERTICES) return -1;
    let longest = 0;
    let from = -1;
    let to = -1;
    for (let i = 1; i < d; i++) {
      const a = this.cells[slot * d + i] * d;
      for (let j = 0; j < i; j++) {
        const b = this.cells[slot * d + j] * d;
        const length = this.angle(a, b);
        if (length > longest && this.isExact(a, b)) {
          longest = length;
          from = i;
          to = j;
        }
      }
    }
    if (from < 0) return -1;
    const middle = this.middle(this.cells[slot * d + from], this.cells[slot * d + to]);
    const other = this.slot();
    const { cells } = this;
    for (let k = 0; k < d; k++) cells[other * d + k] = cells[slot * d + k];
    cells[slot * d + from] = middle;
    cells[other * d + to] = middle;
    return other;
  }

  release(slot: number): void {
    this.free.push(slot);
  }

  /** 1 − cos of the angle between two vertices. */
  private angle(a: number, b: number): number {
    const { d, points } = this;
    let dot = 0;
    let aa = 0;
    let bb = 0;
    for (let k = 0; k < d; k++) {
      const x = points[a + k];
      const y = points[b + k];
      dot += x * y;
      aa += x * x;
      bb += y * y;
    }
    return 1 - dot / Math.sqrt(aa * bb);
  }

  /** Whether a + b does not round (knuth: the error of a sum is a sum). */
  private isExact(a: number, b: number): boolean {
    const { d, points } = this;
    for (let k = 0; k < d; k++) {
      const x = points[a + k];
      const y = points[b + k];
      const sum = x + y;
      const part = sum - x;
      if (x - (sum - part) + (y - part) !== 0) return false;
    }
    return true;
  }

  private middle(a: number, b: number): number {
    const key = a < b ? a * PAIR + b : b * PAIR + a;
    const known = this.middles.get(key);
    if (known !== undefined) return known;
    const { d } = this;
    const at = this.room();
    for (let k = 0; k < d; k++) this.points[at * d + k] = (this.points[a * d + k] + this.points[b * d + k]) / 2;
    this.middles.set(key, at);
    return this.announced(at);
  }

  private room(): number {
    const { d } = this;
    if ((this.count + 1) * d > this.points.length) {
      const points = new Float64Array(2 * this.points.length);
      points.set(this.points);
      this.points = points;
    }
    return this.count;
  }

  private announced(at: number): number {
    this.count++;
    this.announce(this.points, at);
    return at;
  }

  private slot(): number {
    const free = this.free.pop();
    if (free !== undefined) return free;
    if ((this.slots + 1) * this.d > this.cells.length) {
      const cells = new Int32Array(2 * this.cells.length);
      cells.set(this.cells);
      this.cells = cells;
    }
    return this.slots++;
  }
}
