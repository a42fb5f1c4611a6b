// `npm run readme`: puts the real output of the README's example into its transcript, between the two markers.
// With --check: only compares, times, iterations and rounding residues aside. Build first.
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { repository } from "./setup.mjs";

const EXAMPLE = "examples/iris/iris.optimality.yaml";
const BLOCK = /(<!-- transcript -->\n)([\s\S]*?)(<!-- end of transcript -->)/;

const file = path.join(repository, "README.md");
const readme = readFileSync(file, "utf8");
const written = BLOCK.exec(readme)?.[2];
if (written === undefined) throw new Error("README.md has no <!-- transcript --> … <!-- end of transcript -->");

const command = [path.join(repository, "engine/bin/optimality.js"), "diagnose", EXAMPLE];
const result = spawnSync(process.execPath, command, { cwd: repository, encoding: "utf8" });
if (result.status !== 0) throw new Error(`exit code ${result.status}:\n${result.stdout}${result.stderr}`);
const transcript = `\`\`\`console\n$ npx optimality diagnose ${EXAMPLE}\n${result.stdout.trimEnd()}\n\`\`\`\n`;

if (!process.argv.includes("--check")) {
  writeFileSync(
    file,
    readme.replace(BLOCK, (_, start, __, end) => `${start}${transcript}${end}`),
  );
} else if (lasting(written) !== lasting(transcript)) {
  console.error(`README.md: its transcript is not what the command says now: run \`npm run readme\`\n${transcript}`);
  process.exitCode = 1;
}

/** Without what differs between two machines. */
function lasting(text) {
  return text
    .replace(/-?\d+(\.\d+)?e[-+]?\d+/g, "#")
    .replace(/\d+(\.\d+)? (ms|s|iterations?)\b/g, "# $2")
    .replace(/ +/g, " ");
}
