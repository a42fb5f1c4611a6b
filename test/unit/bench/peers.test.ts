/** test/bench/peers.py: its problems are read by the engine, and its peers agree with one another where they are to. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { loadProblem } from "@optimality-lens/engine/node";
import { afterAll, describe, expect, it } from "vitest";
import type { PeerTimes } from "../../bench/compare/outcome.ts";
import { PROBLEMS } from "../../bench/compare/problems.ts";

const hasScipy = spawnSync("python3", ["-c", "import numpy, scipy"]).status === 0;
const folder = mkdtempSync(path.join(tmpdir(), "peers-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function peers(...args: string[]): string {
  const script = path.resolve(import.meta.dirname, "../../bench/peers.py");
  const ran = spawnSync("python3", [script, ...args], { encoding: "utf8" });
  expect(ran.status, ran.stderr).toBe(0);
  return ran.stdout;
}

describe.skipIf(!hasScipy)("peers.py (skipped where python3 has no scipy)", () => {
  it.each(PROBLEMS.map(({ name }) => name))("writes a problem that the engine reads: %s", async (name) => {
    const target = path.join(folder, name);
    peers(name, "--scale", name === "completion-large" ? "0.02" : "0.1", "--write", target);
    const read = await loadProblem(path.join(target, `${name}.optimality.yaml`));
    expect(read.findings.filter(({ severity }) => severity === "error")).toEqual([]);
    expect(read.ok && read.loaded.problem.target.value.length).toBeGreaterThan(0);
  });

  it.each(["dense", "rpca", "logistic"])("has peers of a convex problem that reach the same optimum: %s", (name) => {
    const { optimum, peers: times } = JSON.parse(
      peers(name, "--scale", "0.2", "--solve", "--repeat", "1", "--budget", "2"),
    ) as PeerTimes;
    const worst = Math.max(...times.map(({ objective }) => objective));
    expect(worst / optimum - 1).toBeLessThan(1e-5);
    expect(times.some(({ seconds, listed }) => seconds !== null && !listed)).toBe(true);
  });
});
