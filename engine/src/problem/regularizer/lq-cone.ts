/**
 * (Σ|x_i|^q)^{1/q}, 0 < q < 1, on slices of an intersection of cones, perhaps with at most k entries that are not 0.
 *
 * On a cone within one orthant ‖x + y‖_q ≥ ‖x‖_q + ‖y‖_q, so ⟨p, x⟩/‖x‖_q is largest on an extreme ray of the cones and the
 * orthants: there no smaller support will do. Dual directions and proxes are therefore searched on smaller and smaller supports
 * (`support-search.ts`), the prox going on by projected gradients: a feasible point, no worse than 0, not always the least of all.
 * Upper bound of the dual norm: ‖x‖_q ≥ ‖x‖₁.
 */
import { powerOfTwoAbove, UNIT_ROUNDOFF } from "../../linalg/rounding.ts";
import { addScaledInto, dot, euclideanLength, over, times } from "../../linalg/vector.ts";
import { l1 } from "./l1.ts";
import { powerSum } from "./lq.ts";
import { lqConcave, slopeInto } from "./lq-concave.ts";
import type { Climber, Norm } from "./norm.ts";
import { proxResidual } from "./prox-residual.ts";
import { sparseOnCones } from "./sparse-cone.ts";
import type { SparseSet } from "./sparse-set.ts";
import { supportsOf } from "./sparse-set.ts";
import { masked, supportOf } from "./support.ts";
import type { Term } from "./terms.ts";
import { onCones } from "./terms.ts";

/** Supports from which the prox goes on. */
const FINALISTS = 3;
const MOST_STEPS = 60;
const MOST_HALVINGS = 20;

export function lqOnCones(q: number, set: SparseSet): Norm {
  const { size, limit, cones } = set;
  const terms: readonly Term[] = [{ kind: "l1", weight: 1, norm: l1 }];
  const base = lqConcave(q);
  const supports = supportsOf(terms, set, { isDeep: true });
  const { violation } = supports;
  const relaxed = limit < size ? sparseOnCones(terms, set) : onCones(terms, cones);

  /** The nearest point of the cones on that support, about. */
  function projected(x: Float64Array, support: readonly number[]): Float64Array {
    const y = x.slice();
    supports.on(support).proxInto(y, 0);
    return y;
  }

  /** The best of the points about x, for `unit` with entries up to 1, on smaller and smaller supports; 0 without any. */
  function reaching(unit: Float64Array, x: Float64Array, seeds: () => readonly Float64Array[]): Float64Array {
    let best: Float64Array = new Float64Array(size);
    let most = 0;
    const worth = (y: Float64Array) => (y.some((entry) => entry !== 0) ? dot(unit, y) / base.value(y) : 0);
    for (const { support } of supports.around(x, { seeds, worth })) {
      const y = projected(x, support);
      const reached = violation(y) === undefined ? worth(y) : 0;
      if (!(reached > most)) continue;
      const length = base.value(y);
      [most, best] = [reached, over(y, length)];
    }
    return best;
  }

  function direction(p: Float64Array): Float64Array {
    const scale = powerOfTwoAbove(p);
    if (!(scale > 0 && scale < Number.POSITIVE_INFINITY)) return new Float64Array(size);
    const unit = over(p, scale);
    return reaching(unit, unit, () => [relaxed.dualDirection(unit)]);
  }

  const climber = (): Climber => (p, x) => {
    const scale = powerOfTwoAbove(p);
    const length = violation(x) === undefined ? base.value(x) : 0;
    const old = length > 0 ? over(x, length) : new Float64Array(size);
    if (!(scale > 0 && scale < Number.POSITIVE_INFINITY)) return old;
    const unit = over(p, scale);
    const towards = unit.slice();
    if (length > 0) addScaledInto(towards, euclideanLength(unit) / euclideanLength(old), old);
    const found = [reaching(unit, towards, () => []), reaching(unit, unit, () => [])];
    return found.reduce((best, y) => (dot(unit, y) > dot(unit, best) ? y : best), old);
  };

  /** Nearer to the least ½‖y − z‖² + t‖y‖_q on the support of y: −∇ there, projected, halved until it helps. */
  function descended(start: Float64Array, gainOf: (y: Float64Array) => number, z: Float64Array, t: number) {
    let y = start;
    let gain = gainOf(y);
    let step = 1;
    for (let k = 0; k < MOST_STEPS; k++) {
      const support = supportOf(y);
      const slope = y.map((entry, i) => entry - z[i]);
      addScaledInto(slope, t, slopeInto(new Float64Array(size), y, q));
      let better: Float64Array | undefined;
      for (let halving = 0; halving < MOST_HALVINGS && better === undefined; halving++) {
        const candidate = y.slice();
        addScaledInto(candidate, -step, slope);
        const next = projected(candidate, support);
        const gained = violation(next) === undefined ? gainOf(next) : 0;
        if (gained > gain * (1 + 1e-14)) [better, gain] = [next, gained];
        else step /= 2;
      }
      if (better === undefined) break;
      y = better;
      step = Math.min(1, 2 * step);
    }
    return { y, gain };
  }

  const norm: Norm = {
    ...base,
    constrained: true,
    ...(limit < size ? { support: { limit, nonnegative: set.nonnegative } } : {}),
    ...(relaxed.release === undefined ? {} : { release: relaxed.release }),
    condition: supports.condition,
    value: (x) => (violation(x) === undefined ? base.value(x) : Number.POSITIVE_INFINITY),
    violation,
    dualValue: (p) => Math.max(0, dot(p, direction(p)) * (1 - (size + 8) * 4 * UNIT_ROUNDOFF)),
    dualUpper: relaxed.dualUpper,
    dualDirection: direction,
    climber,
    proxInto(x, t) {
      const scale = powerOfTwoAbove(x);
      if (!(scale > 0 && scale < Number.POSITIVE_INFINITY)) return;
      const z = over(x, scale);
      if (t === 0 && violation(z) === undefined) return;
      const step = t / scale;
      // What y lowers ½‖y − z‖² + step ‖y‖_q by, from y = 0.
      const gainOf = (y: Float64Array) => dot(z, y) - dot(y, y) / 2 - step * powerSum(y, q);
      // The best multiple.
      const multipleOf = (y: Float64Array) => {
        const square = dot(y, y);
        return square > 0 ? Math.max(0, dot(z, y) - step * powerSum(y, q)) / square : 0;
      };
      const worth = (y: Float64Array) => multipleOf(y) ** 2 * dot(y, y);
      const around = supports.around(z, { seeds: () => [], worth });
      const found = [...around.map(({ support }) => projected(z, support)), z]
        .filter((y) => violation(y) === undefined)
        .map((y) => {
          const multiple = multipleOf(y);
          const scaled = times(y, multiple);
          return { y: scaled, gain: gainOf(scaled) };
        })
        .filter(({ gain }) => gain > 0)
        .sort((a, b) => b.gain - a.gain)
        .slice(0, FINALISTS)
        .map(({ y }) => descended(y, gainOf, z, step))
        .sort((a, b) => b.gain - a.gain);
      const [first] = found;
      for (let i = 0; i < size; i++) x[i] = first === undefined ? 0 : first.y[i] * scale;
    },
    /** On the support of x, where the slope is finite; at 0 that of ℓ1. */
    subgradientDistance(p, x) {
      if (euclideanLength(x) === 0) return relaxed.subgradientDistance(p, x);
      const support = supportOf(x);
      const rest = masked(p, support);
      addScaledInto(rest, -1, slopeInto(new Float64Array(size), x, q));
      return proxResidual({ proxInto: (y) => supports.on(support).proxInto(y, 0) }, rest, x);
    },
  };
  return norm;
}
