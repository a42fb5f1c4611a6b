// `npm start`: from a fresh clone to a first certificate in the terminal.
import { node, repository, setUp } from "./setup.mjs";

const EXAMPLE = "examples/iris/iris.optimality.yaml";

setUp();
if (node("scripts/build.mjs") !== 0) process.exit(1);
console.log(`\n$ npx optimality diagnose ${EXAMPLE}`);
const code = node("engine/bin/optimality.js", ["diagnose", EXAMPLE]);
if (code !== 0) {
  console.error(`optimality ended with exit code ${code}, expected 0 (a proven global minimum) in ${repository}`);
  process.exit(1);
}
console.log(`
Next:
  npx optimality --help      the command line, from this folder
  npm run vscode             the examples in VS Code, with squiggles and the certificate panel
  examples/README.md         what the examples show`);
