/** Our runs against the peers': the figures of a row of the table, and whether the target is met. */
import type { MeasuredRun } from "./engine-run.ts";
import type { BenchProblem } from "./problems.ts";
import { secondsTo } from "./record-lows.ts";
import { median } from "./statistics.ts";

/** What test/bench/peers.py says of one peer; `seconds` is null where it never came within the tolerance. */
export interface PeerTime {
  readonly name: string;
  /** One of those that the target was set by. */
  readonly listed: boolean;
  readonly seconds: number | null;
  readonly total: number;
  readonly objective: number;
  readonly steps: number;
  readonly runs: number;
}

export interface PeerTimes {
  readonly optimum: number;
  readonly peers: readonly PeerTime[];
  readonly peakBytes: number;
  readonly versions: Readonly<Record<string, string>>;
}

export interface Outcome {
  readonly problem: BenchProblem;
  readonly peers: PeerTimes;
  readonly runs: readonly MeasuredRun[];
  /** Of the whole run, building the problem included; medians. */
  readonly seconds: number;
  readonly userSeconds: number;
  readonly buildSeconds: number;
  /** Until the objective was within the tolerance of the optimum, or below that of every peer; null when it never was. */
  readonly reachedSeconds: number | null;
  /** What ours is compared with, in words, and its seconds; null when no peer arrived. */
  readonly rival: { readonly name: string; readonly seconds: number } | null;
  readonly ratio: number | null;
  /** The same to the fastest of the peers that the target was set by. */
  readonly listedRatio: number | null;
  /** `listedRatio` of every round, ascending; of what takes long there is one. */
  readonly listedRatios: readonly number[];
  readonly peak: { readonly bytes: number; readonly bytesBefore: number } | null;
  /** Why the target is not met; empty when it is. */
  readonly misses: readonly string[];
}

export function outcomeOf(
  problem: BenchProblem,
  runs: readonly MeasuredRun[],
  peers: PeerTimes,
  peak: Outcome["peak"] = null,
): Outcome {
  const { tolerance, target, finish, beatsAll } = problem;
  const goal = beatsAll
    ? Math.min(...peers.peers.map(({ objective }) => objective))
    : peers.optimum + tolerance * Math.abs(peers.optimum);
  const reached = runs.map(({ lows }) => secondsTo(goal, lows));
  const reachedSeconds = reached.includes(undefined) ? null : (median(reached as number[]) ?? null);
  const seconds = median(runs.map((run) => run.seconds)) ?? 0;
  const rival = rivalOf(problem, peers.peers);
  const listed = rivalOf(
    problem,
    peers.peers.filter((peer) => peer.listed),
  );
  const counted = finish === "proof" ? seconds : reachedSeconds;
  const ratioTo = (other: Outcome["rival"]) => (other === null || counted === null ? null : counted / other.seconds);
  const ratio = ratioTo(rival);

  const misses: string[] = [];
  const { result, isCut } = runs[0];
  if (isCut) misses.push("cut off");
  if (reachedSeconds === null) misses.push(beatsAll ? "a peer has a lower objective" : "the optimum is not reached");
  if (finish === "proof" && !beatsAll && (result.verdict !== "global" || (result.gap ?? 1) > tolerance)) {
    misses.push("the gap is not proven");
  }
  if (beatsAll && result.lowerBound === null) misses.push("no lower bound is proven");
  if (ratio !== null && ratio > target) misses.push("slower");
  const { peakBytes } = problem;
  if (peakBytes !== undefined && peak !== null && peak.bytes > peakBytes) misses.push("more memory");
  const listedRatio = ratioTo(listed);
  return {
    ...{ problem, peers, runs, seconds, reachedSeconds, rival, ratio, listedRatio, peak, misses },
    listedRatios: listedRatio === null ? [] : [listedRatio],
    userSeconds: median(runs.map((run) => run.userSeconds)) ?? 0,
    buildSeconds: median(runs.map((run) => run.buildSeconds)) ?? 0,
  };
}

/** Of an odd number of rounds, each ours and then the peers': the one with the middle ratio to the listed peers. */
export function middleRound(rounds: readonly Outcome[]): Outcome {
  const sorted = rounds.toSorted((a, b) => (a.listedRatio ?? 0) - (b.listedRatio ?? 0));
  const listedRatios = sorted.flatMap((round) => round.listedRatios);
  return { ...sorted[(sorted.length - 1) / 2], listedRatios };
}

/** The fastest peer that arrives; where they do not know whether they do, the middle one of those that set the target, to its end. */
function rivalOf({ beatsAll }: BenchProblem, peers: readonly PeerTime[]): Outcome["rival"] {
  if (beatsAll) {
    const starts = peers.filter(({ listed }) => listed);
    const seconds = median(starts.map(({ total }) => total));
    return seconds === undefined ? null : { name: `one start, median of ${starts.length}`, seconds };
  }
  const arrived = peers.flatMap(({ name, seconds }) => (seconds === null ? [] : [{ name, seconds }]));
  return arrived.toSorted((a, b) => a.seconds - b.seconds)[0] ?? null;
}
