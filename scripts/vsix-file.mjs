// Where `npm run package` writes the packed extension.
import { readFileSync } from "node:fs";
import path from "node:path";
import { repository } from "./setup.mjs";

export function vsixFile() {
  const { name, version } = JSON.parse(readFileSync(path.join(repository, "package.json"), "utf8"));
  return path.join(repository, `${name}-${version}.vsix`);
}
