/**
 * What a child process of the benchmark measures, one job each: node job.mjs '{"kind": "time", …}' prints one JSON document.
 * A process of its own keeps heaps and compiled code of one problem out of the next one's figures.
 */
import { Session } from "node:inspector/promises";
import { loaded, type MeasuredRun, measuredRun } from "./engine-run.ts";
import { type TimeShares, timeShares } from "./profile.ts";
import { type EventCost, eventCost, flatMemory, type MemoryCourse } from "./steadiness.ts";

export type Job =
  | { readonly kind: "time"; readonly config: string; readonly runs: number; readonly limitSeconds: number }
  | { readonly kind: "peak"; readonly config: string; readonly limitSeconds: number }
  | { readonly kind: "profile"; readonly config: string; readonly seconds: number; readonly limitSeconds: number }
  | { readonly kind: "events"; readonly iterations: number; readonly runs: number }
  | { readonly kind: "memory"; readonly iterations: number };

export interface JobAnswers {
  readonly time: readonly MeasuredRun[];
  readonly peak: { readonly bytes: number; readonly bytesBefore: number; readonly run: MeasuredRun };
  readonly profile: TimeShares;
  readonly events: EventCost;
  readonly memory: MemoryCourse;
}

/** A run that takes longer than this is not repeated. */
const LONG_SECONDS = 20;

async function answer(job: Job): Promise<JobAnswers[Job["kind"]]> {
  switch (job.kind) {
    case "time":
      return await timed(job.config, job.runs, job.limitSeconds);
    case "peak":
      return await peak(job.config, job.limitSeconds);
    case "profile":
      return await profiled(job.config, job.seconds, job.limitSeconds);
    case "events":
      return await eventCost(job.iterations, job.runs);
    case "memory":
      return await flatMemory(job.iterations);
    default:
      return job satisfies never;
  }
}

async function timed(config: string, runs: number, limitSeconds: number): Promise<readonly MeasuredRun[]> {
  const problem = await loaded(config);
  const measured: MeasuredRun[] = [];
  for (let k = 0; k < runs; k++) {
    const one = await measuredRun(problem, limitSeconds);
    measured.push(one);
    if (one.seconds > LONG_SECONDS) break;
  }
  return measured;
}

/** As on the command line: the files are read, the problem is run once, nothing else is held. */
async function peak(config: string, limitSeconds: number): Promise<JobAnswers["peak"]> {
  const { problem } = await loaded(config);
  const bytesBefore = peakBytes();
  const run = await measuredRun(problem, limitSeconds);
  return { bytes: peakBytes(), bytesBefore, run };
}

function peakBytes(): number {
  return process.resourceUsage().maxRSS * 1024;
}

async function profiled(config: string, seconds: number, limitSeconds: number): Promise<TimeShares> {
  const problem = await loaded(config);
  const session = new Session();
  session.connect();
  await session.post("Profiler.enable");
  await session.post("Profiler.setSamplingInterval", { interval: 200 });
  await session.post("Profiler.start");
  let total = 0;
  while (total < seconds) total += (await measuredRun(problem, limitSeconds)).seconds;
  const { profile } = await session.post("Profiler.stop");
  session.disconnect();
  return timeShares(profile);
}

process.stdout.write(JSON.stringify(await answer(JSON.parse(process.argv[2] ?? "") as Job)));
