import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

/** Tests on a real Slurm of one node, which they start and end: npm run test:slurm (root; ten minutes on two cores). */
export default defineConfig({
  root: fileURLToPath(new URL("..", import.meta.url)),
  test: {
    pool: "forks",
    include: ["test/slurm/*.test.ts"],
    globalSetup: "test/slurm/cluster.ts",
    testTimeout: 240_000,
    hookTimeout: 120_000,
    fileParallelism: false,
    sequence: { concurrent: false },
  },
});
