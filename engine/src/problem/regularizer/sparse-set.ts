/** Slices of an intersection of cones with at most k entries that are not 0, support by support. */
import { euclideanLength } from "../../linalg/vector.ts";
import type { Norm } from "./norm.ts";
import type { Support } from "./support.ts";
import { masked, maskInto } from "./support.ts";
import type { SupportSearch } from "./support-search.ts";
import { exchanged, isFew, supportsNear } from "./support-search.ts";
import type { Cones, Term } from "./terms.ts";
import { onCones, onSupport } from "./terms.ts";

export interface SparseSet {
  readonly size: number;
  /** Of a slice seen as a matrix. */
  readonly columns: number;
  readonly cones: Cones;
  readonly nonnegative: boolean;
  /** k; the size where there is no limit. */
  readonly limit: number;
}

export interface Supports {
  /** The terms on the cones, without the limit. */
  readonly relaxed: Norm;
  readonly condition: (variable: string) => string;
  violation(x: Float64Array): string | undefined;
  /** The terms on a support. What its functions are given is cut down to that first. */
  on(support: Support): Pick<Norm, "proxInto" | "dualDirection" | "climber">;
  /** About the nearest point with that support; it is, where there is one cone at most. */
  near(x: Float64Array, support: Support): Float64Array;
  /** Worth trying near x, with what is `near` it there. Seeds are asked for where not all supports are tried. */
  around(x: Float64Array, options: AroundOptions): readonly Found[];
}

export interface AroundOptions {
  readonly seeds: () => readonly Float64Array[];
  /** What is to be large, of points that may not be feasible. */
  readonly worth: (y: Float64Array) => number;
}

export interface Found {
  readonly support: Support;
  readonly near: Float64Array;
  readonly worth: number;
}

interface Part {
  readonly norm: Norm;
  readonly projections: readonly ((x: Float64Array) => void)[];
}

/** Supports that are remembered: so many, fewer of long slices, whose cones may hold as many rows as they have entries. */
const MOST_KNOWN = 1000;
const MOST_NUMBERS = 4_000_000;
/** Of exchanges. */
const MOST_ROUNDS = 3;

/** `isDeep` where smaller supports than the limit asks for may be better. */
export function supportsOf(terms: readonly Term[], set: SparseSet, { isDeep }: { readonly isDeep: boolean }): Supports {
  const { size, columns, cones, limit } = set;
  const relaxed = onCones(terms, cones);
  const all = [cones.polyhedral, cones.orthant, cones.psd].filter((cone) => cone !== undefined);
  const known = new Map<string, Part>();
  const side = cones.psd === undefined ? undefined : columns;
  const search: SupportSearch = { size, limit, side, isDeep, near };

  function part(support: Support): Part {
    const id = support.join();
    const found = known.get(id);
    if (found !== undefined) return found;
    const within = all.map((cone) => cone.within?.(support) ?? cone);
    const made = {
      norm: onSupport(terms, cones, support, columns),
      projections: within.map((cone) => (x: Float64Array) => cone.projectInto(x)),
    };
    if (known.size >= Math.min(MOST_KNOWN, MOST_NUMBERS / size ** 2)) known.clear();
    known.set(id, made);
    return made;
  }

  function near(x: Float64Array, support: Support): Float64Array {
    const y = masked(x, support);
    for (const projectInto of part(support).projections) projectInto(y);
    maskInto(y, support);
    return y;
  }

  function violation(x: Float64Array): string | undefined {
    const count = x.reduce((total, entry) => total + (entry === 0 ? 0 : 1), 0);
    return count > limit ? `${count} entries are not 0, more than ${limit}` : relaxed.violation(x);
  }

  return {
    relaxed,
    violation,
    near,
    condition: (variable) =>
      [relaxed.condition(variable), limit < size ? `‖${variable}‖₀ ≤ ${limit}` : ""]
        .filter((words) => words !== "")
        .join(", "),
    on(support) {
      const { norm } = part(support);
      const { climber } = norm;
      return {
        proxInto(x, t) {
          maskInto(x, support);
          norm.proxInto(x, t);
          maskInto(x, support);
        },
        dualDirection: (p) => masked(norm.dualDirection(masked(p, support)), support),
        climber:
          climber === undefined
            ? undefined
            : () => {
                const climb = climber();
                return (p, x) => masked(climb(masked(p, support), masked(x, support)), support);
              },
      };
    },
    around(x, { seeds, worth }) {
      const found = new Map<string, Found>();
      const add = (support: Support) => {
        const id = support.join();
        const before = found.get(id);
        if (before !== undefined) return before;
        const point = near(x, support);
        const added = { support, near: point, worth: worth(point) };
        found.set(id, added);
        return added;
      };
      const best = () => [...found.values()].reduce((a, b) => (b.worth > a.worth ? b : a));
      for (const support of supportsNear(search, x, seeds)) add(support);
      for (let round = 0; round < MOST_ROUNDS && found.size > 0 && !isFew(search); round++) {
        const before = best();
        for (const support of exchanged(search, before.support, x, before.near)) add(support);
        if (best() === before) break;
      }
      return [...found.values()];
    },
  };
}

/** The first ones by worth and by length: for terms other than ℓ2 the longest projection need not be worth most. */
export function finalists(found: readonly Found[], count: number): readonly Support[] {
  const byWorth = [...found].sort((a, b) => b.worth - a.worth).slice(0, count);
  const lengths = new Map(found.map((each) => [each, euclideanLength(each.near)]));
  const byLength = [...found].sort((a, b) => (lengths.get(b) ?? 0) - (lengths.get(a) ?? 0)).slice(0, count);
  return [...new Set([...byWorth, ...byLength])].map(({ support }) => support);
}
