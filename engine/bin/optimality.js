#!/usr/bin/env node
import { existsSync } from "node:fs";

const program = new URL("../dist/command/bin.js", import.meta.url);
if (existsSync(program)) await import(program.href);
else {
  process.stderr.write("optimality: not built yet. Run `npm start` (or `npm run build`) in the checkout first.\n");
  process.exitCode = 2;
}
