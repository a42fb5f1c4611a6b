// The licences of the packages inside the bundles: their terms ask that the text goes with every copy.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { repository } from "./setup.mjs";

/** One text for all packages that the given esbuild metafiles took files from. */
export function noticesOf(metafiles) {
  const folders = new Set();
  for (const metafile of metafiles) {
    for (const input of Object.keys(metafile.inputs)) {
      const match = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(input);
      if (match !== null) folders.add(match[1]);
    }
  }
  const packages = [...folders].map(describe).sort((a, b) => (a.title < b.title ? -1 : 1));
  const texts = packages.map(({ title, license }) => `${title}\n${"-".repeat(title.length)}\n${license.trim()}\n`);
  return `Optimality Lens contains these packages, each under its own licence.\n\n${texts.join("\n\n")}`;
}

function describe(folder) {
  const absolute = path.join(repository, folder);
  const manifest = JSON.parse(readFileSync(path.join(absolute, "package.json"), "utf8"));
  const file = readdirSync(absolute).find((name) => /^licen[cs]e/i.test(name));
  const title = `${manifest.name} ${manifest.version} (${manifest.license})`;
  if (file !== undefined && existsSync(path.join(absolute, file))) {
    return { title, license: readFileSync(path.join(absolute, file), "utf8") };
  }
  return { title, license: `Licence: ${manifest.license}. ${authorOf(manifest)}` };
}

function authorOf({ author }) {
  if (author === undefined) return "";
  return `Author: ${typeof author === "string" ? author : author.name}`;
}
