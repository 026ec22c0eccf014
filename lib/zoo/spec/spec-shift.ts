import type { ZooShift, ZooSpec } from "../types.js";
import { fields, misplaced, positive, refuse, text, whole } from "./spec-checks.js";

const knownFields = ["afterEpoch", "dataset", "trainImages", "testImages", "learningRate"];

/**
 * Checks a shift; null is none. Numbers of images are those of the data set before it when left out.
 * @throws SpecError "zoo/shift.FIELD"
 */
export function parseShift(
  value: unknown,
  { dataset, epochs, earlyStopping }: Pick<ZooSpec, "dataset" | "epochs" | "earlyStopping">,
): ZooShift | undefined {
  if (value === undefined || value === null) return undefined;
  const given = fields(value, "shift", knownFields);
  const afterEpoch = whole(given.afterEpoch, "shift.afterEpoch", 0);
  if (afterEpoch >= epochs) refuse("shift.afterEpoch", afterEpoch, `below epochs, which is ${epochs}`);
  if (given.dataset === undefined && given.learningRate === undefined) {
    refuse("shift", value, "an object with another dataset, learningRate, or both");
  }
  if (earlyStopping !== null) {
    const why = "early stopping would compare losses on two data sets; leave earlyStopping or the shift out";
    misplaced("shift", value, why);
  }
  return {
    afterEpoch,
    ...shiftedImages(given, dataset),
    ...(given.learningRate === undefined
      ? {}
      : { learningRate: positive(given.learningRate, "shift.learningRate") }),
  };
}

function shiftedImages(
  given: Record<string, unknown>,
  usual: ZooSpec["dataset"],
): Pick<ZooShift, "dataset" | "trainImages" | "testImages"> {
  const counts = ["trainImages", "testImages"] as const;
  if (given.dataset === undefined) {
    const lost = counts.find((name) => given[name] !== undefined);
    if (lost) misplaced(`shift.${lost}`, given[lost], "the shift has no dataset of its own; name one");
    return {};
  }
  const [trainImages, testImages] = counts.map((name) =>
    whole(given[name] ?? usual[name], `shift.${name}`, 1),
  );
  return { dataset: text(given.dataset, "shift.dataset"), trainImages, testImages };
}

/** A shift in words, e.g. "mnist+rotate45 and learning rate 0.01 after epoch 5". */
export function shiftText({ afterEpoch, dataset, learningRate }: ZooShift): string {
  const parts = [
    ...(dataset === undefined ? [] : [dataset]),
    ...(learningRate === undefined ? [] : [`learning rate ${learningRate}`]),
  ];
  return `${parts.join(" and ")} after epoch ${afterEpoch}`;
}
