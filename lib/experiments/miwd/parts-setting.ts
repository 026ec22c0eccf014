import type { Zoo } from "../../zoo/store/zoo.js";
import { zooSetting } from "../setting.js";
import type { ModelParts } from "./model-parts.js";
import type { MiwdSetting } from "./setting.js";

/** On which models representations were fitted and judged, for captions and the scoreboard. */
export function partsSetting(zoo: Zoo, parts: ModelParts, { folds }: Pick<MiwdSetting, "folds">): string {
  const { fitted, evaluated, diverged, exploded, weights } = parts;
  const count = (value: number) => value.toLocaleString("en");
  const [least, most] = [weights.reduce((a, b) => Math.min(a, b)), weights.reduce((a, b) => Math.max(a, b))];
  return [
    zooSetting(zoo),
    `fitted on ${count(fitted.count)} models, judged on ${count(evaluated.count)} others of ${count(least)} to ${count(most)} weights, ${folds} folds`,
    ...(diverged > 0 ? [`without ${diverged} diverged`] : []),
    ...(exploded > 0 ? [`without ${exploded} with weights beyond 1,000`] : []),
  ].join("; ");
}
