import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const engine = fileURLToPath(new URL("engine/src/", import.meta.url));

export default defineConfig({
  resolve: {
    // Straight to the engine's sources: unit tests need no build.
    alias: [
      { find: /^@optimality-lens\/engine$/, replacement: `${engine}index.ts` },
      { find: /^@optimality-lens\/engine\/node$/, replacement: `${engine}node/load.ts` },
    ],
  },
  test: {
    include: ["test/{unit,property,reference,architecture}/**/*.test.ts"],
    setupFiles: ["test/support/fixed-seed.ts"],
    environment: "node",
    testTimeout: 20_000,
    // A forgotten `.only` must not hide the rest.
    allowOnly: process.env["CI"] === undefined,
    passWithNoTests: false,
  },
});
