/**
 * u vᵀ through its shorter factor: max over ‖u‖_a ≤ 1 of f(u) = ‖Wᵀu‖_{b*}, by the branch and bound of `cover/`. For a norm
 * α‖u‖₂ + β‖u‖₁ with α > 0, free or on u ≥ 0, and any norm on the other factor. (d) theory.md §4.1.
 */
import type { Observed } from "../../linalg/observed.ts";
import { dividedBy, multiplyTransposedInto, transpose } from "../../linalg/observed.ts";
import { gamma, powerOfTwoAbove, roundedUp, UNDERFLOW } from "../../linalg/rounding.ts";
import { euclideanLength } from "../../linalg/vector.ts";
import type { Norm } from "../../problem/regularizer/norm.ts";
import type { Closer } from "./closing.ts";
import { coverCloser } from "./cover/cover-closer.ts";
import type { Domain } from "./cover/sphere-cover.ts";

/** Longer factors have too many orthants to begin with. */
export const MOST_COVERED = 8;

const DEAR_SHARE = 1 / 64;

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
  return coverCloser({
    problem: {
      dimension: length,
      domain: domainOf(covered, other),
      alpha: mixture.l2,
      beta: mixture.l1,
      above: (u) => roundedUp(other.dualUpper(project(u)) + lost, 2),
      below: (u) => other.dualValue(project(u)),
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
    // A dual norm that takes an iteration has a search of its own.
    share: other.climber === undefined ? 1 : DEAR_SHARE,
    unit,
    why: `factor ${first ? 1 : 2} has ${length} entries, few enough to cover their sphere with cells`,
    branch: (u) => {
      const v = other.dualDirection(project(u));
      return first ? [u, v] : [v, u];
    },
  });
}

function isCoverable({ mixture, constrained, nonnegative }: Norm): boolean {
  return mixture !== undefined && mixture.l2 > 0 && (!constrained || nonnegative);
}

function domainOf(covered: Norm, other: Norm): Domain {
  if (covered.nonnegative) return "orthant";
  return other.constrained ? "sphere" : "half-sphere";
}
