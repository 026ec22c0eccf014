import type { RuledField } from "../../networks/families.js";
import { activations } from "../../networks/shapes.js";
import type { Activation, Initializer } from "../../networks/types.js";
import type { Augmentation, VariableField, ZooSpec } from "../types.js";
import { belowOne, fields, flag, oneOf, positive, real, refuse, text, whole } from "./spec-checks.js";
import { parseFamilyField, parseSpecInitializer } from "./spec-network.js";
import { type OptimizerChoice, parseOptimizerChoice } from "./spec-optimizer.js";

/** What one model has in the fields that vary. */
export interface FieldValues {
  readonly dataset: string;
  readonly "network.batchNorm": boolean;
  readonly "network.convLayers": number;
  readonly "network.denseLayers": number;
  readonly "network.denseWidth": number;
  readonly "network.kernel": number;
  readonly "network.width": number;
  readonly batchSize: number;
  readonly optimizer: OptimizerChoice;
  readonly activation: Activation;
  readonly trainFraction: number;
  readonly augmentation: Augmentation;
  readonly initializer: Initializer;
  readonly learningRate: number;
  readonly learningRateDecay: number;
  readonly momentum: number;
  readonly weightDecay: number;
  readonly dropout: number;
}

/** What the checks of a value look at beside it. */
export type BaseSpec = Pick<ZooSpec, "dataset" | "network" | "optimizer">;

/** How a field may vary. */
interface FieldRule {
  /**
   * Whether models that train in lock-step share it: because they must (the shape of the work), or because they would
   * wait for one another (the number of images).
   */
  readonly structural: boolean;
  /** What distributions there are for it, beside "choice": none, "integer", or all. */
  readonly numbers: "none" | "whole" | "real";
  /** Checks one value; gives its canonical form. */
  readonly parse: (value: unknown, path: string, base: BaseSpec) => unknown;
}

const ofFamily =
  (field: RuledField): FieldRule["parse"] =>
  (value, path) =>
    parseFamilyField(field, value, path);

const share = (value: unknown, path: string): number => positive(value, path, 1);

const structural = (numbers: FieldRule["numbers"], parse: FieldRule["parse"]): FieldRule => {
  return { structural: true, numbers, parse };
};

const lane = (numbers: FieldRule["numbers"], parse: FieldRule["parse"]): FieldRule => {
  return { structural: false, numbers, parse };
};

/** The fields that may vary, in the order of a grid: the first varies slowest. */
const rules: Readonly<Record<VariableField, FieldRule>> = {
  dataset: structural("none", text),
  "network.batchNorm": structural("none", ofFamily("batchNorm")),
  "network.convLayers": structural("whole", ofFamily("convLayers")),
  "network.denseLayers": structural("whole", ofFamily("denseLayers")),
  "network.denseWidth": structural("whole", ofFamily("denseWidth")),
  "network.kernel": structural("none", ofFamily("kernel")),
  "network.width": structural("whole", ofFamily("width")),
  batchSize: structural("whole", (value, path) => whole(value, path, 1)),
  optimizer: structural("none", (value, path, { optimizer }) => parseOptimizerChoice(value, path, optimizer)),
  activation: structural("none", (value, path) => oneOf(value, path, activations)),
  trainFraction: structural("real", share),
  augmentation: lane("none", (value, path, { dataset }) => parseAugmentation(value, path, dataset.size)),
  initializer: lane("none", parseSpecInitializer),
  learningRate: lane("real", (value, path) => positive(value, path)),
  learningRateDecay: lane("real", share),
  momentum: lane("real", belowOne),
  weightDecay: lane("real", (value, path) => real(value, path, 0)),
  dropout: lane("real", belowOne),
};

/** The fields that may vary, structural ones first, in the order in which a grid numbers its models. */
export const variableFields = Object.keys(rules) as readonly VariableField[];

/** The rule of a field that may vary. */
export function fieldRule(field: VariableField): FieldRule {
  return rules[field];
}

/** Whether models that train in lock-step share the field. */
export function isStructural(field: VariableField): boolean {
  return rules[field].structural;
}

/** Most pixels that an image can be shifted by: an engine is told each way's shift in a byte. */
const mostShift = 127;

/**
 * Checks an augmentation; shift is 0 and flip false when left out.
 * @param size side of the images in pixels, which a shift stays below
 * @throws SpecError "zoo/PATH.FIELD"
 */
export function parseAugmentation(value: unknown, path: string, size: number): Augmentation {
  const { shift = 0, flip = false } = fields(value, path, ["shift", "flip"]);
  const pixels = whole(shift, `${path}.shift`, 0);
  if (pixels >= size) refuse(`${path}.shift`, pixels, `below dataset.size, which is ${size}`);
  if (pixels > mostShift) refuse(`${path}.shift`, pixels, `at most ${mostShift}`);
  return { shift: pixels, flip: flag(flip, `${path}.flip`) };
}
