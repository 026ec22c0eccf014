import { SpecError } from "../../core/errors.js";
import { interruptible } from "../../core/interrupt.js";
import { type Matrix, takeRows } from "../../core/matrix.js";
import type { LongRunOptions } from "../../core/progress.js";
import type { RandomStream } from "../../core/random.js";
import type { FittedRepresentation } from "../../representations/types.js";
import { umap } from "../../representations/umap.js";
import { zooRows } from "../../representations/zoo-rows.js";
import type { ZooFacts } from "../../zoo/facts.js";
import { takeFacts } from "../../zoo/facts.js";
import type { Zoo } from "../../zoo/store/zoo.js";

/** Test checkpoints in the plane, coloured by one fact; for `latentScatter`. */
export interface LatentPlane {
  readonly name: string;
  readonly points: Matrix;
  readonly color: ArrayLike<number> | readonly string[];
  readonly label: string;
}

export interface LatentPlanesOptions extends LongRunOptions {
  readonly rng: RandomStream;
  /** Columns of the facts that colour the panels. */
  readonly colors: readonly string[];
  /** Test checkpoints that are drawn: a random choice; 1,000 by default. */
  readonly rows?: number;
}

/**
 * UMAP (15 neighbours, minimal distance .1) of the representations of test checkpoints: one panel for each
 * representation and colour.
 * @param representations by the name of their panel
 * @throws SpecError "facts/column" for a colour that the facts do not have; InterruptedError
 */
export async function latentPlanes(
  zoo: Zoo,
  representations: Readonly<Record<string, FittedRepresentation>>,
  given: LatentPlanesOptions,
): Promise<LatentPlane[]> {
  const { rng, colors, rows = 1000, signal } = interruptible(given);
  const test = zooRows(zoo, "test");
  const chosen = rng.split("rows").permutation(test.weights.rows).subarray(0, rows);
  const facts = takeFacts(test.facts, chosen);
  const { layout, network } = test;
  const some = { weights: takeRows(test.weights, chosen), layout, ...(network ? { network } : {}) };
  const planes: LatentPlane[] = [];
  for (const [name, representation] of Object.entries(representations)) {
    const z = await representation.transform(some, { signal });
    const neighbors = Math.min(15, z.rows - 1);
    const points = await umap(z, { rng: rng.split("umap", name), neighbors, minDist: 0.1, signal });
    for (const color of colors) {
      planes.push({ name, points, color: colored(facts, color), label: color.replaceAll("_", " ") });
    }
  }
  return planes;
}

function colored(facts: ZooFacts, column: string): ArrayLike<number> | readonly string[] {
  const values = facts[column];
  if (values !== undefined && typeof values[0] !== "boolean")
    return values as ArrayLike<number> | readonly string[];
  throw new SpecError("facts/column", `a zoo's facts have no column "${column}" to colour by`, {
    value: column,
  });
}
