/** Every kind of norm and constraint once, with what a test may expect of it. */
import type { NormSpec } from "../../engine/src/config/config.ts";
import { normalStream } from "../../engine/src/linalg/random.ts";
import type { Norm } from "../../engine/src/problem/regularizer/norm.ts";
import type { ResolvedConstraint } from "../../engine/src/problem/regularizer/registry.ts";
import { normOf } from "../../engine/src/problem/regularizer/registry.ts";

export interface NormCase {
  readonly name: string;
  readonly norm: Norm;
  readonly size: number;
  /** Relative width of the bracket [dualValue, dualUpper] that must not be exceeded. */
  readonly dualWidth: number;
  /** Relative accuracy of the prox: how far, of the cost and ‖x‖², the least cost may be below. */
  readonly proxError: number;
  /** How much cheaper its properties have to be tested. */
  readonly isSlow: boolean;
}

const random = (rows: number, columns: number, seed: number) => ({
  shape: [rows, columns],
  data: Float64Array.from({ length: rows * columns }, normalStream(seed)),
});

export function norm(spec: NormSpec, shape: readonly number[], constraints: readonly ResolvedConstraint[] = []): Norm {
  const made = normOf(spec, { shape, constraints });
  if (!made.ok) throw new Error(made.message);
  return made.norm;
}

type Options = Partial<Pick<NormCase, "dualWidth" | "proxError" | "isSlow">>;

function normCase(
  name: string,
  spec: NormSpec,
  shape: readonly number[],
  constraints: readonly ResolvedConstraint[] = [],
  { dualWidth = 1e-11, proxError = 1e-11, isSlow = false }: Options = {},
): NormCase {
  return {
    name,
    norm: norm(spec, shape, constraints),
    size: shape.reduce((product, length) => product * length, 1),
    dualWidth,
    proxError,
    isSlow,
  };
}

/** With the slack of cones that have a tolerance. */
const CONE: Options = { dualWidth: 1e-5, proxError: 1e-8 };
const SPLIT: Options = { dualWidth: 0.02, proxError: 1e-7, isSlow: true };

/** Bounds are relaxations; proxes are exact for ℓ2 where supports are few, else good. */
const UNION: Options = { dualWidth: 0.5 };
const GUESS: Options = { dualWidth: 0.5, proxError: 0.05, isSlow: true };

const kernel = { kernel: random(2, 6, 11) };
const inequality = { inequality: random(3, 6, 12) };

export const NORM_CASES: readonly NormCase[] = [
  normCase("l1", "l1", [6]),
  normCase("l2", "l2", [6]),
  normCase("linf", "linf", [6]),
  normCase("lq 1.5", { lq: 1.5 }, [6]),
  normCase("lq 4", { lq: 4 }, [6]),
  normCase("lq 1.1", { lq: 1.1 }, [6]),
  normCase("lq 0.5", { lq: 0.5 }, [4]),
  normCase("group", "group", [3, 2]),
  normCase("group of a tensor", "group", [2, 2, 2]),
  normCase("nuclear, wide", "nuclear", [2, 3]),
  normCase("nuclear, tall", "nuclear", [3, 2]),
  normCase("spectral", "spectral", [3, 3]),
  normCase("2 l1", { l1: 2 }, [6]),
  normCase("l2 + l1", { l2: 1, l1: 0.5 }, [6]),
  normCase("l2 + linf", { l2: 0.3, linf: 2 }, [6], [], { dualWidth: 1e-8 }),
  normCase("l1 + linf", { l1: 1, linf: 2 }, [6], [], { dualWidth: 1e-8 }),
  normCase("l1 + group", { l1: 1, group: 2 }, [3, 2], [], { dualWidth: 1e-8 }),
  normCase("nuclear + spectral", { nuclear: 1, spectral: 0.5 }, [3, 2], [], { dualWidth: 1e-8 }),
  normCase("nuclear + l2", { nuclear: 1, l2: 0.5 }, [3, 2], [], { dualWidth: 1e-8 }),
  normCase("group + linf", { group: 1, linf: 0.5 }, [3, 2], [], SPLIT),
  normCase("nuclear + l1", { nuclear: 1, l1: 0.5 }, [2, 2], [], SPLIT),
  normCase("l1, nonnegative", "l1", [6], ["nonnegative"]),
  normCase("l2, nonnegative", "l2", [6], ["nonnegative"]),
  normCase("linf, nonnegative", "linf", [6], ["nonnegative"]),
  normCase("lq 1.5, nonnegative", { lq: 1.5 }, [6], ["nonnegative"]),
  normCase("l2 + l1, nonnegative", { l2: 0.3, l1: 2 }, [6], ["nonnegative"]),
  normCase("l1 + linf, nonnegative", { l1: 1, linf: 2 }, [6], ["nonnegative"], { dualWidth: 1e-8 }),
  normCase("group + linf, nonnegative", { group: 1, linf: 0.5 }, [3, 2], ["nonnegative"], SPLIT),
  normCase("nuclear, nonnegative", "nuclear", [2, 2], ["nonnegative"], SPLIT),
  normCase("l2, 2-sparse", "l2", [6], [{ sparse: 2 }]),
  normCase("l1, 2-sparse", "l1", [6], [{ sparse: 2 }]),
  normCase("linf, 3-sparse, nonnegative", "linf", [6], [{ sparse: 3 }, "nonnegative"]),
  normCase("l2, psd", "l2", [3, 3], ["psd"], CONE),
  normCase("nuclear, psd", "nuclear", [3, 3], ["psd"], CONE),
  normCase("spectral, psd", "spectral", [3, 3], ["psd"], CONE),
  normCase("l2, psd, nonnegative", "l2", [2, 2], ["psd", "nonnegative"], SPLIT),
  normCase("l1, psd", "l1", [2, 2], ["psd"], SPLIT),
  normCase("l2, kernel", "l2", [6], [kernel], CONE),
  normCase("l2, inequality", "l2", [6], [inequality], CONE),
  normCase("l2, kernel, inequality", "l2", [6], [kernel, inequality], CONE),
  normCase("l2, kernel, nonnegative", "l2", [6], [{ kernel: random(1, 6, 5) }, "nonnegative"], CONE),
  normCase("l1, kernel", "l1", [6], [kernel], SPLIT),
  normCase("linf, inequality", "linf", [6], [inequality], SPLIT),
  normCase("l2 + l1, inequality", { l2: 1, l1: 1 }, [6], [inequality], SPLIT),
];

/** Sets that are not convex, beyond the k largest entries: laws of norms hold, searches may end at a local optimum. */
export const UNION_CASES: readonly NormCase[] = [
  normCase("l2, kernel, 4-sparse", "l2", [6], [{ kernel: random(1, 6, 11) }, { sparse: 4 }], UNION),
  normCase("l2, inequality, 3-sparse", "l2", [6], [inequality, { sparse: 3 }], UNION),
  normCase("l2, inequality, nonnegative, 3-sparse", "l2", [6], [inequality, "nonnegative", { sparse: 3 }], {
    dualWidth: 1,
  }),
  normCase("l1, kernel, 4-sparse", "l1", [6], [{ kernel: random(1, 6, 11) }, { sparse: 4 }], GUESS),
  normCase("linf, inequality, 4-sparse", "linf", [6], [inequality, { sparse: 4 }], GUESS),
  normCase("group, 3-sparse", "group", [3, 2], [{ sparse: 3 }], { proxError: 0.05 }),
  normCase("group, nonnegative, 3-sparse", "group", [3, 2], [{ sparse: 3 }, "nonnegative"], {
    dualWidth: 1e-8,
    proxError: 0.05,
  }),
  normCase("nuclear, 3-sparse", "nuclear", [2, 3], [{ sparse: 3 }], GUESS),
  normCase("spectral, 3-sparse, nonnegative", "spectral", [2, 3], [{ sparse: 3 }, "nonnegative"], GUESS),
  normCase("l2, psd, 5-sparse", "l2", [3, 3], ["psd", { sparse: 5 }], GUESS),
  normCase("lq 0.5, kernel", { lq: 0.5 }, [4], [{ kernel: random(1, 4, 3) }], { ...GUESS, dualWidth: 1 }),
  normCase("lq 0.5, inequality", { lq: 0.5 }, [4], [{ inequality: random(2, 4, 3) }], { ...GUESS, dualWidth: 1 }),
  normCase("lq 0.7, psd", { lq: 0.7 }, [2, 2], ["psd"], { ...GUESS, dualWidth: 1 }),
  normCase("lq 0.5, kernel, 3-sparse", { lq: 0.5 }, [5], [{ kernel: random(1, 5, 3) }, { sparse: 3 }], {
    ...GUESS,
    dualWidth: 1,
  }),
];
