import { defineConfig } from "vitest/config";
import usual from "./vitest.config.js";

/** Tests that take minutes and gigabytes of disk, one after the other: npm run test:long. */
export default defineConfig({
  ...usual,
  test: { ...usual.test, include: ["test/long/*.test.ts"], exclude: [], fileParallelism: false },
});
