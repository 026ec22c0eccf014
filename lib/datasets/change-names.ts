import { DataError } from "../core/errors.js";

/** One change to the images or labels of a data set; see changeForms. */
export type DatasetChange =
  | { readonly kind: "rotate"; readonly degrees: number }
  | { readonly kind: "smooth" }
  | { readonly kind: "noise"; readonly deviation: number }
  | { readonly kind: "swap"; readonly labels: readonly [number, number] }
  | { readonly kind: "classes"; readonly from: number; readonly to: number };

/** A change as it is written, and what that means. */
export interface NamedChange {
  readonly name: string;
  readonly change: DatasetChange;
}

/** A data set's name in its parts: what it is made from, and the changes in the order in which they are made. */
export interface DatasetName {
  readonly base: string;
  readonly changes: readonly NamedChange[];
}

/** How a change is written. */
interface ChangeForm {
  readonly form: string;
  readonly meaning: string;
  readonly pattern: RegExp;
  /** undefined where the numbers make no sense. */
  readonly read: (...numbers: number[]) => DatasetChange | undefined;
}

// Each number has one spelling only, so that equal sets have equal names.
const forms: readonly ChangeForm[] = [
  {
    form: "rotateD",
    meaning: "each image turned by D degrees, -360 to 360, counterclockwise",
    pattern: /^rotate(0|-?[1-9]\d*)$/,
    read: (degrees) => (Math.abs(degrees) <= 360 ? { kind: "rotate", degrees } : undefined),
  },
  {
    form: "smooth",
    meaning: "each image smoothed by [1 2 1] / 4 each way, at its own size",
    pattern: /^smooth$/,
    read: () => ({ kind: "smooth" }),
  },
  {
    form: "noiseS",
    meaning: "Gaussian noise on each pixel, of S gray levels' deviation, 0 to 255",
    pattern: /^noise(0|[1-9]\d*)$/,
    read: (deviation) => (deviation <= 255 ? { kind: "noise", deviation } : undefined),
  },
  {
    form: "swapA-B",
    meaning: "labels A and B exchanged",
    pattern: /^swap(0|[1-9]\d*)-(0|[1-9]\d*)$/,
    read: (one, other) => (one === other ? undefined : { kind: "swap", labels: [one, other] }),
  },
  {
    form: "classesA-B",
    meaning: "only the images of classes A to B",
    pattern: /^classes(0|[1-9]\d*)-(0|[1-9]\d*)$/,
    read: (from, to) => (from <= to ? { kind: "classes", from, to } : undefined),
  },
];

/** The changes there are, as the end of a sentence. */
export const changeForms: string = forms.map(({ form, meaning }) => `+${form} (${meaning})`).join(", ");

/**
 * Takes a data set's name apart: BASE, or BASE+CHANGE[+CHANGE...] for one whose images or labels are changed, e.g.
 * "mnist+rotate45" or "mnist+classes0-7+noise64". The changes are made from left to right.
 * @throws DataError "data/change" that lists the changes there are; whether the base is known is not looked at
 */
export function parseDatasetName(name: string): DatasetName {
  const [base, ...changes] = name.split("+");
  return { base, changes: changes.map((change) => ({ name: change, change: parseChange(change, name) })) };
}

function parseChange(text: string, name: string): DatasetChange {
  for (const { pattern, read } of forms) {
    const numbers = pattern.exec(text)?.slice(1).map(Number);
    const change = numbers && read(...numbers);
    if (change) return change;
  }
  throw new DataError(
    "data/change",
    `"${text}" in the data set's name "${name}" is no change that can be made; there are ${changeForms}`,
    { value: text },
  );
}

/** A data set's name without its changes. */
export function baseName(name: string): string {
  return name.split("+", 1)[0];
}
