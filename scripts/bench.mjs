// `npm run bench`: our runs against the peers of test/bench/peers.py, into docs/benchmarks.md (test/bench/compare/main.ts says more).
// `npm run bench -- dense rpca` runs a few and writes nothing; `-- --growth` measures at other sizes. Needs numpy and scipy.
import { spawnSync } from "node:child_process";
import path from "node:path";
import { build } from "esbuild";
import { node, repository } from "./setup.mjs";

/** Take the engine in engine/dist as it is, for figures of an earlier build. */
const asBuilt = process.argv.includes("--as-built");
if (!asBuilt && node("node_modules/typescript/bin/tsc", ["-b", "engine"]) !== 0) process.exit(1);

const folder = path.join(repository, ".build/bench");
await build({
  entryPoints: ["main", "job"].map((name) => path.join(repository, `test/bench/compare/${name}.ts`)),
  outdir: folder,
  outExtension: { ".js": ".mjs" },
  bundle: true,
  platform: "node",
  format: "esm",
  // The engine is measured as it is shipped, not as part of this bundle.
  packages: "external",
  logLevel: "error",
});
const args = process.argv.slice(2).filter((word) => word !== "--as-built");
const run = spawnSync(process.execPath, [path.join(folder, "main.mjs"), ...args], { stdio: "inherit" });
process.exitCode = run.status ?? 1;
