// Writes the files that are made from the engine's sources: the JSON Schema, the config reference, the page of each finding.
// With --check it only compares, and says which are stale.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const repository = fileURLToPath(new URL("..", import.meta.url));
const FINDINGS = "docs/findings";
const check = process.argv.includes("--check");

const engine = await loadEngine();
const files = new Map([
  ["schemas/optimality.schema.json", `${JSON.stringify(engine.configJsonSchema(), null, 2)}\n`],
  ["docs/config.md", configPage(engine.keyReference())],
  [`${FINDINGS}/README.md`, findingsIndex(engine.FINDING_PAGES)],
  ...Object.entries(engine.FINDING_PAGES).map(([code, page]) => [`${FINDINGS}/${code}.md`, findingPage(code, page)]),
]);

const stale = [...files].filter(([file, text]) => readText(file) !== text).map(([file]) => file);
const orphans = listMarkdown(FINDINGS).filter((file) => !files.has(file));
if (check) {
  for (const file of stale) console.error(`${file}: differs from what scripts/generate.mjs makes`);
  for (const file of orphans) console.error(`${file}: belongs to no finding`);
  if (stale.length + orphans.length > 0) {
    console.error("run: node scripts/generate.mjs");
    process.exitCode = 1;
  }
} else {
  for (const file of stale) {
    mkdirSync(path.join(repository, path.dirname(file)), { recursive: true });
    writeFileSync(path.join(repository, file), files.get(file) ?? "");
    console.log(`wrote ${file}`);
  }
  for (const file of orphans) {
    rmSync(path.join(repository, file));
    console.log(`removed ${file}`);
  }
  if (stale.length + orphans.length === 0) console.log(`${files.size} generated files are up to date`);
}

/** From the sources, so that a stale build cannot write stale pages. */
async function loadEngine() {
  const outfile = path.join(repository, ".build/generate/engine.cjs");
  await build({
    absWorkingDir: repository,
    entryPoints: ["engine/src/index.ts"],
    outfile,
    bundle: true,
    platform: "node",
    format: "cjs",
    mainFields: ["module", "main"],
    logLevel: "warning",
  });
  return createRequire(import.meta.url)(outfile);
}

function configPage(keys) {
  const cell = (text) => text.replaceAll("|", "\\|").replaceAll("\n", " ");
  const rows = keys.map((key) => `| \`${key.path}\` | ${cell(key.values)} | ${cell(defaultOf(key))} |`);
  const sections = keys.map(
    (key) => `### \`${key.path}\`

${key.description}

- Values: ${key.values}
- Default: ${defaultOf(key)}

\`\`\`yaml
${key.example}
\`\`\`
`,
  );
  return `<!-- Made by scripts/generate.mjs from engine/src/config/schema.ts. -->
# Config reference

A config is a file \`*.optimality.yaml\` (or \`.json\`). Paths in it are relative to the file. The smallest one that works:

\`\`\`yaml
data: {target: ratings.csv}
mapping: {kind: matrix}
lambda: {relative: 0.1}
\`\`\`

\`mapping: matrix\` and \`regularizer: weight-decay\` are short for \`{kind: …}\`. The JSON Schema is
[schemas/optimality.schema.json](../schemas/optimality.schema.json).

What is required inside a mapping is required where that mapping is written.

| key | values | default |
| --- | --- | --- |
${rows.join("\n")}

## Keys

${sections.join("\n")}`;
}

function defaultOf(key) {
  return key.fallback ?? (key.required ? "required" : "none");
}

function findingsIndex(pages) {
  const rows = Object.entries(pages).map(
    ([code, page]) => `| [\`${code}\`](${code}.md) | ${page.severity} | ${page.title} |`,
  );
  return `<!-- Made by scripts/generate.mjs from engine/src/diagnose/pages.ts. -->
# Findings

What Optimality Lens says about configs and runs. Each page has the statement behind a finding, an example that gives it, and one
that does not.

| code | severity | |
| --- | --- | --- |
${rows.join("\n")}
`;
}

function findingPage(code, page) {
  return `<!-- Made by scripts/generate.mjs from engine/src/diagnose/pages.ts. -->
# ${page.title}

\`${code}\` · ${page.severity}

${page.statement}

Source: ${page.source}.

## What to do

${page.advice.map((line) => `- ${line}`).join("\n")}

## An example that gives it

${example(page.failing)}
## ${code === "certified" ? "An example that is certified" : "The same, mended"}

${example(page.mended)}${inConfig(page)}`;
}

function inConfig({ inConfig }) {
  if (inConfig === undefined) return "";
  return `
## In a config

${example(inConfig.failing)}
Mended:

${example(inConfig.mended)}`;
}

function example({ config, fileName = "example.optimality.yaml", files = {} }) {
  const block = (name, language, text) => `\`${name}\`\n\n\`\`\`${language}\n${text}\`\`\`\n`;
  const data = Object.entries(files).map(([name, text]) => block(name, name.split(".").at(-1), text));
  return [block(fileName, fileName.endsWith(".json") ? "json" : "yaml", config), ...data].join("\n");
}

function readText(file) {
  try {
    return readFileSync(path.join(repository, file), "utf8");
  } catch {
    return undefined;
  }
}

function listMarkdown(folder) {
  try {
    return readdirSync(path.join(repository, folder))
      .filter((name) => name.endsWith(".md"))
      .map((name) => `${folder}/${name}`);
  } catch {
    return [];
  }
}
