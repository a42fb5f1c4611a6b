/**
 * u vᵀ through its shorter factor: max over ‖u‖_a ≤ 1 of f(u) = ‖Wᵀu‖_{b*}, by the branch and bound of `cover/`. For a norm
 * α‖u‖₂ + β‖u‖₁ with α > 0, free or on u ≥ 0, and any norm on the other factor. (d) theory.md §4.1.
 */
import type { Observed } from "../../linalg/observed.ts";
import { dividedBy, multiplyTransposedInto, transpose } from "../../linalg/observed.ts";
import { gamma, powerOfTwoAbove, roundedUp, UNDERFLOW } from "../../linalg/rounding.ts";
import { euclideanLength, lengthBound } from "../../linalg/vector.ts";
import type { Norm } from "../../problem/regularizer/norm.ts";
import type { Closer } from "./closing.ts";
import { coverCloser } from "./cover/cover-closer.ts";
import type { Domain } from "./cover/sphere-cover.ts";

/** Longer factors have too many orthants to begin with. */
export const MOST_COVERED = 8;

/** Of cells, where one takes some tenth of a second. */
const DEAR_SHARE = 1 / 8192;

/** A cell with no more products of images than this costs what a cell should. */
const CHEAP_PRODUCTS = 8000;

/** Undefined where neither factor can be covered. */
export function tableCover(w: Observed, a: Norm, b: Norm): Closer | undefined {
  const sides = [
    { table: w, covered: a, other: b, first: true, length: w.rows },
    { table: transpose(w), covered: b, other: a, first: false, length: w.columns },
  ];
  const [side] = sides
    .filter(({ covered, length }) => isCoverable(covered) && length <= MOST_COVERED)
    .sort((x, y) => x.length - y.length);
  if (side === undefined) return undefined;
  const { table, covered, other, first, length } = side;
  const { mixture = { l2: 1, l1: 0 } } = covered;
  const unit = powerOfTwoAbove(table.value);
  const scaled = dividedBy(table, unit);
  const size = euclideanLength(scaled.value);
  const p = new Float64Array(table.columns);
  // ‖fl(Wᵀu) − Wᵀu‖₂ ≤ γ ‖W‖_F ‖u‖₂, and vertices have ‖u‖₂ ≤ ‖u‖₁ = 1.
  const error = roundedUp(gamma(length + 2) * size, scaled.value.length) + table.columns * UNDERFLOW;
  const lost = roundedUp(error / other.euclideanFloor, 2);
  const project = (u: Float64Array): Float64Array => {
    multiplyTransposedInto(p, scaled, u);
    return p;
  };
  // A dual norm that takes an iteration has a search of its own, and is not begun when time is up.
  const isDear = other.climber !== undefined;
  return stoppable((isLate) =>
    coverCloser({
      problem: {
        dimension: length,
        domain: domainOf(covered, other),
        alpha: mixture.l2,
        beta: mixture.l1,
        above: (u) =>
          isDear && isLate()
            ? roundedUp((lengthBound(project(u)) + error) / other.euclideanFloor, 3)
            : roundedUp(other.dualUpper(project(u)) + lost, 2),
        below: (u) => (isDear && isLate() ? 0 : other.dualValue(project(u))),
        scale: size / other.euclideanFloor,
        image:
          other.mixture !== undefined && (other.nonnegative || !other.constrained)
            ? {
                of: (u) => project(u).slice(),
                error,
                alpha: other.mixture.l2,
                beta: other.mixture.l1,
                nonnegative: other.nonnegative,
              }
            : undefined,
      },
      share: isDear ? DEAR_SHARE : Math.min(1, CHEAP_PRODUCTS / (length ** 2 * table.columns)),
      unit,
      why: `factor ${first ? 1 : 2} has ${length} entries, few enough for a cover of their sphere`,
      branch: (u) => {
        const v = other.dualDirection(project(u));
        return first ? [u, v] : [v, u];
      },
    }),
  );
}

/** A closer whose values may ask whether time is up. */
export function stoppable(closerOf: (isLate: () => boolean) => Closer): Closer {
  let stopped: () => boolean = () => false;
  const closer = closerOf(() => stopped());
  return {
    witness: closer.witness,
    close(options) {
      stopped = options.stopped;
      return closer.close(options);
    },
    check(arrays, options) {
      stopped = options.stopped;
      return closer.check(arrays, options);
    },
  };
}

function isCoverable({ mixture, constrained, nonnegative }: Norm): boolean {
  return mixture !== undefined && mixture.l2 > 0 && (!constrained || nonnegative);
}

function domainOf(covered: Norm, other: Norm): Domain {
  if (covered.nonnegative) return "orthant";
  return other.constrained ? "sphere" : "half-sphere";
}
