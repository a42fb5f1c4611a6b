/** The small configs and arrays that the pages of findings share. */
import type { PageExample } from "./pages.ts";

export const PAPER = "Haeffele & Vidal (2015)";

export const RATINGS = { "ratings.csv": "5,3,1\n4,,1\n1,1,5\n" } as const;
export const SMALLEST = "data: {target: ratings.csv}\nmapping: {kind: matrix}\nlambda: {relative: 0.1}\n";
export const mended: PageExample = { config: SMALLEST, files: RATINGS };
/** One neuron a branch, on an input that is positive: every weight below 0 makes a branch that never fires. */
export const POSITIVE = { "x.csv": "1\n2\n3\n4\n", "y.csv": "1\n2\n2\n5\n" } as const;
const NEURON =
  "data: {input: x.csv, target: y.csv}\nmapping:\n  kind: network\n  layers:\n    - dense: 1\n    - relu\n    - dense\nlambda: {relative: 0.1}\n";
export const neuron = (more: string): string => NEURON + more;

/** Two hidden layers, on inputs in the plane. */
export const TWO_INPUTS = { "x.csv": "1,2\n-1,1\n0.5,-1\n2,0.3\n", "y.csv": "1\n-1\n2\n0.5\n" } as const;
export const DEEP = `data: {target: y.csv, input: x.csv}
mapping: {kind: network, layers: [dense: 2, relu, dense: 2, relu, dense]}
regularizer: power
lambda: {relative: 0.3}
`;
