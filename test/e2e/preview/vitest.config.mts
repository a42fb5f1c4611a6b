import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

/** The panel in a headless Chromium; needs a Chromium, so it is not among the unit tests. */
export default defineConfig({
  root: fileURLToPath(new URL("../../../", import.meta.url)),
  test: {
    include: ["test/e2e/preview/**/*.test.ts"],
    environment: "node",
    testTimeout: 60_000,
    hookTimeout: 300_000,
    fileParallelism: false,
  },
});
