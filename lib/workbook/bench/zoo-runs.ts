import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RandomStream } from "../../core/random.js";
import type { Dataset, ImageSet } from "../../datasets/types.js";
import { laneEngine } from "../../zoo/engine/lanes.js";
import { namedZoo } from "../../zoo/named.js";
import { mergeZoo } from "../../zoo/training/merge-zoo.js";
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

const size = { trainImages: 20_000, testImages: 2_000 };

function randomDataset(): Dataset {
  return {
    name: "random",
    train: randomImages(size.trainImages, 14, "train"),
    test: randomImages(size.testImages, 14, "test"),
    classNames: Array.from({ length: 10 }, (_, label) => String(label)),
    hash: "random images of the benchmark",
  };
}

/** Seconds that some work in a new folder takes; the folder goes afterwards. */
async function secondsInFolder(work: (folder: string) => Promise<unknown>): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), "weightbook-bench-"));
  const started = performance.now();
  try {
    await work(folder);
    return (performance.now() - started) / 1000;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Two ways of making the same zoo, in alternation. */
async function compareRuns(
  texts: Pick<BenchLine, "case" | "metric" | "threads"> & { readonly peer: string },
  ours: () => Promise<number>,
  theirs: () => Promise<number>,
): Promise<BenchLine> {
  const first: number[] = [];
  const second: number[] = [];
  for (let i = 0; i < rounds; i++) {
    second.push(await theirs());
    first.push(await ours());
  }
  const [own, other] = [timesOf(first), timesOf(second)];
  return {
    bench: "zoo",
    case: texts.case,
    metric: texts.metric,
    unit: "s",
    threads: texts.threads,
    ours: own,
    peer: { name: texts.peer, ...other },
    ratio: round(own.median / other.median),
    machine: machineName(),
  };
}

/** A whole zoo, files included, on two workers against one. */
function twoWorkers(signal: AbortSignal): Promise<BenchLine> {
  const spec = namedZoo("mlp-trajectory", "quick", { ...size, models: 48, epochs: 10, dataset: "random" });
  const dataset = randomDataset();
  const seconds = (workers: number) =>
    secondsInFolder((folder) => trainZoo(spec, { dataset, folder, workers, signal }));
  return compareRuns(
    {
      case: "zoo-two-workers",
      metric: "mlp-trajectory, 48 models x 10 epochs",
      threads: 2,
      peer: "one-worker",
    },
    () => seconds(2),
    () => seconds(1),
  );
}

/** The same zoo as 64 shares, one after the other, and their merge, against one training: what dividing costs. */
function sixtyFourShards(signal: AbortSignal): Promise<BenchLine> {
  const count = 64;
  const options = { ...size, models: 4 * count, epochs: 2, dataset: "random" };
  const spec = namedZoo("mlp-trajectory", "quick", options);
  const dataset = randomDataset();
  const shared = async (folder: string) => {
    for (let index = 1; index <= count; index++) {
      await trainZoo(spec, { dataset, folder, workers: 1, signal, shard: { index, count } });
    }
    await mergeZoo(spec, { dataset, folder, signal });
  };
  return compareRuns(
    {
      case: "zoo-shards-64",
      metric: "mlp-trajectory, 256 models x 2 epochs in 64 shares",
      threads: 1,
      peer: "one-training",
    },
    () => secondsInFolder(shared),
    () => secondsInFolder((folder) => trainZoo(spec, { dataset, folder, workers: 1, signal })),
  );
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
  "zoo-shards-64": sixtyFourShards,
  "evaluation-mlp-2160-b4": async () => evaluation("mlp-2160-b4"),
  "evaluation-cnn-1376-b12": async () => evaluation("cnn-1376-b12"),
};
