// Makes a fresh clone ready to work in. Node's built-ins only: it runs before any dependency is there.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

export const repository = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "..");
const OLDEST_NODE = 20;

/** Installs the dependencies when they are not those of package-lock.json. Ends the process with one line where it cannot. */
export function setUp() {
  const major = Number(process.versions.node.split(".")[0]);
  if (major < OLDEST_NODE) giveUp(`Node ${process.versions.node}: this project needs Node ${OLDEST_NODE} or newer.`);
  if (dependenciesAreInstalled()) return;
  console.log("installing dependencies (npm ci)");
  // No package here needs its install script, and some would try to download.
  const result = npm(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]);
  if (result.status !== 0) giveUp("npm ci failed; see above. Is the npm registry reachable?");
}

/** Runs npm with its output shown. */
export function npm(args) {
  return spawnSync("npm", args, { cwd: repository, stdio: "inherit", shell: process.platform === "win32" });
}

/** Runs a script of this repository with the Node that runs this one, its output shown; returns its exit code. */
export function node(script, args = []) {
  const result = spawnSync(process.execPath, [path.join(repository, script), ...args], {
    cwd: repository,
    stdio: "inherit",
  });
  return result.status ?? 1;
}

/** Whether every package that package-lock.json asks for is there in that version (optional ones may be missing). */
function dependenciesAreInstalled() {
  const installed = path.join(repository, "node_modules/.package-lock.json");
  if (!existsSync(installed)) return false;
  const wanted = packagesOf(path.join(repository, "package-lock.json"));
  const present = packagesOf(installed);
  return Object.entries(wanted).every(
    ([name, entry]) =>
      !name.includes("node_modules/") || entry.optional || entry.link || present[name]?.version === entry.version,
  );
}

function packagesOf(lockfile) {
  return JSON.parse(readFileSync(lockfile, "utf8")).packages;
}

function giveUp(message) {
  console.error(message);
  process.exit(1);
}
