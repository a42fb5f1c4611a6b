/** docs/benchmarks.md: figures as Markdown, put between the page's markers. */
import type { MeasuredRun } from "./engine-run.ts";
import type { Outcome, PeerTime } from "./outcome.ts";
import type { TimeShares } from "./profile.ts";
import { growthExponent, median } from "./statistics.ts";
import type { EventCost, MemoryCourse } from "./steadiness.ts";

/** The parts of the page that are measured; each stands between `<!-- name -->` and `<!-- end of name -->`. */
export type Section = "results" | "growth" | "shares" | "steadiness" | "kernels";

export function withSection(page: string, section: Section, text: string): string {
  const [start, end] = [`<!-- ${section} -->`, `<!-- end of ${section} -->`];
  const [from, to] = [page.indexOf(start), page.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`docs/benchmarks.md has no ${start} … ${end}`);
  return `${page.slice(0, from + start.length)}\n${text.trim()}\n${page.slice(to)}`;
}

/** `left` columns are words, the others numbers. */
export function table(head: readonly string[], rows: readonly (readonly string[])[], left = 1): string {
  const rule = head.map((_, k) => (k < left ? "---" : "---:"));
  const cell = (text: string) => text.replaceAll("|", "\\|");
  return `${[head, rule, ...rows].map((row) => `| ${row.map(cell).join(" | ")} |`).join("\n")}\n`;
}

/** Three digits, in the unit that suits: `2.36 ms`, `215 s`. */
export function duration(seconds: number): string {
  if (seconds >= 100) return `${seconds.toFixed(0)} s`;
  if (seconds >= 1) return `${seconds.toPrecision(3)} s`;
  const ms = seconds * 1000;
  return `${ms >= 100 ? ms.toFixed(0) : ms >= 1 ? ms.toPrecision(3) : ms.toPrecision(2)} ms`;
}

export function ratioText(ratio: number | null): string {
  if (ratio === null) return "–";
  return ratio >= 100 ? ratio.toFixed(0) : ratio >= 1 ? ratio.toPrecision(3) : ratio.toPrecision(2);
}

export function percent(share: number): string {
  return `${(100 * share).toFixed(0)} %`;
}

const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(0)} MB`;
const gapText = (gap: number | null) => (gap === null ? "none" : gap.toExponential(1));

/** The environment, the table of targets, and a table of peers for each problem. */
export function resultsText(outcomes: readonly Outcome[], environment: string): string {
  const summary = table(
    [
      "problem",
      "fastest peer",
      "verdict",
      "its time",
      "gap",
      "our time",
      "of it CPU",
      "ratio",
      "target",
      "met",
      "ratio to listed",
    ],
    outcomes.map(summaryRow),
    3,
  );
  return `${environment}\n${summary}\n${outcomes.map(detailText).join("\n")}`;
}

function summaryRow(outcome: Outcome): string[] {
  const { problem, rival, runs, ratio, listedRatio, listedRatios, misses, userSeconds } = outcome;
  const { result } = runs[0];
  return [
    `\`${problem.name}\` ${problem.about}`,
    rival?.name ?? "none arrives",
    result.verdict,
    rival === null ? "–" : duration(rival.seconds),
    gapText(result.gap),
    ourTime(outcome),
    duration(userSeconds),
    ratioText(ratio),
    `≤ ${problem.target}`,
    misses.length === 0 ? "yes" : `no: ${misses.join(", ")}`,
    listedRatios.length < 2 ? ratioText(listedRatio) : `${ratioText(listedRatio)} (${rangeText(listedRatios)})`,
  ];
}

const rangeText = (ratios: readonly number[]) =>
  `${ratioText(Math.min(...ratios))} to ${ratioText(Math.max(...ratios))}`;

/** What the ratio is made of; behind it the whole run where that is another figure. */
function ourTime({ problem, seconds, reachedSeconds }: Outcome): string {
  if (problem.finish === "proof") return duration(seconds);
  const reached = reachedSeconds === null ? "not reached" : duration(reachedSeconds);
  return `${reached} (run ${duration(seconds)})`;
}

function detailText(outcome: Outcome): string {
  const { problem, peers, runs, seconds, buildSeconds, reachedSeconds, peak } = outcome;
  const { result, entries, seconds: first } = runs[0];
  const facts = [
    `${entries.toLocaleString("en-US")} entries, λ/λ_max ${(result.lambda / result.lambdaMax).toPrecision(2)}, optimum ${value(peers.optimum)}`,
    `ours: objective ${value(result.objective)}, lower bound ${result.lowerBound === null ? "none" : value(result.lowerBound)}, ` +
      `rank ${result.rank}, ${result.iterations} iterations, ${result.status}`,
    `${duration(seconds)} (building the problem ${duration(buildSeconds)}, first run ${duration(first)}, ${counted(runs.length)}); ` +
      `objective ${problem.beatsAll ? "below every peer's" : "within tolerance"} after ${reachedSeconds === null ? "–" : duration(reachedSeconds)}`,
  ];
  if (peak !== null) {
    facts.push(
      `peak memory ${megabytes(peak.bytes)}, of which reading the files ${megabytes(peak.bytesBefore)}; the peers' process ${megabytes(peers.peakBytes)}`,
    );
  }
  const rows = peers.peers.map((peer) => peerRow(peer, peers.optimum));
  const peerTable = table(["peer", "to the optimum", "to its end", "objective above it", "steps", "runs"], rows);
  return `### \`${problem.name}\`\n\n${facts.map((fact) => `- ${fact}`).join("\n")}\n\n${peerTable}`;
}

function peerRow({ name, listed, seconds, total, objective, steps, runs }: PeerTime, optimum: number): string[] {
  return [
    listed ? `${name} *` : name,
    seconds === null ? "never" : duration(seconds),
    duration(total),
    Math.max(0, (objective - optimum) / Math.abs(optimum)).toExponential(0),
    String(steps),
    String(runs),
  ];
}

const value = (x: number) => x.toPrecision(9);
const counted = (runs: number) => (runs === 1 ? "1 run" : `median of ${runs} runs`);

export interface GrowthPoint {
  readonly scale: number;
  readonly run: MeasuredRun;
}

/** A row per problem: the time at each scale, and the exponent of those that came to an end. */
export function growthText(
  rows: readonly { readonly name: string; readonly points: readonly GrowthPoint[] }[],
): string {
  const scales = [...new Set(rows.flatMap(({ points }) => points.map(({ scale }) => scale)))].sort((a, b) => a - b);
  const cells = rows.map(({ name, points }) => {
    const ended = points.filter(({ run }) => !run.isCut);
    const exponent = growthExponent(ended.map(({ run }) => ({ size: run.entries, seconds: run.seconds })));
    const times = scales.map((scale) => {
      const point = points.find((one) => one.scale === scale);
      if (point === undefined) return "–";
      const { run } = point;
      if (run.isCut) return `> ${duration(run.seconds)}`;
      return run.result.verdict === "global"
        ? duration(run.seconds)
        : `${duration(run.seconds)} (${run.result.verdict})`;
    });
    return [`\`${name}\``, ...times, exponent === undefined ? "–" : exponent.toFixed(2)];
  });
  return table(["problem", ...scales.map((scale) => `scale ${scale}`), "exponent"], cells);
}

export function sharesText(rows: readonly { readonly name: string; readonly shares: TimeShares }[]): string {
  return table(
    ["problem", "kernels", "certificate", "of it kernels", "garbage collection", "rest"],
    rows.map(({ name, shares }) => [
      `\`${name}\``,
      percent(shares.kernels),
      percent(shares.certificate),
      percent(shares.certificateKernels),
      percent(shares.collector),
      percent(shares.rest),
    ]),
  );
}

export function steadinessText(cost: EventCost, { iterations, seconds, samples }: MemoryCourse): string {
  const ways: readonly (readonly [string, number])[] = [
    ["Algorithm 1 in a plain loop, events thrown away", cost.plainSeconds],
    ["`run`, events thrown away", cost.unseenSeconds],
    ["`run`, every event kept", cost.keptSeconds],
  ];
  const events = table(
    [`${cost.iterations.toLocaleString("en-US")} cheap iterations`, "CPU time", "more, for each iteration"],
    ways.map(([name, time]) => [
      name,
      duration(time),
      `${(((time - cost.plainSeconds) / cost.iterations) * 1e6).toFixed(1)} µs`,
    ]),
  );
  const memory = table(
    ["iteration", "heap in use", "resident"],
    samples.map(({ iteration, heapBytes, residentBytes }) => [
      iteration.toLocaleString("en-US"),
      `${(heapBytes / 1e6).toFixed(1)} MB`,
      `${(residentBytes / 1e6).toFixed(0)} MB`,
    ]),
    0,
  );
  const heap = samples.map(({ heapBytes }) => heapBytes);
  const drift = (heap.at(-1) ?? 0) - (median(heap) ?? 0);
  const words = `One run of ${iterations.toLocaleString("en-US")} iterations, ${duration(seconds)}; the last heap is ${(drift / 1e6).toFixed(1)} MB from the median one.`;
  return `${events}\n${words}\n\n${memory}`;
}
