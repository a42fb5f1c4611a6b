/**
 * The command line: arguments → text, one JSON document, and an exit code. No process is touched here, so that tests can
 * call it; `bin.ts` joins it to one.
 *
 * Exit codes: 0 nothing wrong (`global`; no finding above info), 1 findings or another verdict, 2 bad usage or input, 3 a fault
 * of ours. With `--json`, standard output is exactly one JSON document: the answer, or `{version: 1, error, findings?}`.
 */
import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { type Finding, isInputFinding } from "../diagnose/finding.ts";
import type { ModelReport } from "../diagnose/model-findings.ts";
import type { ProblemSummary, Progress, RunResult } from "../events.ts";
import type { LayerRow } from "../homogeneity/layer-rows.ts";
import { type RunOutcome, run } from "../run.ts";
import { ENGINE_VERSION } from "../version.ts";
import { BAD_INPUT, type CliIo, type ExitCode, FAULT, FOUND, OK, refuse, refuseConfig, writeJson } from "./cli-io.ts";
import { reasonOf } from "./files.ts";
import { checkLayers, type LoadedProblem, loadProblem, verifyFile, writeRun } from "./load.ts";
import { modelText } from "./model-text.ts";
import { pathCommand } from "./path-command.ts";
import { type PathCommandOptions, readCsvName, readLambda, readLambdas, readPoints } from "./path-options.ts";
import { createProgressLine } from "./progress.ts";
import { countText, findingsText, resultText, runFindingsText, verifyText } from "./report.ts";
import { sarifLog } from "./sarif.ts";
import { createStyle } from "./style.ts";

/** `argv` without the program's own name. Never throws. */
export async function main(argv: readonly string[], io: CliIo): Promise<number> {
  try {
    return await dispatch(argv, io, wantsJson(argv));
  } catch (error) {
    return reportFault(error, argv, io);
  }
}

/** Says what went wrong; the exit code. */
export function reportFault(error: unknown, argv: readonly string[], io: CliIo): number {
  const message = error instanceof Error ? error.message : String(error);
  const debug = (io.env["OPTIMALITY_DEBUG"] ?? "") !== "";
  if (debug && error instanceof Error) io.stderr.write(`${error.stack ?? message}\n`);
  else
    io.stderr.write(
      `optimality: a fault of ours: ${message.split("\n")[0]} (set OPTIMALITY_DEBUG=1 for details, and please report it)\n`,
    );
  if (wantsJson(argv)) writeJson(io, { version: 1, error: `fault: ${message.split("\n")[0]}` });
  return FAULT;
}

async function dispatch(argv: readonly string[], io: CliIo, asJson: boolean): Promise<ExitCode> {
  let exit: ExitCode = OK;
  const program = createProgram(io, {
    check: async (files, options) => {
      exit = await check(files, options, io);
    },
    diagnose: async (file, options) => {
      exit = await diagnose(file, options, io);
    },
    verify: async (file, options) => {
      exit = await verifyCommand(file, options, io);
    },
    path: async (file, options) => {
      exit = await pathCommand(file, options, io);
    },
  });
  try {
    await program.parseAsync(argv, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return OK;
    if (error.code === "commander.help") {
      if (asJson) writeJson(io, { version: 1, error: "no command given" });
      return BAD_INPUT;
    }
    const message = error.message
      .replace(/^error: /, "")
      .replace(/\.$/, "")
      .replaceAll("\n", " ");
    return refuse(`${message}; see optimality --help`, { json: asJson }, io);
  }
  return exit;
}

interface CheckOptions {
  readonly format: "text" | "json" | "sarif";
  readonly json?: true;
}

interface DiagnoseOptions {
  readonly json?: true;
  readonly write: boolean;
  readonly quiet?: true;
}

interface VerifyOptions {
  readonly json?: true;
}

interface Actions {
  check(files: readonly string[], options: CheckOptions): Promise<void>;
  diagnose(file: string, options: DiagnoseOptions): Promise<void>;
  verify(file: string, options: VerifyOptions): Promise<void>;
  path(file: string, options: PathCommandOptions): Promise<void>;
}

function createProgram(io: CliIo, actions: Actions): Command {
  const program = new Command("optimality");
  program
    .description("Is a factorization a global minimum? Proves it, or says what to change.")
    .version(ENGINE_VERSION)
    .exitOverride()
    // Errors are said by `dispatch`, in the same form as all others.
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(text),
      outputError: () => {},
    })
    .addHelpText(
      "after",
      "\nExit codes: 0 nothing wrong, 1 findings or a verdict other than global, 2 bad usage or input, 3 a fault of ours.",
    );
  const child = (name: string): Command => program.command(name).exitOverride();
  child("check")
    .description("find what is wrong with configs and model files, without running them")
    .argument("<file...>", "configs (*.optimality.yaml or .json), Keras or TensorFlow.js models (model.json), .onnx")
    .addOption(new Option("--format <format>", "how to answer").choices(["text", "json", "sarif"]).default("text"))
    .option("--json", "the same as --format json")
    .action((files: readonly string[], options: CheckOptions) => actions.check(files, options));
  child("diagnose")
    .description("search for a global minimum and prove it; writes FILE.certificate.json and FILE.factors.npz")
    .argument("<file>", "a config", oneFile)
    .option("--json", "one JSON document on standard output")
    .option("--no-write", "write no files")
    .option("--quiet", "no progress line, verdict only")
    .action((file: string, options: DiagnoseOptions) => actions.diagnose(file, options));
  child("verify")
    .description("prove a certificate again from data and factors, trusting no number in it")
    .argument("<certificate>", "a *.certificate.json with its config, data and factors beside it", oneFile)
    .option("--json", "one JSON document on standard output")
    .action((file: string, options: VerifyOptions) => actions.verify(file, options));
  child("path")
    .description("diagnose at each λ from λ_max down, and show how rank, objective and proof change")
    .argument("<file>", "a config", oneFile)
    .option("--points <count>", "how many λ, evenly spaced on a log scale (default: 20)", readPoints)
    .option(
      "--to <lambda>",
      "where λ ends: a number, or a part of λ_max as 0.01max (default: the config's λ)",
      readLambda,
    )
    .addOption(
      new Option("--lambdas <list>", "these λ instead, as 5,2,0.1max")
        .argParser(readLambdas)
        .conflicts(["points", "to"]),
    )
    .option("--json", "one JSON document on standard output")
    .option("--csv <file>", "write the points as CSV too; - for standard output", readCsvName)
    .option("--quiet", "no progress line and no table, what came out only")
    .action((file: string, options: PathCommandOptions) => actions.path(file, options));
  return program;
}

function oneFile(value: string): string {
  if (value === "") throw new InvalidArgumentError("the name of a file is needed");
  return value;
}

interface CheckedFile {
  readonly file: string;
  readonly findings: readonly Finding[];
  /** Of a model file, and of the network of a config: the table. */
  readonly layers?: readonly LayerRow[];
  readonly model?: Pick<ModelReport, "layers" | "model">;
}

const readOnnx = async (bytes: Uint8Array) => (await import("../homogeneity/onnx.ts")).readOnnx(bytes);

async function checkOne(file: string): Promise<CheckedFile> {
  const { findings, table } = await checkLayers(file, { readOnnx });
  return table === undefined ? { file, findings } : { file, findings, layers: table.layers, model: table };
}

async function check(files: readonly string[], options: CheckOptions, io: CliIo): Promise<ExitCode> {
  const checked: CheckedFile[] = [];
  for (const file of files) checked.push(await checkOne(file));
  const all = checked.flatMap((entry) => entry.findings);
  const format = options.json === true ? "json" : options.format;
  switch (format) {
    case "json":
      writeJson(io, { version: 1, files: checked.map(({ model: _shown, ...entry }) => entry) });
      break;
    case "sarif":
      writeJson(io, sarifLog(checked));
      break;
    case "text": {
      const style = createStyle(io.stdout.isTTY, io.env);
      for (const entry of checked) {
        if (entry.model !== undefined) io.stdout.write(modelText(entry.file, entry.model, style));
        io.stdout.write(findingsText(entry.file, entry.findings, style));
      }
      io.stdout.write(`${countText(files.length, all)}\n`);
      break;
    }
    default:
      format satisfies never;
  }
  if (all.some(isInputFinding)) return BAD_INPUT;
  return all.some((finding) => finding.severity !== "info") ? FOUND : OK;
}

async function diagnose(file: string, options: DiagnoseOptions, io: CliIo): Promise<ExitCode> {
  const read = await loadProblem(file);
  if (!read.ok) return refuseConfig(file, read.findings, options, io);
  const { outcome, summary } = await runToEnd(read.loaded, io, options.quiet !== true);
  const result: RunResult = { ...outcome.result, findings: mergeFindings(read.findings, outcome.result.findings) };
  // A point beyond float64 has nothing to certify.
  const writes = options.write && result.status !== "non-finite";
  const written = writes ? await keep(read.loaded, { ...outcome, result }) : undefined;
  const certificate = written?.ok === true ? written.certificate : null;
  if (options.json === true) writeJson(io, { ...result, certificate });
  else {
    const style = createStyle(io.stdout.isTTY, io.env);
    const text =
      options.quiet === true
        ? `${resultText(result, summary, style).split("\n", 1)[0]}\n`
        : resultText(result, summary, style);
    io.stdout.write(text);
    if (options.quiet !== true) {
      // `certified` says what the first line says.
      io.stdout.write(
        runFindingsText(
          result.findings.filter((finding) => finding.code !== "certified"),
          style,
        ),
      );
      if (certificate !== null) io.stdout.write(`  certificate  ${certificate}\n`);
    }
  }
  if (written?.ok === false) {
    io.stderr.write(`optimality: ${written.message}\n`);
    return BAD_INPUT;
  }
  return result.verdict === "global" ? OK : FOUND;
}

async function runToEnd(
  loaded: LoadedProblem,
  io: CliIo,
  showProgress: boolean,
): Promise<{ readonly outcome: RunOutcome; readonly summary: ProblemSummary | undefined }> {
  const line =
    showProgress && io.stderr.isTTY ? createProgressLine((text) => io.stderr.write(text), io.clock) : undefined;
  const { signal, clock, pause } = io;
  const report = line && ((progress: Progress) => line.show({ kind: "progress", progress }));
  io.onRun?.();
  const events = run(loaded.problem, { signal, clock, pause, report });
  let summary: ProblemSummary | undefined;
  try {
    for (;;) {
      const next = await events.next();
      if (next.done === true) return { outcome: next.value, summary };
      if (next.value.kind === "started") summary = next.value.problem;
      line?.show(next.value);
    }
  } finally {
    line?.clear();
  }
}

async function keep(
  loaded: LoadedProblem,
  outcome: RunOutcome,
): Promise<{ readonly ok: true; readonly certificate: string } | { readonly ok: false; readonly message: string }> {
  try {
    return { ok: true, certificate: (await writeRun(loaded, outcome)).certificate };
  } catch (error) {
    // Only what the disk refuses is the user's to mend; anything else is a fault of ours.
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    return {
      ok: false,
      message: `${loaded.configPath}.certificate.json cannot be written (${reasonOf(error)}); make the folder writable, or use --no-write`,
    };
  }
}

async function verifyCommand(file: string, options: VerifyOptions, io: CliIo): Promise<ExitCode> {
  const checked = await verifyFile(file);
  if (!checked.ok) return refuse(checked.message, options, io);
  const { report } = checked;
  if (options.json === true) writeJson(io, report);
  else io.stdout.write(verifyText(report, createStyle(io.stdout.isTTY, io.env)));
  return report.valid && report.verdict === "global" ? OK : FOUND;
}

/** Static findings first; the run may have said the same. */
function mergeFindings(first: readonly Finding[], second: readonly Finding[]): Finding[] {
  const said = new Set(second.map((finding) => finding.code));
  return [...first.filter((finding) => !said.has(finding.code)), ...second];
}

function wantsJson(argv: readonly string[]): boolean {
  return (
    argv.includes("--json") ||
    argv.includes("--format=json") ||
    argv.some((arg, i) => arg === "--format" && argv[i + 1] === "json")
  );
}
