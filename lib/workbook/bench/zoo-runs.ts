import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RandomStream } from "../../core/random.js";
import type { Dataset, ImageSet } from "../../datasets/types.js";
import { laneEngine } from "../../zoo/engine/lanes.js";
import { namedZoo } from "../../zoo/named.js";
import { trainZoo } from "../../zoo/training/train.js";
import type { GroupJob } from "../../zoo/types.js";
import { type BenchLine, machineName } from "./line.js";
import { round, timesOf } from "./measure.js";
import { zooCases } from "./zoo-cases.js";

const rounds = 5;

/** Random images: speed does not depend on what they show. */
function randomImages(count: number, side: number, stream: string): ImageSet {
  const rng = RandomStream.fromSeed(1).split("bench", stream);
  return {
    images: Uint8Array.from({ length: count * side * side }, () => rng.integer(256)),
    labels: Uint8Array.from({ length: count }, () => rng.integer(10)),
    count,
    height: side,
    width: side,
  };
}

/** A whole zoo, files included, on two workers against one, in alternation. */
async function twoWorkers(signal: AbortSignal): Promise<BenchLine> {
  const size = { trainImages: 20_000, testImages: 2_000 };
  const spec = namedZoo("mlp-trajectory", "quick", { ...size, dataset: "random", models: 48, epochs: 10 });
  const dataset: Dataset = {
    name: "random",
    train: randomImages(size.trainImages, 14, "train"),
    test: randomImages(size.testImages, 14, "test"),
    classNames: Array.from({ length: 10 }, (_, label) => String(label)),
    hash: "random images of the benchmark",
  };
  const seconds = async (workers: number): Promise<number> => {
    const folder = mkdtempSync(join(tmpdir(), "weightbook-bench-"));
    const started = performance.now();
    try {
      await trainZoo(spec, { dataset, folder, workers, signal });
      return (performance.now() - started) / 1000;
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  };
  const one: number[] = [];
  const two: number[] = [];
  for (let i = 0; i < rounds; i++) {
    one.push(await seconds(1));
    two.push(await seconds(2));
  }
  const [ours, alone] = [timesOf(two), timesOf(one)];
  return {
    bench: "zoo",
    case: "zoo-two-workers",
    metric: "mlp-trajectory, 48 models x 10 epochs",
    unit: "s",
    threads: 2,
    ours,
    peer: { name: "one-worker", ...alone },
    ratio: round(ours.median / alone.median),
    machine: machineName(),
  };
}

/** What measuring every epoch's weights adds to training: 60,000 and 10,000 images, as in the papers. */
function evaluation(name: "mlp-2160-b4" | "cnn-1376-b12"): BenchLine {
  const { network, loss, optimizer, batch } = zooCases[name];
  const epochs = 4;
  const model = {
    initializer: "kaiming-normal",
    optimizer,
    learningRateDecay: 1,
    dropout: 0,
    trainFraction: 1,
    augmentation: { shift: 0, flip: false },
  } as const;
  const job: Omit<GroupJob, "checkpoints"> = {
    network,
    loss,
    batchSize: batch,
    epochs,
    earlyStopping: null,
    input: { scale: 1 / 255, shift: 0 },
    train: randomImages(60_000, 14, "train"),
    test: randomImages(10_000, 14, "test"),
    models: [1, 2, 3, 4].map((seed) => ({ seed, ...model })),
  };
  const seconds = (checkpoints: readonly number[]): number => {
    const started = performance.now();
    laneEngine.train({ ...job, checkpoints });
    return (performance.now() - started) / 1000;
  };
  const every = Array.from({ length: epochs }, (_, i) => i + 1);
  seconds([]);
  const shares = Array.from({ length: rounds }, () => {
    const training = seconds([]);
    return seconds(every) / training - 1;
  });
  return {
    bench: "zoo",
    case: `evaluation-${name}`,
    metric: "evaluation over training, a checkpoint an epoch",
    unit: "share",
    threads: 1,
    ours: timesOf(shares),
    peer: null,
    ratio: null,
    machine: machineName(),
  };
}

/** Cases that run whole trainings. */
export const runCases: Readonly<Record<string, (signal: AbortSignal) => Promise<BenchLine>>> = {
  "zoo-two-workers": twoWorkers,
  "evaluation-mlp-2160-b4": async () => evaluation("mlp-2160-b4"),
  "evaluation-cnn-1376-b12": async () => evaluation("cnn-1376-b12"),
};
