// What is inside the packed extension (`npm run package` first): exactly what it needs, and nothing of this machine.
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import { homedir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { unzipSync } from "fflate";
import { repository } from "../../scripts/setup.mjs";
import { vsixFile } from "../../scripts/vsix-file.mjs";

const MAX_BYTES = 2 * 1024 * 1024;

assert.ok(existsSync(vsixFile()), `${vsixFile()} is missing: run \`npm run package\` first`);
const packed = readFileSync(vsixFile());
const entries = unzipSync(packed);
const text = (name) => new TextDecoder().decode(entries[name]);
const manifest = JSON.parse(text("extension/package.json"));

/** Files of a folder of the repository, as the vsix names them; none when the folder is not there. */
function filesUnder(folder, extension = "") {
  const absolute = path.join(repository, folder);
  if (!existsSync(absolute)) return [];
  return readdirSync(absolute, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(extension))
    .map((entry) => path.relative(repository, path.join(entry.parentPath, entry.name)).replaceAll(path.sep, "/"))
    .map((file) => `extension/${file}`);
}

test("has exactly the files it should", () => {
  const expected = [
    "[Content_Types].xml",
    "extension.vsixmanifest",
    ...["package.json", "readme.md", "changelog.md", "LICENSE.txt"].map((file) => `extension/${file}`),
    ...[
      "extension.cjs",
      "worker.cjs",
      "language.cjs",
      "tensorflow.cjs",
      "webview.js",
      "webview.css",
      "notices.txt",
    ].map((file) => `extension/dist/${file}`),
    ...filesUnder("schemas", ".json"),
    ...filesUnder("docs/findings", ".md"),
    ...filesUnder("media"),
    "extension/docs/images/panel.png",
  ];
  assert.deepEqual(Object.keys(entries).sort(), expected.sort());
});

test("has every file that its manifest names", () => {
  const named = JSON.stringify(manifest).matchAll(/"\.?\/?((?:dist|schemas|docs|images|media)\/[^"$]+)"/g);
  const missing = [...named].map(([, file]) => `extension/${file}`).filter((file) => !(file in entries));
  assert.deepEqual(missing, []);
  assert.ok(manifest.main.endsWith("dist/extension.cjs"));
});

test("has no sources, tests, source maps or packages", () => {
  const unwanted = Object.keys(entries).filter((file) =>
    /\.(ts|mts|map|vsix|npz|csv)$|node_modules|\/(test|engine|webview)\//.test(file),
  );
  assert.deepEqual(unwanted, []);
});

test("is small", () => {
  assert.ok(packed.length < MAX_BYTES, `${packed.length} bytes`);
});

test("says nothing of the machine it was built on", () => {
  const traces = [repository, `${homedir()}${path.sep}`];
  for (const [file, bytes] of Object.entries(entries)) {
    const content = Buffer.from(bytes);
    for (const trace of traces) assert.ok(!content.includes(trace), `${file} mentions ${trace}`);
  }
});

test("carries the licences of the packages inside", () => {
  const notices = text("extension/dist/notices.txt");
  for (const name of ["chart.js", "yaml", "zod", "fflate", "@noble/hashes", "papaparse", "@tensorflow/tfjs-core"]) {
    assert.ok(notices.includes(`\n${name} `), `no notice for ${name}`);
  }
});

test("needs nothing from the network: bundles require only Node and VS Code", () => {
  for (const file of ["extension.cjs", "worker.cjs", "language.cjs", "tensorflow.cjs"]) {
    const required = [...text(`extension/dist/${file}`).matchAll(/\brequire\("([^"]+)"\)/g)].map(([, name]) => name);
    const foreign = required.filter((name) => name !== "vscode" && !isBuiltin(name));
    assert.deepEqual([...new Set(foreign)], [], file);
  }
});
