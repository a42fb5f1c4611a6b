// `npm run vscode`: the examples in a VS Code with the extension loaded. A desktop `code` when there is one,
// else the fetched server, whose address is printed; it runs until Ctrl+C.
import { spawnSync } from "node:child_process";
import path from "node:path";
import { node, repository, setUp } from "./setup.mjs";

setUp();
const examples = path.join(repository, "examples");
// Only now: these use dependencies that setUp() may have installed.
const { codeCommand } = await import("../test/host/desktop.mjs");
const desktop = process.env.VSCODE_TEST_SERVER ? undefined : codeCommand();
if (desktop !== undefined) {
  if (node("scripts/build.mjs") !== 0) process.exit(1);
  console.log(`opening ${desktop}`);
  const args = ["--new-window", `--extensionDevelopmentPath=${repository}`, examples];
  process.exit(spawnSync(desktop, args, { stdio: "inherit", shell: process.platform === "win32" }).status ?? 1);
}
if (node("scripts/package.mjs") !== 0) process.exit(1);
try {
  await serve();
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}

async function serve() {
  const { createServer } = await import("../test/host/server.mjs");
  const { vsixFile } = await import("./vsix-file.mjs");
  const host = await createServer({ port: Number(process.env.PORT ?? 0) });
  await host.cli("--install-extension", vsixFile());
  const server = await host.start();
  const protection = process.env.PASSWORD ? "asks for your PASSWORD" : "no password: set PASSWORD to have one";
  console.log(`\nVS Code with the extension and the examples (this machine only, ${protection}):`);
  console.log(`  ${server.url}/?folder=${encodeURI(examples)}\nCtrl+C ends it.`);
  await new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, resolve);
    void server.ended.then(resolve);
  });
  await server.stop();
}
