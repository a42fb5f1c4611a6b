#!/usr/bin/env node
// Takes VS Code's test command line and runs it in the fetched server with a headless Chromium, so that
// @vscode/test-electron's runTests({ vscodeExecutablePath: <this file> }) needs no desktop VS Code.
import { mkdirSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { format } from "node:util";
import { openBrowser } from "./browser.mjs";
import { repository } from "./fetch-server.mjs";
import { closingLine, verdictOf } from "./guard.mjs";
import { createServer } from "./server.mjs";

const TIMEOUT_MS = Number(process.env.TEST_TIMEOUT_MS ?? 180_000);
const NOISE =
  /gallery as it is disabled|^Creating a socket|connection token|^\[(reconnection-grace-time|Service Worker|AgentHost|AccountPolicyGate)|builtin extensions cache/;

const options = parse(process.argv.slice(2));
// The driver is what makes a built VS Code accept extensionDevelopmentPath and extensionTestsPath from the address.
const host = await createServer({ args: ["--vscode-option", "enable-smoke-test-driver"] });
const server = await host.start();
let browser;
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => void stop().then(() => process.exit(130)));
try {
  process.exitCode = await runSuite();
} finally {
  await stop();
}

async function stop() {
  await browser?.close().catch(() => {});
  await server.stop();
}

async function runSuite() {
  const opened = await openBrowser();
  browser = opened.browser;
  const { page } = opened;
  let settle;
  const ended = new Promise((resolve) => {
    settle = resolve;
  });
  let summary;
  await page.exposeFunction("codeAutomationLog", (type, args) => {
    const text = format(...args);
    summary = closingLine(text) ?? summary;
    if (process.env.DEBUG || !NOISE.test(text)) (type === "error" ? process.stderr : process.stdout).write(`${text}\n`);
  });
  await page.exposeFunction("codeAutomationExit", (code) => settle({ code }));
  page.on("crash", () => settle({ code: 97, why: "the page crashed" }));
  browser.on("disconnected", () => settle({ code: 96, why: "the browser went away" }));
  const timer = setTimeout(
    () => settle({ code: 98, why: `the suite did not end within ${TIMEOUT_MS} ms` }),
    TIMEOUT_MS,
  );

  await page.goto(address());
  const { code, why } = verdictOf(await ended, summary);
  clearTimeout(timer);
  if (why !== undefined) console.error(`${why}\n--- server log ---\n${server.log().slice(-3000)}`);
  if (code !== 0) {
    const artifacts = path.join(repository, "test-artifacts");
    mkdirSync(artifacts, { recursive: true });
    await page.screenshot({ path: path.join(artifacts, "host-failed.png") }).catch(() => {});
  }
  return code;
}

function address() {
  const remote = (file) => `vscode-remote://${server.authority}${encodeURI(file)}`;
  const url = new URL(`${server.url}/`);
  url.searchParams.set("folder", options.folder ?? mkdtempSync(path.join(tmpdir(), "empty-")));
  url.searchParams.set(
    "payload",
    JSON.stringify([
      ...options.extensions.map((file) => ["extensionDevelopmentPath", remote(file)]),
      ["extensionTestsPath", remote(options.tests)],
      ["skipWelcome", "true"],
    ]),
  );
  return url.href;
}

/** The flags that mean something here; a desktop VS Code's others are ignored. */
function parse(args) {
  const parsed = { extensions: [], tests: undefined, folder: undefined };
  for (const arg of args) {
    const [key, value] = split(arg);
    if (key === undefined) parsed.folder = path.resolve(arg);
    else if (key === "extensionDevelopmentPath") parsed.extensions.push(path.resolve(value));
    else if (key === "extensionTestsPath") parsed.tests = path.resolve(value);
    else if (key === "folder-uri") parsed.folder = decodeURIComponent(new URL(value).pathname);
  }
  if (parsed.tests === undefined) {
    console.error("--extensionTestsPath=FILE is missing: this launcher only runs tests (see test/host/run.mjs)");
    process.exit(2);
  }
  return parsed;
}

function split(arg) {
  if (!arg.startsWith("--")) return [undefined, undefined];
  const equals = arg.indexOf("=");
  return equals < 0 ? [arg.slice(2), ""] : [arg.slice(2, equals), arg.slice(equals + 1)];
}
