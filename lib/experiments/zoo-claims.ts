import { bootstrapInterval } from "../core/numeric/bootstrap.js";
import { meanOf } from "../core/numeric/vectors.js";
import type { ScoreRow } from "../core/tables.js";
import type { TrainedZoo } from "../zoo/store/zoo.js";
import { claimRow } from "./claims.js";
import { zooSetting } from "./setting.js";
import type { ClaimOptions, ZooPair } from "./weight-distributions.js";

/** Mean test accuracy that counts as "competitive" here: the papers print no number, an independent run of MLPs had .75 and more. */
const competitive = 0.75;

/**
 * "For both architectures, classification performance is as expected competitive" (2021, results): the same bound for
 * both nets. Trainings shorter than the published one leave it undecided.
 */
export function zooClaims({ mlp, cnn }: ZooPair, options: ClaimOptions): ScoreRow[] {
  return [accuracyClaim("MLP", mlp, options), accuracyClaim("CNN", cnn, options)];
}

function accuracyClaim(net: string, zoo: TrainedZoo, { rng }: ClaimOptions): ScoreRow {
  const isFull = zoo.spec.epochs >= 50 && zoo.spec.dataset.trainImages >= 60000;
  const accuracies = Array.from(zoo.select((row) => row.epoch === zoo.spec.epochs).facts.test_accuracy);
  return claimRow({
    claim: `${net}: mean test accuracy is competitive${isFull ? "" : "; trained too short to judge"}`,
    source: "Results (2021)",
    interval: bootstrapInterval(accuracies, meanOf, { rng: rng.split(zoo.spec.name) }),
    inequality: { relation: ">=", bound: competitive },
    setting: zooSetting(zoo),
    ...(isFull ? {} : { verdict: "undecided" as const }),
  });
}
