import type { Preset } from "../../core/environment.js";
import { checkOptions } from "../../core/errors.js";
import { interruptible } from "../../core/interrupt.js";
import { inParts, type LongRunOptions } from "../../core/progress.js";
import type { NamedZooOptions } from "../../zoo/named/recipe.js";
import { namedZoo } from "../../zoo/named.js";
import type { TrainedZoo } from "../../zoo/store/zoo.js";
import { trainZoo } from "../../zoo/training/train.js";
import type { ZooShift } from "../../zoo/types.js";
import type { ShiftedRuns } from "./domain-shift.js";
import type { MonitoringSetting } from "./setting.js";

/** What happens to a run after some epoch. */
export interface KindOfShift {
  readonly name: string;
  readonly shift: Omit<ZooShift, "afterEpoch">;
  /** Whether the data change; the others must not sound an alarm on the data. */
  readonly isOfData: boolean;
  /** What its runs and their controls are trained on before, where it is not all of the data set. */
  readonly before?: Pick<NamedZooOptions, "dataset" | "trainImages" | "testImages">;
}

/** A third of the published learning rates. */
const slower = { mlp: 0.01, cnn: 1e-4 };

/**
 * The kinds of shift: weak and strong ones of the images, of the labels, new classes, another data set; and one of the
 * learning rate alone, which changes the steps and not the data.
 */
export function kindsOfShift(net: "mlp" | "cnn", preset: Preset, dataset = "mnist"): KindOfShift[] {
  const { trainImages, testImages } = namedZoo(`${net}-trajectory`, preset, { dataset }).dataset;
  // Eight of ten classes have about eight tenths of the images; fewer are asked for, to be sure of them.
  const fewer = { trainImages: Math.floor((2 / 3) * trainImages), testImages: Math.floor(0.8 * testImages) };
  const other = dataset === "fashion-mnist" ? "mnist" : "fashion-mnist";
  const images = (name: string, set: string): KindOfShift => ({
    name,
    shift: { dataset: set },
    isOfData: true,
  });
  return [
    images("rotated by 10 degrees", `${dataset}+rotate10`),
    images("rotated by 45 degrees", `${dataset}+rotate45`),
    images("noise of 32 gray levels", `${dataset}+noise32`),
    images("noise of 96 gray levels", `${dataset}+noise96`),
    images("labels 3 and 8 swapped", `${dataset}+swap3-8`),
    { ...images("new classes 8 and 9", dataset), before: { dataset: `${dataset}+classes0-7`, ...fewer } },
    images(other, other),
    { name: "learning rate / 3", shift: { learningRate: slower[net] }, isOfData: false },
  ];
}

export interface TrainShiftsOptions extends LongRunOptions {
  readonly preset: Preset;
  readonly setting: MonitoringSetting;
  readonly dataset?: string;
  readonly firstSeed?: number;
  /** Kinds to train; those of the setting by default. */
  readonly kinds?: readonly KindOfShift[];
}

/**
 * Trains a trajectory zoo's runs with each kind of shift, of the same seeds as the runs without. A kind that goes over to
 * another data set is left out where that set is not at hand: what stands in for it is drawn as the first one is.
 * @throws as trainZoo
 */
export async function trainShifts(
  net: "mlp" | "cnn",
  given: TrainShiftsOptions,
): Promise<Record<string, ShiftedRuns>> {
  checkOptions(
    given,
    ["preset", "setting", "dataset", "firstSeed", "kinds", "signal", "onProgress"],
    "trainShifts",
  );
  const { preset, setting, dataset = "mnist", firstSeed = 1, signal, onProgress } = interruptible(given);
  const { models, epochs, afterEpoch } = setting;
  const all = kindsOfShift(net, preset, dataset);
  const kinds = given.kinds ?? (setting.kinds ? setting.kinds.map((index) => all[index]) : all);
  const befores = new Set(kinds.map(({ before }) => JSON.stringify(before ?? null)));
  const part = inParts(onProgress, `runs with a shift, ${net}`, kinds.length + befores.size);
  let done = 0;
  const train = (changes: NamedZooOptions): Promise<TrainedZoo> => {
    const listen = part(done++);
    const size = { dataset, firstSeed, ...(epochs === undefined ? {} : { epochs }) };
    const spec = namedZoo(`${net}-trajectory`, preset, { ...size, ...changes });
    return trainZoo(spec, { preset, signal, ...(listen ? { onProgress: listen } : {}) });
  };
  const controls = new Map<string, TrainedZoo>();
  const runs: Record<string, ShiftedRuns> = {};
  for (const { name, shift, before } of kinds) {
    const key = JSON.stringify(before ?? null);
    // Without anything special before it, the control is the zoo of the first notebooks.
    const control = controls.get(key) ?? (await train(before ? { ...before, models } : {}));
    controls.set(key, control);
    const shifted = await train({ ...before, models, shift: { afterEpoch, ...shift } });
    const isStandIn = shifted.data.standsInFor !== undefined || shifted.data.shift?.standsInFor !== undefined;
    if (isStandIn && shift.dataset !== undefined && !shift.dataset.startsWith(dataset)) continue;
    runs[name] = { shifted, control };
  }
  return runs;
}
