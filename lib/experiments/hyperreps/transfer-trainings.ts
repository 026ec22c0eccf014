import { SpecError } from "../../core/errors.js";
import { inParts, type LongRunOptions } from "../../core/progress.js";
import type { SlurmTarget } from "../../core/slurm/target.js";
import type { HyperRepresentation } from "../../representations/hyper/hyper-representation.js";
import type { CurvePoint } from "../../representations/hyper/model.js";
import { type HyperTraining, trainHyperRepresentations } from "../../representations/hyper/train-many.js";
import type { WeightRows } from "../../representations/types.js";
import type { ZooRows, ZooSplits } from "../../representations/zoo-rows.js";
import type { Zoo } from "../../zoo/store/zoo.js";
import type { HyperSetting } from "./hyper-setting.js";
import type { ImageSetting } from "./image-presets.js";

/**
 * Name of the one representation that is trained on all zoos together. It has seen the training weights of every zoo that
 * it represents, never their facts.
 */
export const jointName = "joint Ec+D";

/** Bytes of weights that runTransfer may hold where nothing else is said. */
export const usualBytes = 3e9;

export interface TransferTrainings {
  /** Ec+D of each zoo, by the zoo's name. */
  readonly single: Readonly<Record<string, HyperRepresentation>>;
  /** EcD of each zoo, those of Table 6. */
  readonly contrastive: Readonly<Record<string, HyperRepresentation>>;
  /** Ec+D of all zoos. */
  readonly joint: HyperRepresentation;
}

export interface TransferTrainingsOptions extends LongRunOptions {
  readonly setting: ImageSetting;
  readonly onPoint?: (name: string, point: CurvePoint) => void;
  readonly on?: SlurmTarget;
}

/**
 * Trains Ec+D and EcD on each zoo, and Ec+D on all of them together; that one last, so that its rows lie below each other only while the
 * others' copies are gone.
 * @throws as trainHyperRepresentations
 */
export async function transferTrainings(
  splits: Readonly<Record<string, ZooSplits>>,
  { setting, onPoint, on, onProgress, signal }: TransferTrainingsOptions,
): Promise<TransferTrainings> {
  const names = Object.keys(splits);
  const config = { ...setting.config, loss: "Ec+D", steps: setting.steps } as const;
  const part = inParts(onProgress, "training Ec+D and EcD", 2);
  const train = (trainings: readonly HyperTraining[], index: number) => {
    const listen = part(index);
    return trainHyperRepresentations(trainings, {
      signal,
      ...(on ? { on } : {}),
      ...(onPoint ? { onPoint: ({ name }, point) => onPoint(name, point) } : {}),
      ...(listen ? { onProgress: listen } : {}),
    });
  };
  const losses = ["Ec+D", "EcD"] as const;
  const alone = losses.flatMap((loss) =>
    names.map((name): HyperTraining => {
      const { train: rows, validation } = splits[name];
      return { name: `${name}, ${loss}`, config: { ...config, loss }, seed: 1, train: rows, validation };
    }),
  );
  const trained = await train(alone, 0);
  const byZoo = (from: number) => Object.fromEntries(names.map((name, i) => [name, trained[from + i]]));
  const all = Object.values(splits);
  const together = {
    name: jointName,
    config,
    seed: 1,
    train: stackedRows(all.map((own) => own.train)),
    validation: stackedRows(all.map((own) => own.validation)),
  };
  const [joint] = await train([together], 1);
  return { single: byZoo(0), contrastive: byZoo(names.length), joint };
}

/**
 * Rows of several zoos below each other, in memory that threads share, so that a training makes no further copy; the zoos'
 * networks differ in nothing that permutations see.
 */
function stackedRows(parts: readonly ZooRows[]): WeightRows {
  const [{ layout, network }] = parts;
  const rows = parts.reduce((sum, { weights }) => sum + weights.rows, 0);
  const data = new Float32Array(new SharedArrayBuffer(4 * rows * layout.parameters));
  let from = 0;
  for (const { weights } of parts) {
    data.set(weights.data, from);
    from += weights.data.length;
  }
  const weights = { data, rows, cols: layout.parameters };
  return { weights, layout, ...(network ? { network } : {}) };
}

/**
 * Refuses zoos whose weights would fill the memory, before anything is read: all splits lie in it as long as probes are
 * fitted, and what Ec+D trains on and watches once more.
 * @throws SpecError "transfer/memory"
 */
export function checkTransferMemory(
  zoos: Readonly<Record<string, Zoo>>,
  { rows, testRows = rows }: HyperSetting,
  maxBytes: number,
): void {
  const bytesOf = ({ facts, models, epochs, layout }: Zoo): number => {
    const taken = ({ models: some = models, checkpoints = epochs.length }: typeof rows) =>
      Math.min(1, some / models) * Math.min(1, checkpoints / epochs.length);
    const tests = facts.split.reduce((sum, split) => sum + (split === "test" ? 1 : 0), 0);
    const others = facts.split.length - tests;
    return 4 * layout.parameters * (taken(testRows) * tests + 2 * taken(rows) * others);
  };
  const all = Object.values(zoos);
  const bytes = all.reduce((sum, zoo) => sum + bytesOf(zoo), 0);
  if (bytes <= maxBytes) return;
  const most = Math.max(...all.map(({ models }) => Math.min(models, rows.models ?? models)));
  const gigabytes = (value: number) => `${(value / 1e9).toFixed(1)} GB`;
  const message = `runTransfer would hold about ${gigabytes(bytes)} of the weights of ${all.length} zoos of up to ${most.toLocaleString("en")} models at a time, more than ${gigabytes(maxBytes)}; give a setting whose rows are of ${Math.floor((most * maxBytes) / bytes).toLocaleString("en")} models or fewer, or maxBytes where the machine has the memory`;
  throw new SpecError("transfer/memory", message, { value: bytes });
}
