/** The command line without a process: what it wrote, and its exit code. */
import { main } from "../../../engine/src/node/cli.ts";
import type { CliIo } from "../../../engine/src/node/cli-io.ts";

export interface CliRun {
  readonly exit: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliOptions {
  readonly isTTY?: boolean;
  readonly env?: Readonly<Record<string, string>>;
  readonly signal?: { readonly aborted: boolean };
  readonly clock?: () => number;
  readonly onWrite?: (text: string) => void;
}

export async function runCli(argv: readonly string[], options: CliOptions = {}): Promise<CliRun> {
  const written = { stdout: "", stderr: "" };
  const stream = (name: "stdout" | "stderr"): CliIo["stdout"] => ({
    isTTY: options.isTTY === true,
    write(text) {
      written[name] += text;
      options.onWrite?.(text);
    },
  });
  const exit = await main(argv, {
    stdout: stream("stdout"),
    stderr: stream("stderr"),
    env: options.env ?? {},
    signal: options.signal ?? { aborted: false },
    clock: options.clock ?? (() => performance.now()),
    pause: () => new Promise((resolve) => setImmediate(resolve)),
  });
  return { exit, ...written };
}
