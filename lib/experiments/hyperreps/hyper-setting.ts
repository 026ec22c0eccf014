import type { ConvergedSettings } from "../../analysis/probes/softmax.js";
import type { HyperConfig, HyperLoss } from "../../representations/hyper/config.js";
import { type ZooRowsOptions, type ZooSplits, zooRows } from "../../representations/zoo-rows.js";
import type { Zoo } from "../../zoo/store/zoo.js";
import { zooSetting } from "../setting.js";

/** How the hyper-representations of an experiment are trained. */
export interface HyperSetting {
  /** The reference, of which cells differ in some fields. */
  readonly config: HyperConfig;
  /** Which checkpoints train and validate, and test where `testRows` says nothing else. */
  readonly rows: ZooRowsOptions;
  readonly testRows?: ZooRowsOptions;
  /** Trainings a cell of the tables. */
  readonly seeds: number;
  /** How linear softmaxes are fitted, where not as by default. */
  readonly softmax?: ConvergedSettings;
  /** Undefined where results can be judged, else why not. */
  readonly tooSmall?: string;
}

/**
 * The zoo's checkpoints by split, as many as the setting takes.
 * @throws as zooSplits
 */
export function settingSplits(zoo: Zoo, { rows, testRows = rows }: HyperSetting): ZooSplits {
  return {
    train: zooRows(zoo, "train", rows),
    validation: zooRows(zoo, "validation", rows),
    test: zooRows(zoo, "test", testRows),
  };
}

/** What the runs were measured on, for captions and the scoreboard. */
export function hyperSetting(zoo: Zoo, setting: HyperSetting, steps: number): string {
  return `${zooSetting(zoo)}; ${trainingSetting(setting, steps)}`;
}

/** What several zoos are, for captions and the scoreboard: those that are alike are named together. */
export function zoosSetting(zoos: Readonly<Record<string, Zoo>>): string {
  const alike = new Map<string, string[]>();
  for (const [name, zoo] of Object.entries(zoos)) {
    const text = zooSetting(zoo);
    alike.set(text, [...(alike.get(text) ?? []), name]);
  }
  return [...alike].map(([text, names]) => `${names.join(", ")}: ${text}`).join("; ");
}

/**
 * Which rows the trainings of a setting saw and how they went, in a few words.
 * @param losses that were trained: where one of them mixes reconstruction and contrast, beta is named
 */
export function trainingSetting(
  { seeds, config, rows }: HyperSetting,
  steps: number,
  losses: readonly HyperLoss[] = [],
): string {
  const { width, hidden, latent, batch, beta } = config;
  const part = [
    ...(rows.models === undefined ? [] : [`${rows.models} models`]),
    ...(rows.checkpoints === undefined ? [] : [`${rows.checkpoints} checkpoints of each`]),
  ];
  const isMixed = losses.some((loss) => loss === "EcD" || loss === "Ec+D");
  const mixing = isMixed ? `, beta ${beta}` : "";
  return [
    ...(part.length > 0 ? [`of these ${part.join(", ")}`] : []),
    `d ${width}, ${hidden} hidden, z ${latent}${mixing}, ${steps.toLocaleString("en")} steps of ${batch}, ${seeds} ${seeds === 1 ? "seed" : "seeds"}`,
  ].join("; ");
}
