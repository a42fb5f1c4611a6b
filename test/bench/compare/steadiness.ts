/** What a run costs beside its numbers: its events, and memory over very many iterations. */
import { buildProblem, type Problem, parseConfig, type RunEvent, run } from "@optimality-lens/engine";
import { turn } from "./engine-run.ts";
import { median } from "./statistics.ts";

export interface EventCost {
  readonly iterations: number;
  /** Medians of the CPU time of Algorithm 1 in a plain loop, its events thrown away unseen; of `run` with a caller that does the same; and with one that keeps them. */
  readonly plainSeconds: number;
  readonly unseenSeconds: number;
  readonly keptSeconds: number;
}

type Steps = Generator<RunEvent | undefined, { readonly iterations: number }>;
/** Algorithm 1 by itself, which is not on the public surface. */
const ALGORITHM = new URL("../../engine/dist/descent/algorithm.js", import.meta.url);
const UNSTOPPED = { signal: { aborted: false }, clock: () => performance.now() };

/** The three by turns, so that a machine that gets slower does so for all. */
export async function eventCost(iterations: number, runs: number): Promise<EventCost> {
  const problem = endless(iterations);
  const { algorithm } = (await import(ALGORITHM.href)) as {
    algorithm: (problem: Problem, options: typeof UNSTOPPED) => Steps;
  };
  const plain: number[] = [];
  const unseen: number[] = [];
  const kept: number[] = [];
  let counted = 0;
  // The first round is for the compiler.
  for (let k = -1; k < runs; k++) {
    const start = process.cpuUsage();
    const steps = algorithm(problem, UNSTOPPED);
    let next = steps.next();
    while (next.done !== true) next = steps.next();
    counted = next.value.iterations;
    const plainTime = userSecondsSince(start);
    const unseenTime = await streamSeconds(problem, () => undefined);
    const events: RunEvent[] = [];
    const keptTime = await streamSeconds(problem, (event) => events.push(event));
    if (k < 0) continue;
    plain.push(plainTime);
    unseen.push(unseenTime);
    kept.push(keptTime);
  }
  const [plainSeconds = 0, unseenSeconds = 0, keptSeconds = 0] = [plain, unseen, kept].map(median);
  return { iterations: counted, plainSeconds, unseenSeconds, keptSeconds };
}

async function streamSeconds(problem: Problem, consume: (event: RunEvent) => void): Promise<number> {
  const start = process.cpuUsage();
  const stream = run(problem, { ...UNSTOPPED, pause: turn });
  for (let next = await stream.next(); next.done !== true; next = await stream.next()) consume(next.value);
  return userSecondsSince(start);
}

function userSecondsSince(start: NodeJS.CpuUsage): number {
  return process.cpuUsage(start).user / 1e6;
}

export interface MemoryCourse {
  readonly iterations: number;
  readonly seconds: number;
  readonly samples: readonly {
    readonly iteration: number;
    readonly heapBytes: number;
    readonly residentBytes: number;
  }[];
}

/** Ill-conditioned, with a λ that asks for what float64 cannot give: prox-gradient never arrives, and its iterations are cheap. */
const ENDLESS = `data: {target: y.npy}
mapping: {kind: matrix}
regularizer: {norms: [l1, l2]}
lambda: 1.0e-12
branches: 3
search: {method: prox-gradient, grow: false, gap: 1.0e-12, maxIterations: ITERATIONS}
`;

/** One run of so many iterations, its heap (after a collection where node runs with --expose-gc) and resident memory along the way. */
export async function flatMemory(iterations: number): Promise<MemoryCourse> {
  const problem = endless(iterations);
  const samples: MemoryCourse["samples"][number][] = [];
  const every = Math.ceil(iterations / 10);
  const start = performance.now();
  const stream = run(problem, { ...UNSTOPPED, pause: turn });
  let next = await stream.next();
  let due = every;
  for (; next.done !== true; next = await stream.next()) {
    if (next.value.kind !== "progress" || next.value.progress.iteration < due) continue;
    const { iteration } = next.value.progress;
    due = iteration + every;
    globalThis.gc?.();
    const { heapUsed, rss } = process.memoryUsage();
    samples.push({ iteration, heapBytes: heapUsed, residentBytes: rss });
  }
  return { iterations: next.value.result.iterations, seconds: (performance.now() - start) / 1000, samples };
}

function endless(iterations: number): Problem {
  const { config } = parseConfig(ENDLESS.replace("ITERATIONS", String(iterations)), {
    fileName: "endless.optimality.yaml",
  });
  if (config === undefined) throw new Error("the config of the endless run is not valid");
  const built = buildProblem(config, { target: { shape: [4, 3], data: hilbert(4, 3) } });
  if (!built.ok) throw new Error(built.findings.map(({ message }) => message).join("; "));
  return built.problem;
}

/** 1/(i + j + 1): a Hilbert matrix. */
function hilbert(rows: number, columns: number): Float64Array {
  return Float64Array.from({ length: rows * columns }, (_, k) => 1 / (Math.floor(k / columns) + (k % columns) + 1));
}
