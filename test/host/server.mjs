// Starts the fetched VS Code server with a fresh profile, on 127.0.0.1 only, and ends all of it again.
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fetchServer } from "./fetch-server.mjs";

const START_LIMIT_MS = 60_000;

/** Nothing that moves, asks, phones home or differs between runs. */
const QUIET_SETTINGS = {
  "workbench.startupEditor": "none",
  "workbench.enableExperiments": false,
  "workbench.secondarySideBar.defaultVisibility": "hidden",
  "window.menuBarVisibility": "classic",
  "chat.disableAIFeatures": true,
  "telemetry.telemetryLevel": "off",
  "extensions.autoCheckUpdates": false,
  "extensions.ignoreRecommendations": true,
  "update.mode": "none",
  "git.enabled": false,
};

/**
 * Options: `settings` for the user, `args` for the server, `env` for it and the extension host, `port` (default: any free one).
 * Returns `cli(...args)` (e.g. --install-extension) and `start()` → { url, authority, log(), ended, stop() }.
 */
export async function createServer({ settings = {}, args = [], env = {}, port = 0 } = {}) {
  const { node, entry } = await fetchServer();
  const home = mkdtempSync(path.join(tmpdir(), "optimality-lens-host-"));
  const data = path.join(home, "data");
  const extensions = path.join(home, "extensions");
  mkdirSync(path.join(data, "User"), { recursive: true });
  mkdirSync(extensions);
  writeFileSync(path.join(home, "config.yaml"), "cert: false\n");
  writeFileSync(path.join(data, "User/settings.json"), JSON.stringify({ ...QUIET_SETTINGS, ...settings }));

  const base = [
    entry,
    "--config",
    path.join(home, "config.yaml"),
    "--user-data-dir",
    data,
    "--extensions-dir",
    extensions,
  ];
  const environment = {
    ...withoutNodeOptions(process.env),
    EXTENSIONS_GALLERY: "{}",
    HOME: home,
    XDG_CONFIG_HOME: home,
    XDG_DATA_HOME: home,
    ...env,
  };

  const cli = (...options) =>
    new Promise((resolve, reject) => {
      const child = spawn(node, [...base, ...options], { env: environment });
      let output = "";
      child.stdout.on("data", (data) => (output += data));
      child.stderr.on("data", (data) => (output += data));
      child.on("error", reject);
      child.on("exit", (code) =>
        code === 0 ? resolve(output) : reject(new Error(`server ${options.join(" ")}: exit ${code}\n${output}`)),
      );
    });

  const start = async () => {
    const flags = [
      ["--bind-addr", `127.0.0.1:${port}`],
      ["--auth", environment.PASSWORD ? "password" : "none"],
      ["--disable-telemetry", "--disable-update-check", "--disable-workspace-trust"],
      ["--disable-getting-started-override", "--disable-proxy"],
    ].flat();
    // Its own process group: the extension host, the pty host and the file watcher are its children.
    const child = spawn(node, [...base, ...flags, ...args], { env: environment, detached: true });
    let output = "";
    const ended = new Promise((resolve) => child.on("exit", resolve));
    const url = await new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`the server said nothing for a minute\n${output}`)),
        START_LIMIT_MS,
      );
      const read = (data) => {
        output += data;
        const match = /listening on (http:\/\/127\.0\.0\.1:\d+)/.exec(output);
        if (match === null) return;
        clearTimeout(timer);
        resolve(match[1]);
      };
      child.stdout.on("data", read);
      child.stderr.on("data", read);
      child.on("error", reject);
      child.on("exit", (code) => reject(new Error(`the server ended with exit code ${code}\n${output}`)));
    });
    const stop = async () => {
      signalGroup(child.pid, "SIGTERM");
      await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 5000))]);
      signalGroup(child.pid, "SIGKILL");
      rmSync(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    };
    return { url, authority: url.slice("http://".length), log: () => output, ended, stop };
  };
  return { cli, start };
}

function signalGroup(pid, signal) {
  try {
    process.kill(-pid, signal);
  } catch {
    // The group is gone already.
  }
}

/** A debugger or loader meant for this process would stop the server's. */
function withoutNodeOptions({ NODE_OPTIONS: _, ...rest }) {
  return rest;
}
