/**
 * Test files that run one at a time, after the others: they hold the time that something takes to stop or to answer
 * against a limit, fill memory or a disk on purpose, or start programs that use every core. Globs from the root.
 */
export const alone = [
  "test/fault/analysis-probes.test.ts",
  "test/fault/hyper-training.test.ts",
  "test/fault/runner-faults.test.ts",
  "test/fault/store-*.test.ts",
  "test/fault/tensors-*.test.ts",
  "test/kernel/history.test.ts",
  "test/kernel/interrupts.test.ts",
  "test/kernel/kernel-*.test.ts",
  "test/kernel/values.test.ts",
  "test/notebooks/cli-*.test.ts",
  "test/notebooks/runner-*.test.ts",
  "test/notebooks/series.test.ts",
  "test/unit/analysis-interrupts.test.ts",
  "test/unit/analysis-trees.test.ts",
  "test/unit/cli-commands.test.ts",
  "test/unit/interop-cli.test.ts",
  "test/unit/log-cli.test.ts",
  "test/unit/slurm-queue.test.ts",
  "test/unit/stacked-*.test.ts",
];
