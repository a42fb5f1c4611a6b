// `npm run package`: builds, then packs optimality-lens-<version>.vsix by the allow-list in .vscodeignore.
import { spawnSync } from "node:child_process";
import path from "node:path";
import { node, repository, setUp } from "./setup.mjs";
import { vsixFile } from "./vsix-file.mjs";

setUp();
if (!process.argv.includes("--no-build") && node("scripts/build.mjs") !== 0) process.exit(1);
// Everything is bundled; there is no public repository yet for links and images to point to.
const flags = ["--no-dependencies", "--allow-missing-repository", "--no-rewrite-relative-links", "--out", vsixFile()];
const result = spawnSync(
  process.execPath,
  [path.join(repository, "node_modules/@vscode/vsce/vsce"), "package", ...flags],
  {
    cwd: repository,
    encoding: "utf8",
  },
);
if (result.status !== 0) {
  console.error(`vsce package failed:\n${result.stdout}${result.stderr}${result.error?.message ?? ""}`);
  process.exit(1);
}
console.log(result.stdout.trim().split("\n").at(-1));
