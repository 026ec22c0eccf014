import { lanes } from "../lanes.js";

/** How often each class was present, predicted, and both. */
export interface ClassCounts {
  readonly present: Uint32Array;
  readonly predicted: Uint32Array;
  readonly both: Uint32Array;
}

/**
 * Counts one lane's predictions by class.
 * @param predictions images x lanes (or x `step`)
 * @param labels of all images of the set
 * @param images numbers of the images that were predicted, in order; the first `count` ones when left out
 */
export function countClasses(
  predictions: Uint8Array,
  lane: number,
  labels: Uint8Array,
  classes: number,
  count: number,
  images?: Uint32Array,
  step: number = lanes,
): ClassCounts {
  const counts = {
    present: new Uint32Array(classes),
    predicted: new Uint32Array(classes),
    both: new Uint32Array(classes),
  };
  for (let i = 0, at = lane; i < count; i++, at += step) {
    const label = labels[images ? images[i] : i];
    const predicted = predictions[at];
    counts.present[label]++;
    counts.predicted[predicted]++;
    if (label === predicted) counts.both[label]++;
  }
  return counts;
}

/** Share of images whose predicted class is their label. */
export function accuracyOf({ present, both }: ClassCounts): number {
  const sum = (counts: Uint32Array) => counts.reduce((total, count) => total + count, 0);
  return sum(both) / sum(present);
}

/** F1 of each class: 2 TP / (2 TP + FP + FN); 0 where a class is neither predicted nor present. */
export function f1Of({ present, predicted, both }: ClassCounts): number[] {
  // Predicted + present counts true positives twice: 2 TP + FP + FN.
  return Array.from(both, (hits, c) => {
    const either = present[c] + predicted[c];
    return either === 0 ? 0 : (2 * hits) / either;
  });
}
