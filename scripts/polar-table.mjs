// `npm run bench:polars`: measures the brackets of test/bench/polar-table.ts and writes them into docs/certificates.md.
// With words behind it, as in `npm run bench:polars -- "CP 6"`: only rows that contain them, and nothing is written.
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { build } from "esbuild";
import { repository } from "./setup.mjs";

const BLOCK = /(<!-- brackets -->\n)([\s\S]*?)(<!-- end of brackets -->)/;
const HEAD =
  "| factors | size | before | closed | worst | to close | to check | by |\n| --- | --- | ---: | ---: | ---: | ---: | ---: | --- |\n";

const bundle = path.join(repository, ".build/polar-table.mjs");
await build({
  entryPoints: [path.join(repository, "test/bench/polar-table.ts")],
  outfile: bundle,
  bundle: true,
  platform: "node",
  format: "esm",
  mainFields: ["module", "main"],
  external: ["#tensorflow"],
  logLevel: "error",
});
const only = process.argv.slice(2);
const run = spawnSync(process.execPath, [bundle, ...only], {
  encoding: "utf8",
  stdio: ["ignore", "pipe", "inherit"],
});
if (run.status !== 0) process.exit(run.status ?? 1);
process.stdout.write(`${HEAD}${run.stdout}`);
if (only.length === 0) {
  const file = path.join(repository, "docs/certificates.md");
  const page = readFileSync(file, "utf8");
  if (!BLOCK.test(page)) throw new Error("docs/certificates.md has no <!-- brackets --> … <!-- end of brackets -->");
  writeFileSync(
    file,
    page.replace(BLOCK, (_, start, __, end) => `${start}${HEAD}${run.stdout}${end}`),
  );
}
