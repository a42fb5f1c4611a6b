// Runs the suites of test/host/suite inside a real VS Code, through @vscode/test-electron whichever VS Code it is.
// Built beforehand by `node scripts/build.mjs --tests`.
import { cpSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { downloadAndUnzipVSCode, runTests } from "@vscode/test-electron";
import { desktopProgram } from "./desktop.mjs";
import { fetchServer, repository } from "./fetch-server.mjs";

const suite = path.join(repository, ".build/host-suite/index.js");
const launcher = path.join(repository, "test/host/launcher.mjs");

try {
  process.exitCode = await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}

async function main() {
  if (!existsSync(suite)) throw new Error("the suites are not built: run `node scripts/build.mjs --tests` first");
  const { how, program } = await chooseHost();
  console.log(`VS Code: ${how}`);
  const workspace = mkdtempSync(path.join(tmpdir(), "optimality-lens-workspace-"));
  cpSync(path.join(repository, "examples"), workspace, { recursive: true });
  try {
    return await runTests({
      vscodeExecutablePath: program,
      extensionDevelopmentPath: repository,
      extensionTestsPath: suite,
      launchArgs: [workspace, "--disable-extensions"],
      extensionTestsEnv: { OPTIMALITY_LENS_REPOSITORY: repository },
    });
  } finally {
    rmSync(workspace, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}

async function chooseHost() {
  const named = process.env.VSCODE_EXECUTABLE_PATH;
  if (named) {
    if (!existsSync(named)) throw new Error(`VSCODE_EXECUTABLE_PATH: ${named} does not exist`);
    return { how: named, program: named };
  }
  const desktop = process.env.VSCODE_TEST_SERVER ? undefined : desktopProgram();
  if (desktop !== undefined) return { how: `desktop, ${desktop}`, program: desktop };
  if (process.env.VSCODE_TEST_DOWNLOAD) {
    const version = process.env.VSCODE_TEST_VERSION ?? "stable";
    return { how: `downloaded, ${version}`, program: await downloadAndUnzipVSCode(version) };
  }
  await fetchServer();
  return { how: "the fetched server with a headless Chromium", program: launcher };
}
