import type { Preset } from "../../core/environment.js";

/** How large the experiments on monitoring are at a preset. */
export interface MonitoringSetting {
  /** Runs of each kind of shift. */
  readonly models: number;
  /** Another number of epochs than the preset's, where that is too short to wait for an alarm. */
  readonly epochs?: number;
  /** The last epoch before the shift. */
  readonly afterEpoch: number;
  /** Epochs that a detector predicts the next from. */
  readonly window: number;
  /** Epochs that an alarm is waited for. */
  readonly patience: number;
  /** Kinds of shift by number, see kindsOfShift; all where left out. */
  readonly kinds?: readonly number[];
  /** Draws of forks and of version logs. */
  readonly draws: number;
  /** Runs and checkpoints of each in the version logs. */
  readonly log: { readonly runs: number; readonly checkpoints: number; readonly every: readonly number[] };
  /** Undefined where results can be judged, else why not. */
  readonly tooSmall?: string;
}

const settings: Readonly<Record<Preset, MonitoringSetting>> = {
  smoke: {
    models: 4,
    epochs: 10,
    afterEpoch: 6,
    window: 4,
    patience: 3,
    kinds: [1, 5],
    draws: 2,
    log: { runs: 2, checkpoints: 4, every: [1] },
    tooSmall: "too small to judge",
  },
  quick: {
    models: 16,
    afterEpoch: 13,
    window: 8,
    patience: 5,
    kinds: [1, 4, 5, 7],
    draws: 10,
    log: { runs: 3, checkpoints: 15, every: [1] },
    tooSmall: "too small to judge",
  },
  laptop: {
    models: 50,
    afterEpoch: 30,
    window: 8,
    patience: 5,
    draws: 50,
    log: { runs: 3, checkpoints: 20, every: [1, 2] },
  },
  paper: {
    models: 250,
    afterEpoch: 30,
    window: 8,
    patience: 5,
    draws: 200,
    log: { runs: 3, checkpoints: 20, every: [1, 2] },
  },
};

/** Sizes of the experiments on monitoring, which no paper has done: `laptop` judges by 50 runs of each kind. */
export function monitoringSetting(preset: Preset): MonitoringSetting {
  return settings[preset];
}
