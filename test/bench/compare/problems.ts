/** The problems of `npm run bench`, which test/bench/peers.py writes, and what is asked of each. */

/** What our time is up to: the end of the run (descent and proof), or the point where the objective is at the optimum. */
export type Finish = "proof" | "objective";

export interface BenchProblem {
  readonly name: string;
  readonly about: string;
  /** Relative: of the peers' objective to the optimum, and of our proven gap. */
  readonly tolerance: number;
  /** The largest ratio of our time to the fastest peer's that is wanted. */
  readonly target: number;
  readonly finish: Finish;
  /**
   * The optimum is not known to be reached: peers run to their end, the ratio is to the middle one of those that the target was set
   * by, and the objective is to be below that of all of them.
   */
  readonly beatsAll: boolean;
  /** After so long a peer, or a run of ours, is cut off. */
  readonly limitSeconds: number;
  readonly scales: readonly number[];
  readonly peakBytes?: number;
}

const SCALES = [0.5, 1, 2, 4];
const CONVEX = { tolerance: 1e-6, finish: "proof", beatsAll: false, limitSeconds: 120, scales: SCALES } as const;

export const PROBLEMS: readonly BenchProblem[] = [
  { ...CONVEX, name: "dense", about: "500×400, rank 20, squared", target: 2 },
  { ...CONVEX, name: "completion", about: "2000×1000, 10 % observed, squared", target: 0.05 },
  {
    ...CONVEX,
    name: "completion-large",
    about: "20,000×5,000, 10⁷ observed, squared, gap 1e-3",
    tolerance: 1e-3,
    target: 0.2,
    limitSeconds: 600,
    scales: [0.25, 0.5, 1],
    peakBytes: 1.5e9,
  },
  { ...CONVEX, name: "rpca", about: "300×200, outliers, squared", target: 0.5 },
  { ...CONVEX, name: "logistic", about: "500×400, logistic", target: 0.5 },
  {
    ...CONVEX,
    name: "relu",
    about: "one hidden layer, N = 1000, d = 20, scalar",
    target: 0.3,
    beatsAll: true,
    finish: "objective",
  },
  { ...CONVEX, name: "cp", about: "60×50×40, collinear rank 8", target: 1.5, finish: "objective" },
];
