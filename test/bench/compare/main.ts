/**
 * `npm run bench`: our runs against the peers', one process after the other, into docs/benchmarks.md. Words are problems (then nothing
 * is written), flags are sections of the page: --kernels --results --growth --shares --steadiness; all but the growth without any. With --quick
 * everything is measured once and cut off early, and nothing is written: to see that it works. With --kept the results of an earlier
 * call stand in for those that it measured.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { kernelRows, kernelTable } from "../kernels.ts";
import { busyWarning, environmentText, missingPython } from "./environment.ts";
import type { Job, JobAnswers } from "./job.ts";
import { middleRound, type Outcome, outcomeOf, type PeerTimes } from "./outcome.ts";
import {
  duration,
  type GrowthPoint,
  growthText,
  ratioText,
  resultsText,
  type Section,
  sharesText,
  steadinessText,
  withSection,
} from "./page.ts";
import { type BenchProblem, PROBLEMS } from "./problems.ts";

const THOROUGH = {
  rounds: 5,
  runs: 5,
  profiledSeconds: 3,
  limitSeconds: 120,
  iterations: 1_000_000,
  eventfulIterations: 50_000,
};
const QUICK = {
  rounds: 1,
  runs: 1,
  profiledSeconds: 1,
  limitSeconds: 10,
  iterations: 50_000,
  eventfulIterations: 5000,
};

/** What takes less is measured in several rounds: others who compute meanwhile would otherwise slow down one side only. */
const SHORT_ROUND_SECONDS = 20;

/** A run at another scale is cut off after this. */
const GROWTH_LIMIT_SECONDS = 60;

const SECTIONS: readonly Section[] = ["kernels", "results", "shares", "steadiness", "growth"];
const repository = path.resolve(import.meta.dirname, "../..");
const page = path.join(repository, "docs/benchmarks.md");
const scratch = mkdtempSync(path.join(tmpdir(), "bench-"));
const isQuick = process.argv.includes("--quick");
const isKept = process.argv.includes("--kept");
const effort = isQuick ? QUICK : THOROUGH;

function main(argv: readonly string[]): number {
  const named = argv.filter((word) => !word.startsWith("--"));
  const flags = argv
    .filter((word) => word.startsWith("--") && word !== "--quick" && word !== "--kept")
    .map((flag) => flag.slice(2));
  const unknown = [
    ...named.filter((name) => PROBLEMS.every((problem) => problem.name !== name)),
    ...flags.filter((flag) => !SECTIONS.includes(flag as Section)).map((flag) => `--${flag}`),
  ];
  if (unknown.length > 0) {
    say(`unknown: ${unknown.join(" ")}; problems are ${PROBLEMS.map(({ name }) => name).join(" ")};`);
    say(`sections are ${SECTIONS.map((section) => `--${section}`).join(" ")}`);
    return 2;
  }
  const missing = missingPython();
  if (missing !== undefined) {
    say(missing);
    return 2;
  }
  const warning = busyWarning();
  if (warning !== undefined) say(warning);
  const problems = named.length === 0 ? PROBLEMS : PROBLEMS.filter(({ name }) => named.includes(name));
  const sections = flags.length === 0 ? SECTIONS.filter((section) => section !== "growth") : (flags as Section[]);
  for (const section of sections) {
    const text = MEASURES[section](problems);
    process.stdout.write(`\n${text}`);
    if (named.length === 0 && !isQuick) writeFileSync(page, withSection(readFileSync(page, "utf8"), section, text));
  }
  return 0;
}

const MEASURES: Readonly<Record<Section, (problems: readonly BenchProblem[]) => string>> = {
  results(problems) {
    const outcomes = problems.map(outcome);
    return resultsText(outcomes, environmentText(outcomes[0]?.peers.versions ?? {}));
  },
  growth(problems) {
    return growthText(problems.map((problem) => ({ name: problem.name, points: growth(problem) })));
  },
  shares(problems) {
    return sharesText(
      problems.map((problem) => {
        const config = written(problem, 1);
        const { limitSeconds } = effort;
        say(`${problem.name}: profile`);
        return {
          name: problem.name,
          shares: child({ kind: "profile", config, seconds: effort.profiledSeconds, limitSeconds }),
        };
      }),
    );
  },
  kernels() {
    say("kernels");
    return kernelTable(kernelRows() ?? []);
  },
  steadiness() {
    say("cost of events, memory over many iterations");
    const cost = child({ kind: "events", iterations: effort.eventfulIterations, runs: effort.runs });
    return steadinessText(cost, child({ kind: "memory", iterations: effort.iterations }));
  },
};

/** Where the figures of a problem stay: with --kept those that are there are taken instead of measured. */
function keptFile({ name }: BenchProblem): string {
  return path.join(repository, `.build/bench/${name}.outcome.json`);
}

function outcome(problem: BenchProblem): Outcome {
  const file = keptFile(problem);
  if (isKept && existsSync(file)) return JSON.parse(readFileSync(file, "utf8")) as Outcome;
  const found = measuredOutcome(problem);
  if (!isQuick) writeFileSync(file, JSON.stringify(found));
  return found;
}

function measuredOutcome(problem: BenchProblem): Outcome {
  const since = performance.now();
  const rounds = [measuredRound(problem)];
  const isShort = performance.now() - since < 1000 * SHORT_ROUND_SECONDS;
  while (isShort && rounds.length < effort.rounds) rounds.push(measuredRound(problem));
  return middleRound(rounds);
}

/** Ours first: its objective, which is proven, says when the peers have arrived. */
function measuredRound(problem: BenchProblem): Outcome {
  const { name, tolerance, peakBytes } = problem;
  const limitSeconds = isQuick ? effort.limitSeconds : problem.limitSeconds;
  const config = written(problem, 1);
  say(`${name}: ours`);
  const runs = child({ kind: "time", config, runs: effort.runs, limitSeconds });
  const peak = peakBytes === undefined ? null : child({ kind: "peak", config, limitSeconds });
  say(`${name}: peers`);
  const { objective, verdict } = runs[0].result;
  const peers = JSON.parse(
    python([
      ...[name, "--solve", "--tolerance", String(tolerance), "--optimum", String(objective)],
      ...(verdict === "global" ? ["--proven"] : []),
      ...["--repeat", String(effort.runs), "--budget", String(limitSeconds)],
    ]),
  ) as PeerTimes;
  const found = outcomeOf(problem, runs, peers, peak);
  say(`${name}: ${duration(found.seconds)}, ratio ${ratioText(found.ratio)}, ${found.misses.join(", ") || "met"}`);
  return found;
}

function growth(problem: BenchProblem): readonly GrowthPoint[] {
  const points: GrowthPoint[] = [];
  for (const scale of problem.scales) {
    say(`${problem.name}: scale ${scale}`);
    const config = written(problem, scale);
    const runs = child({
      kind: "time",
      config,
      runs: Math.min(2, effort.runs),
      limitSeconds: Math.min(GROWTH_LIMIT_SECONDS, effort.limitSeconds),
    });
    const [run] = runs.toSorted((a, b) => a.seconds - b.seconds);
    points.push({ scale, run });
    if (run.isCut) break;
  }
  return points;
}

/** The config of a problem, its files in a folder of their own. */
function written({ name }: BenchProblem, scale: number): string {
  const folder = path.join(scratch, `${name}-${scale}`);
  const config = path.join(folder, `${name}.optimality.yaml`);
  if (!existsSync(config)) python([name, "--scale", String(scale), "--write", folder]);
  return config;
}

function python(args: readonly string[]): string {
  return answerOf("python3", [path.join(repository, "test/bench/peers.py"), ...args]);
}

function child<K extends Job["kind"]>(job: Extract<Job, { kind: K }>): JobAnswers[K] {
  const script = path.join(repository, ".build/bench/job.mjs");
  return JSON.parse(answerOf(process.execPath, ["--expose-gc", script, JSON.stringify(job)])) as JobAnswers[K];
}

function answerOf(command: string, args: readonly string[]): string {
  const ran = spawnSync(command, args, { encoding: "utf8", maxBuffer: 2 ** 28, stdio: ["ignore", "pipe", "inherit"] });
  if (ran.status !== 0)
    throw new Error(`${path.basename(command)} ${args.join(" ")} ended with ${ran.status ?? ran.signal}`);
  return ran.stdout;
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

try {
  process.exitCode = main(process.argv.slice(2));
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
