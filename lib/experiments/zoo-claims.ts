import { bootstrapInterval } from "../core/numeric/bootstrap.js";
import type { ScoreRow } from "../core/tables.js";
import type { Zoo } from "../zoo/zoo.js";
import { claimRow } from "./claims.js";
import { zooSetting } from "./setting.js";
import { meanOf } from "./trajectory-order.js";
import type { ClaimOptions, ZooPair } from "./weight-distributions.js";

/**
 * Notebook 01's claims: the MLPs' accuracy is "competitive" (2021, results; the papers print no number: at least .75 on
 * average, which an independent run reached, at the published length of training), and no model of either zoo
 * diverges. Shorter trainings leave the first undecided.
 */
export function zooClaims({ mlp, cnn }: ZooPair, options: ClaimOptions): ScoreRow[] {
  const published = mlp.spec.epochs >= 50 && mlp.spec.dataset.trainImages >= 60000;
  const accuracy = (zoo: Zoo) =>
    Array.from(zoo.select((row) => row.epoch === zoo.spec.epochs).facts.test_accuracy);
  const mean = (zoo: Zoo) =>
    bootstrapInterval(accuracy(zoo), meanOf, { rng: options.rng.split(zoo.spec.name) });
  const chance = 1 / 10;
  return [
    claimRow({
      claim: `MLP: mean test accuracy is competitive${published ? "" : "; trained too short to judge"}`,
      source: "Results (2021)",
      interval: mean(mlp),
      inequality: { relation: ">=", bound: 0.75 },
      setting: zooSetting(mlp),
      ...(published ? {} : { verdict: "undecided" as const }),
    }),
    claimRow({
      claim: "CNN: mean test accuracy is above chance",
      source: "Results (2021)",
      interval: mean(cnn),
      inequality: { relation: ">", bound: chance },
      setting: zooSetting(cnn),
    }),
  ];
}
