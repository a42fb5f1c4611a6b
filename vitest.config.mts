import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const engine = fileURLToPath(new URL("engine/src/", import.meta.url));
/** Written by test/support/tensorflow-bundle.mjs before any test. */
const tensorflow = fileURLToPath(new URL(".build/tensorflow.mjs", import.meta.url));

export default defineConfig({
  resolve: {
    // Straight to the engine's sources: unit tests need no build.
    alias: [
      { find: /^@optimality-lens\/engine$/, replacement: `${engine}index.ts` },
      { find: /^@optimality-lens\/engine\/node$/, replacement: `${engine}node/load.ts` },
      { find: /^#tensorflow$/, replacement: tensorflow },
    ],
  },
  test: {
    include: ["test/{unit,property,reference,architecture}/**/*.test.ts"],
    globalSetup: ["test/support/tensorflow-bundle.mjs"],
    // A finished bundle: Node runs it as it is.
    server: { deps: { external: [/\.build\/tensorflow\.mjs$/] } },
    setupFiles: ["test/support/fixed-seed.ts"],
    environment: "node",
    testTimeout: 20_000,
    // A forgotten `.only` must not hide the rest.
    allowOnly: process.env["CI"] === undefined,
    passWithNoTests: false,
  },
});
