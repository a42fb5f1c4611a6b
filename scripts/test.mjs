// `npm test`: every tier, on a fresh clone too. `node scripts/test.mjs unit host` runs only those named.
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import path from "node:path";
import { node, repository, setUp } from "./setup.mjs";

const tool = (file, ...args) => [`node_modules/${file}`, args];
const TIERS = {
  lint: { runs: [tool("@biomejs/biome/bin/biome", "check", "--error-on-warnings", ".")] },
  types: { runs: [tool("typescript/bin/tsc", "-b")] },
  unit: { runs: [tool("vitest/vitest.mjs", "run")] },
  build: { runs: [["scripts/build.mjs", ["--tests"]]] },
  package: {
    needs: "build",
    runs: [
      ["scripts/package.mjs", ["--no-build"]],
      ["--test", packageTests()],
    ],
  },
  host: {
    needs: "build",
    runs: [
      ["--test", ["test/host/guard.test.mjs"]],
      ["test/host/run.mjs", []],
    ],
  },
  panel: { runs: [tool("vitest/vitest.mjs", "run", "--config", "test/e2e/preview/vitest.config.mts")] },
  e2e: { needs: "package", runs: [["test/e2e/journey.mjs", []]] },
};

setUp();
const named = process.argv.slice(2);
for (const name of named) {
  if (name in TIERS) continue;
  console.error(`no tier ${name}: the tiers are ${Object.keys(TIERS).join(", ")}`);
  process.exit(2);
}
const results = new Map();
for (const name of named.length > 0 ? withNeeds(named) : Object.keys(TIERS)) {
  const { needs, runs } = TIERS[name];
  if (needs !== undefined && results.get(needs) !== "passed") {
    results.set(name, `not run: ${needs} did not pass`);
    continue;
  }
  console.log(`\n── ${name} ${"─".repeat(70 - name.length)}`);
  const startedMs = Date.now();
  const passed = runs.every(([script, args]) => (script === "--test" ? nodeTest(args) : node(script, args)) === 0);
  results.set(name, passed ? "passed" : "FAILED");
  console.log(`${name}: ${results.get(name)} (${((Date.now() - startedMs) / 1000).toFixed(1)} s)`);
}
console.log(`\n${[...results].map(([name, result]) => `${name.padEnd(8)} ${result}`).join("\n")}`);
process.exitCode = [...results.values()].every((result) => result === "passed") ? 0 : 1;

/** The named tiers and those they need, in the order of the table. */
function withNeeds(names) {
  const wanted = new Set();
  for (let name of names) for (; name !== undefined; name = TIERS[name].needs) wanted.add(name);
  return Object.keys(TIERS).filter((name) => wanted.has(name));
}

function packageTests() {
  return readdirSync(path.join(repository, "test/package"))
    .filter((file) => file.endsWith(".test.mjs"))
    .map((file) => `test/package/${file}`);
}

function nodeTest(files) {
  const result = spawnSync(process.execPath, ["--test", "--test-reporter=spec", ...files], {
    cwd: repository,
    stdio: "inherit",
  });
  return result.status ?? 1;
}
