/** Supports: sets of entries of a slice outside of which it vanishes, and cones on such slices. */
import type { Cone } from "./cone.ts";

/** Indices in ascending order. */
export type Support = readonly number[];

/** x_i ← 0 outside of the support. */
export function maskInto(x: Float64Array, support: Support): void {
  const kept = support.map((i) => x[i]);
  x.fill(0);
  support.forEach((i, at) => {
    x[i] = kept[at];
  });
}

export function masked(x: Float64Array, support: Support): Float64Array {
  const out = x.slice();
  maskInto(out, support);
  return out;
}

/** The entries that are not 0. */
export function supportOf(x: Float64Array): Support {
  return Array.from(x.keys()).filter((i) => x[i] !== 0);
}

/**
 * The slices of a cone that vanish outside of the support; `projectInto` is the projection of what vanishes there. What the cone
 * releases holds for them too, and p outside of the support does not count, without rounding.
 */
export function coneWithin(cone: Cone, support: Support, projectInto: (x: Float64Array) => void): Cone {
  return {
    condition: cone.condition,
    violation: (x) => outsideOf(x, support) ?? cone.violation(x),
    projectInto(x) {
      maskInto(x, support);
      projectInto(x);
      maskInto(x, support);
    },
    release(p, c) {
      const { moved, slack } = cone.release(p, c);
      maskInto(moved, support);
      return { moved, slack };
    },
  };
}

/** All slices that vanish outside of the support. */
export function coordinates(support: Support): Cone {
  return {
    condition: () => "",
    violation: (x) => outsideOf(x, support),
    projectInto: (x) => maskInto(x, support),
    release: (p) => ({ moved: masked(p, support), slack: 0 }),
  };
}

/**
 * Whether the support is a union of row set × column set with rows and columns of its own each, for slices of `columns` columns:
 * what acts on singular values then keeps what vanishes outside.
 */
export function isBlockwise(support: Support, columns: number): boolean {
  const rows = columnsOfRows(support, columns);
  const owner = new Map<number, string>();
  for (const list of rows.values()) {
    const id = list.join();
    for (const j of list) {
      if ((owner.get(j) ?? id) !== id) return false;
      owner.set(j, id);
    }
  }
  return true;
}

/** Blockwise with the same rows as columns in each block: principal blocks of a square slice. */
export function isPrincipal(support: Support, columns: number): boolean {
  const rows = columnsOfRows(support, columns);
  const isOwn = [...rows].every(([i, list]) => list.includes(i) && list.every((j) => rows.has(j)));
  return isOwn && isBlockwise(support, columns);
}

function columnsOfRows(support: Support, columns: number): Map<number, number[]> {
  const rows = new Map<number, number[]>();
  for (const at of support) {
    const i = Math.floor(at / columns);
    const list = rows.get(i);
    if (list === undefined) rows.set(i, [at % columns]);
    else list.push(at % columns);
  }
  return rows;
}

function outsideOf(x: Float64Array, support: Support): string | undefined {
  let [count, inside] = [0, 0];
  for (const i of support) if (x[i] !== 0) inside++;
  for (let i = 0; i < x.length; i++) if (x[i] !== 0) count++;
  return count === inside ? undefined : `${count - inside} entries outside of the support are not 0`;
}
