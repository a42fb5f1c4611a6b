// Builds everything: the engine (TypeScript → engine/dist), its command line (esbuild → engine/dist/command), the extension's bundles
// and the panel (esbuild → dist/), and, with --tests, the suites that run inside VS Code (→ .build/host-suite/). One line per output.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
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

/** A few files: to find hundreds takes longer than most of what the command line does. */
const command = {
  ...node,
  format: "esm",
  alias: {},
  external: [TENSORFLOW],
  splitting: true,
  // For packages that are CommonJS.
  banner: { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' },
  entryPoints: ["engine/src/node/bin.ts"],
  outdir: "engine/dist/command",
};

/** With the licences of what is inside. */
const shipped = [
  {
    notices: "dist/notices.txt",
    outputs: [
      { ...node, entryPoints: ["extension/main.ts"], outfile: "dist/extension.cjs" },
      { ...node, entryPoints: ["extension/worker/worker.ts"], outfile: "dist/worker.cjs" },
      { ...node, entryPoints: ["extension/language/service.ts"], outfile: "dist/language.cjs" },
      tensorflowOptions("cjs", "dist/tensorflow.cjs"),
      { ...browser, format: "iife", entryPoints: ["webview/main.ts"], outfile: "dist/webview.js", keepNames: false },
      { ...browser, entryPoints: ["webview/styles.css"], outfile: "dist/webview.css" },
    ],
  },
  { notices: "engine/dist/notices.txt", outputs: [command, tensorflowOptions("esm", "engine/dist/tensorflow.js")] },
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
// Pieces that no entry asks for any more.
rmSync(at(command.outdir), { recursive: true, force: true });
for (const { notices, outputs } of shipped) {
  const metafiles = await Promise.all(outputs.map(built));
  if (failures.length > 0) continue;
  writeFileSync(at(notices), noticesOf(metafiles));
  report(notices);
}
if (process.argv.includes("--tests")) await built(hostSuites());
if (failures.length === 0) console.log(`built in ${((Date.now() - startedMs) / 1000).toFixed(1)} s`);
else {
  for (const failure of failures) console.error(`not built: ${failure}`);
  process.exitCode = 1;
}

/** Its metafile; undefined where it failed. */
async function built(options) {
  const output = options.outfile ?? options.outdir;
  try {
    const { metafile } = await build(options);
    report(output);
    return metafile;
  } catch (error) {
    // esbuild has printed its errors already.
    failures.push(`${output}: ${error.message.split("\n")[0]}`);
    return undefined;
  }
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
