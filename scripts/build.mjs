// Builds everything: the engine (TypeScript → engine/dist), the extension's bundles and the panel (esbuild → dist/),
// and, with --tests, the suites that run inside VS Code (→ .build/host-suite/). One line per output.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { build } from "esbuild";
import { noticesOf } from "./notices.mjs";
import { repository } from "./setup.mjs";
import { TENSORFLOW, tensorflowOptions } from "./tensorflow.mjs";

const at = (relative) => path.join(repository, relative);

/** Bundles take the engine from its sources, so that they never meet a stale build of it. */
const engineSources = {
  "@optimality-lens/engine": at("engine/src/index.ts"),
  "@optimality-lens/engine/node": at("engine/src/node/load.ts"),
  [TENSORFLOW]: "./tensorflow.cjs",
};

const shared = {
  absWorkingDir: repository,
  bundle: true,
  minify: true,
  // Names appear in the log when something fails.
  keepNames: true,
  sourcemap: "linked",
  sourcesContent: false,
  legalComments: "none",
  logLevel: "warning",
  metafile: true,
  alias: engineSources,
};
const node = {
  ...shared,
  platform: "node",
  format: "cjs",
  target: "node20",
  mainFields: ["module", "main"],
  // The bundles find one another at run time: each is loaded when it is first needed.
  external: ["vscode", "./worker.cjs", "./language.cjs", "./tensorflow.cjs"],
};
const browser = { ...shared, platform: "browser", target: "es2022" };

const outputs = [
  { ...node, entryPoints: ["extension/main.ts"], outfile: "dist/extension.cjs" },
  { ...node, entryPoints: ["extension/worker/worker.ts"], outfile: "dist/worker.cjs" },
  { ...node, entryPoints: ["extension/language/service.ts"], outfile: "dist/language.cjs" },
  tensorflowOptions("cjs", "dist/tensorflow.cjs"),
  tensorflowOptions("esm", "engine/dist/tensorflow.js"),
  { ...browser, format: "iife", entryPoints: ["webview/main.ts"], outfile: "dist/webview.js", keepNames: false },
  { ...browser, entryPoints: ["webview/styles.css"], outfile: "dist/webview.css" },
];

const hostSuites = () => ({
  ...node,
  entryPoints: readdirSync(at("test/host/suite"))
    .filter((file) => file.endsWith(".ts"))
    .map((file) => `test/host/suite/${file}`),
  outdir: ".build/host-suite",
  external: ["vscode", "mocha"],
  minify: false,
});

const startedMs = Date.now();
const failures = [];
buildEngine();
const metafiles = [];
for (const options of process.argv.includes("--tests") ? [...outputs, hostSuites()] : outputs) {
  try {
    const result = await build(options);
    if (options.outfile !== undefined) metafiles.push(result.metafile);
    report(options.outfile ?? options.outdir);
  } catch (error) {
    // esbuild has printed its errors already.
    failures.push(`${options.outfile ?? options.outdir}: ${error.message.split("\n")[0]}`);
  }
}
if (failures.length === 0) {
  mkdirSync(at("dist"), { recursive: true });
  writeFileSync(at("dist/notices.txt"), noticesOf(metafiles));
  report("dist/notices.txt");
  console.log(`built in ${((Date.now() - startedMs) / 1000).toFixed(1)} s`);
} else {
  for (const failure of failures) console.error(`not built: ${failure}`);
  process.exitCode = 1;
}

function buildEngine() {
  const compiler = at("node_modules/typescript/bin/tsc");
  const result = spawnSync(process.execPath, [compiler, "-b", "engine"], { cwd: repository, stdio: "inherit" });
  if (result.status === 0) report("engine/dist");
  else failures.push("engine/dist: type errors, see above");
}

function report(output) {
  const file = at(output);
  if (!existsSync(file)) return;
  const stats = statSync(file);
  const size = stats.isDirectory() ? `${readdirSync(file).length} entries` : `${(stats.size / 1024).toFixed(1)} kB`;
  console.log(`${output.padEnd(22)} ${size.padStart(12)}`);
}
