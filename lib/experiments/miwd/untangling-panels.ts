import { kindsOfVectors } from "./represented.js";
import type { Untangling } from "./untangling.js";

/** Mean and deviation of the folds' accuracies in percent, as Fig. 3 draws them; for `groupedBars`. */
export interface UntanglingPanels {
  readonly panels: readonly {
    readonly name: string;
    readonly values: readonly (readonly ({ readonly value: number; readonly deviation: number } | null)[])[];
    /** Accuracy of a guess. */
    readonly baseline: number;
  }[];
  /** Kinds of representations. */
  readonly groups: readonly string[];
  /** Sizes. */
  readonly series: readonly string[];
}

/** A panel for each task, a group of bars for each kind of representation, a bar for each size. */
export function untanglingPanels({ tasks, representations }: Untangling): UntanglingPanels {
  const sizes = [...new Set(representations.map(({ size }) => size))].sort((a, b) => a - b);
  const panels = tasks.map(({ name, results, commonest }) => ({
    name,
    baseline: 100 * commonest,
    values: kindsOfVectors.map((kind) =>
      sizes.map((size) => {
        const place = representations.findIndex((one) => one.kind === kind && one.size === size);
        if (place < 0) return null;
        return { value: 100 * results[place].mean, deviation: 100 * results[place].deviation };
      }),
    ),
  }));
  const short = (kind: string) =>
    kind.replace("standardised", "std.").replace("projection", "proj.").replace("statistics", "stat.");
  return { panels, groups: kindsOfVectors.map(short), series: sizes.map(String) };
}
