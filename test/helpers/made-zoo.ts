import { weightLayout } from "#lib/networks/layout.js";
import { factsTable, type ZooFacts } from "#lib/zoo/facts.js";
import { parseZooSpec } from "#lib/zoo/spec/spec.js";
import { writeImportedZoo } from "#lib/zoo/store/imported.js";
import type { Zoo } from "#lib/zoo/store/zoo.js";
import { plainSpec } from "./specs.js";
import { linearNetwork } from "./weight-rows.js";
import { sharedScratch } from "./zoo.js";

/** A model that was never trained: the weights of its checkpoints, and what the facts say of it. */
export interface MadeModel {
  readonly rows: readonly (readonly number[])[];
  readonly init?: string;
  readonly activation?: string;
  readonly isDiverged?: boolean;
}

/** A zoo of made-up weights; all models have equally many checkpoints of equally many weights. */
export async function madeZoo(models: readonly MadeModel[]): Promise<Zoo> {
  const checkpoints = models[0].rows.map((_, i) => i + 1);
  const spec = parseZooSpec({
    ...plainSpec(),
    epochs: checkpoints.length,
    checkpoints,
    models: models.length,
  });
  const facts = models.map(({ rows, isDiverged = false }) =>
    rows.map((_, i) => ({
      trainLoss: 0.5,
      testLoss: 0.5,
      trainAccuracy: 0.9,
      testAccuracy: 0.1 * i,
      f1: [0.5],
      trainedEpochs: i,
      diverged: isDiverged,
    })),
  );
  const table = factsTable(spec, 0, facts, "noise") as ZooFacts;
  const each = (of: (model: MadeModel) => string) =>
    models.flatMap((model) => model.rows.map(() => of(model)));
  const cols = models[0].rows[0].length;
  return writeImportedZoo(sharedScratch(), {
    spec: { name: "made", dataset: { name: "noise" }, network: linearNetwork(cols) },
    source: { format: "test", files: [] },
    layout: weightLayout(linearNetwork(cols)),
    facts: {
      ...table,
      init: each(({ init = "normal" }) => init),
      activation: each(({ activation = "tanh" }) => activation),
    },
    weights: models.flatMap(({ rows }) => rows.map((row) => Float32Array.from(row))),
  });
}

/** A copy of a zoo, as an import, whose given models diverged: their weights are not numbers. */
export async function withDiverged(zoo: Zoo, models: readonly number[]): Promise<Zoo> {
  const { network } = zoo.spec as { readonly network?: Parameters<typeof weightLayout>[0] };
  const weights = Float32Array.from(zoo.weights.data);
  const { cols } = zoo.weights;
  zoo.facts.model.forEach((model, row) => {
    if (models.includes(model)) weights.fill(Number.NaN, row * cols, (row + 1) * cols);
  });
  return writeImportedZoo(sharedScratch(), {
    spec: { name: zoo.spec.name, dataset: { name: zoo.data.name }, ...(network ? { network } : {}) },
    source: { format: "test", files: [] },
    layout: zoo.layout,
    facts: {
      ...zoo.facts,
      diverged: zoo.facts.diverged.map((_, row) => models.includes(zoo.facts.model[row])),
    },
    weights: [weights],
  });
}
