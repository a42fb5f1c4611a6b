/** Machine and versions of a measurement, without names of hosts or users. */
import { spawnSync } from "node:child_process";
import { cpus, loadavg, totalmem } from "node:os";

export function environmentText(versions: Readonly<Record<string, string>>): string {
  const { model } = cpus()[0];
  const memory = `${Math.round(totalmem() / 2 ** 30)} GiB`;
  const software = Object.entries({ Node: process.version.slice(1), V8: process.versions.v8, ...versions });
  const list = software.map(([name, version]) => `${name} ${version}`).join(", ");
  return `${model.trim()}, ${cpus().length} cores, ${memory}, ${process.platform} ${process.arch}; ${list}.\n`;
}

/** Why the peers cannot run here; undefined when they can. */
export function missingPython(): string | undefined {
  const found = spawnSync("python3", ["-c", "import numpy, scipy"], { encoding: "utf8" });
  if (found.status === 0) return undefined;
  return "the peers need python3 with numpy and scipy";
}

/** Other work makes the times worthless. */
export function busyWarning(): string | undefined {
  const load = loadavg()[0];
  return load > 0.5
    ? `other processes are at work (load ${load.toFixed(1)}): the times will not be comparable`
    : undefined;
}
