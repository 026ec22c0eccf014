import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const results = process.env.WEIGHTBOOK_TEST_RESULTS;

export default defineConfig({
  root: fileURLToPath(new URL("..", import.meta.url)),
  test: {
    include: ["test/**/*.test.ts"],
    exclude: ["test/long/**"],
    pool: "forks",
    testTimeout: 60_000,
    hookTimeout: 120_000,
    reporters: results ? ["default", ["json", { outputFile: results }]] : ["default"],
  },
});
