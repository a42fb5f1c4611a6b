// Builds the bundle with TensorFlow.js once per run of the tests: from the sources it would compute in float32.
import { renameSync } from "node:fs";
import path from "node:path";
import { build } from "esbuild";
import { repository } from "../../scripts/setup.mjs";
import { tensorflowOptions } from "../../scripts/tensorflow.mjs";

export async function setup() {
  // Renamed when it is whole: another run of the tests may be reading the last one.
  const written = `.build/tensorflow-${process.pid}.mjs`;
  await build(tensorflowOptions("esm", written));
  renameSync(path.join(repository, written), path.join(repository, ".build/tensorflow.mjs"));
}
