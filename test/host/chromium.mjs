// A Chromium to drive: one that is on the machine, or installed with apt-get, or downloaded by Playwright.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";
import { chromium } from "playwright-core";
import { repository } from "./fetch-server.mjs";
import { onPath, packagesMayBeInstalled, systemInstall } from "./system.mjs";

const PROGRAMS = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge"];
const MAC_CHROME = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome";

/** Path of a Chromium. Throws an Error with instructions where none can be had. */
export function findChromium() {
  const named = process.env.CHROMIUM;
  if (named !== undefined && named !== "") {
    if (existsSync(named)) return named;
    throw new Error(`CHROMIUM: ${named} does not exist. Point it to a Chromium or Chrome binary, or unset it.`);
  }
  return onMachine() ?? fromPackages() ?? fromPlaywright() ?? fail();
}

function onMachine() {
  for (const program of PROGRAMS) {
    const found = onPath(program);
    if (found !== undefined) return found;
  }
  return existsSync(MAC_CHROME) ? MAC_CHROME : playwrightsOwn();
}

function playwrightsOwn() {
  const file = chromium.executablePath();
  return file !== "" && existsSync(file) ? file : undefined;
}

function fromPackages() {
  if (!packagesMayBeInstalled()) return undefined;
  console.log("no Chromium on this machine: installing one");
  systemInstall(["chromium", "fonts-dejavu-core"]);
  return onMachine();
}

function fromPlaywright() {
  console.log("no Chromium on this machine: asking Playwright for one");
  const cli = path.join(repository, "node_modules/playwright-core/cli.js");
  spawnSync(process.execPath, [cli, "install", "chromium"], { stdio: "inherit" });
  return playwrightsOwn();
}

function fail() {
  throw new Error(
    [
      "no Chromium: the tests in VS Code need one to show the workbench.",
      "  - Debian/Ubuntu: sudo apt-get install chromium     (or run as root: it is installed for you)",
      "  - anywhere: npx playwright-core install chromium",
      "  - or set CHROMIUM to the binary of a Chromium or Chrome that you have",
    ].join("\n"),
  );
}
