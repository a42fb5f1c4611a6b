/** `optimality path`: λ from λ_max down, a row as each point finishes. */
import type { Finding } from "../diagnose/finding.ts";
import type { PathEvent, PathPoint, PathResult } from "../events.ts";
import { runPath } from "../path.ts";
import type { Problem } from "../problem/problem.ts";
import { type CliIo, type ExitCode, FOUND, OK, refuse, refuseConfig, writeJson } from "./cli-io.ts";
import { reasonOf, writeAtomically } from "./files.ts";
import { loadProblem } from "./load.ts";
import { chosenLambdas, type PathCommandOptions, STANDARD_OUTPUT } from "./path-options.ts";
import { isAllGlobal, PATH_CSV_HEAD, pathCsvRow, pathHeadText, pathRowText, pathSummaryText } from "./path-text.ts";
import { createProgressLine } from "./progress.ts";
import { runFindingsText } from "./report.ts";
import { createStyle } from "./style.ts";

export async function pathCommand(file: string, options: PathCommandOptions, io: CliIo): Promise<ExitCode> {
  if (options.csv === STANDARD_OUTPUT && options.json === true) {
    return refuse("--csv -: standard output is taken by --json; name a file, or leave --json out", options, io);
  }
  const read = await loadProblem(file);
  if (!read.ok) return refuseConfig(file, read.findings, options, io);
  const { problem } = read.loaded;
  const chosen = chosenLambdas(problem, options);
  if (!chosen.ok) return refuse(chosen.message, options, io);
  const ended = await follow(problem, chosen.lambdas, outputOf(options, read.findings, io), options, io);
  return ended.ok ? (isAllGlobal(ended.result) ? OK : FOUND) : refuse(ended.message, options, io);
}

/** What standard output is told. */
interface PathOutput {
  start(): void;
  point(point: PathPoint): void;
  end(result: PathResult, lambdas: number): void;
}

function outputOf({ csv, json, quiet }: PathCommandOptions, findings: readonly Finding[], io: CliIo): PathOutput {
  const write = (text: string) => io.stdout.write(text);
  const nothing = () => {};
  if (json === true) return { start: nothing, point: nothing, end: (result) => writeJson(io, { ...result, findings }) };
  if (csv === STANDARD_OUTPUT) {
    return { start: () => write(PATH_CSV_HEAD), point: (point) => write(pathCsvRow(point)), end: nothing };
  }
  const style = createStyle(io.stdout.isTTY, io.env);
  const end: PathOutput["end"] = (result, lambdas) => write(pathSummaryText(result, lambdas, style));
  if (quiet === true) return { start: nothing, point: nothing, end };
  return {
    start: () => write(pathHeadText(style)),
    point: (point) => write(pathRowText(point, style)),
    end: (result, lambdas) => {
      write("\n");
      end(result, lambdas);
      write(runFindingsText(findings, style));
    },
  };
}

type Ended =
  | { readonly ok: true; readonly result: PathResult }
  /** The file of `--csv` cannot be written. */
  | { readonly ok: false; readonly message: string };

async function follow(
  problem: Problem,
  lambdas: readonly number[],
  output: PathOutput,
  { csv, quiet }: PathCommandOptions,
  io: CliIo,
): Promise<Ended> {
  const line =
    quiet !== true && io.stderr.isTTY ? createProgressLine((text) => io.stderr.write(text), io.clock) : undefined;
  let count = lambdas.length;
  let table = PATH_CSV_HEAD;
  const report = ({ index, progress }: PathEvent & { readonly kind: "path-progress" }) =>
    line?.show({ kind: "progress", progress }, `λ ${index + 1} of ${count}`);
  io.onRun?.();
  const { signal, clock, pause } = io;
  const events = runPath(problem, { signal, clock, pause, report, lambdas });
  try {
    for (;;) {
      const next = await events.next();
      if (next.done === true) {
        line?.clear();
        output.end(next.value.result, count);
        return { ok: true, result: next.value.result };
      }
      const event = next.value;
      switch (event.kind) {
        case "path-started":
          count = event.lambdas.length;
          output.start();
          break;
        case "path-progress":
          report(event);
          break;
        case "path-point": {
          line?.clear();
          output.point(event.point);
          table += pathCsvRow(event.point);
          // After every point: whatever ends the process later loses none of them.
          const message = csv === undefined || csv === STANDARD_OUTPUT ? undefined : await keep(csv, table);
          if (message !== undefined) return { ok: false, message };
          break;
        }
        default:
          event satisfies never;
      }
    }
  } finally {
    line?.clear();
  }
}

/** Undefined, or why not. */
async function keep(path: string, text: string): Promise<string | undefined> {
  try {
    await writeAtomically(path, text);
    return undefined;
  } catch (error) {
    // Only what the disk refuses is the user's to mend; anything else is a fault of ours.
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    return `--csv ${path}: cannot be written (${reasonOf(error)}); name a file in a folder that can be, or - for standard output`;
  }
}
