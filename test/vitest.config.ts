import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import { alone } from "./alone.js";

const results = process.env.WEIGHTBOOK_TEST_RESULTS;
const apart = ["test/long/**", "test/slurm/**"];

/** Most test files run beside each other, on every core; those in alone.ts then run one at a time. */
export default defineConfig({
  root: fileURLToPath(new URL("..", import.meta.url)),
  test: {
    pool: "forks",
    testTimeout: 60_000,
    hookTimeout: 120_000,
    reporters: results ? ["default", ["json", { outputFile: results }]] : ["default"],
    projects: [
      {
        extends: true,
        test: {
          name: "beside",
          include: ["test/**/*.test.ts"],
          exclude: [...apart, ...alone],
          maxWorkers: Math.max(2, Math.min(4, availableParallelism())),
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: "alone",
          include: alone,
          maxWorkers: 1,
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
