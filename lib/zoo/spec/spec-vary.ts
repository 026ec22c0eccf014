import { canonicalJson } from "../../core/hash.js";
import { isFamily } from "../../networks/families.js";
import type { VariableField, Variation, ZooSpec } from "../types.js";
import { fields, misplaced, oneOf, real, refuse, whole } from "./spec-checks.js";
import { checkNetwork, takesDropout } from "./spec-network.js";
import { chosenOptimizer, type OptimizerChoice } from "./spec-optimizer.js";
import { type BaseSpec, fieldRule, variableFields } from "./variable-fields.js";
import { extremes, variedFields } from "./variations.js";

/**
 * Checks what differs from model to model: every value must be valid for its field, and every field must have a
 * meaning for the network and the optimisers.
 * @throws SpecError "zoo/vary.FIELD"
 */
export function parseVary(value: unknown, base: BaseSpec): ZooSpec["vary"] {
  const given = fields(value ?? {}, "vary", variableFields);
  const vary: Partial<Record<VariableField, Variation>> = {};
  for (const field of variableFields) {
    if (given[field] === undefined) continue;
    checkPlace(field, given[field], base);
    vary[field] = parseVariation(field, given[field], base);
  }
  checkOptimizers(vary, base);
  checkShapes(vary, base);
  return vary;
}

function parseVariation(field: VariableField, value: unknown, base: BaseSpec): Variation {
  const path = `vary.${field}`;
  const { numbers, parse } = fieldRule(field);
  const list = (values: unknown, at: string): unknown[] => {
    if (!Array.isArray(values) || values.length === 0) refuse(at, values, "a list of at least one value");
    const parsed = values.map((entry, index) => parse(entry, `${at}[${index}]`, base));
    const texts = parsed.map(canonicalJson);
    const twice = texts.findIndex((entry, index) => texts.indexOf(entry) !== index);
    if (twice >= 0) refuse(`${at}[${twice}]`, values[twice], "different from the values before it");
    return parsed;
  };
  if (Array.isArray(value)) return list(value, path);
  const given = fields(value, path, ["distribution", "low", "high", "values"]);
  const known = { none: [], whole: ["integer"], real: ["uniform", "log-uniform", "integer"] } as const;
  const distribution = oneOf(given.distribution, `${path}.distribution`, [
    "choice",
    ...known[numbers],
  ] as const);
  if (distribution === "choice") {
    const { values } = fields(value, path, ["distribution", "values"]);
    return { distribution, values: list(values, `${path}.values`) };
  }
  fields(value, path, ["distribution", "low", "high"]);
  const end = (name: "low" | "high") => {
    if (distribution === "integer") whole(given[name], `${path}.${name}`, Number.MIN_SAFE_INTEGER);
    const number = real(given[name], `${path}.${name}`, Number.NEGATIVE_INFINITY);
    if (distribution === "log-uniform" && number <= 0) refuse(`${path}.${name}`, number, "above 0");
    return parse(number, `${path}.${name}`, base) as number;
  };
  const [low, high] = [end("low"), end("high")];
  if (low > high) refuse(`${path}.low`, low, `at most ${path}.high, which is ${high}`);
  return { distribution, low, high };
}

/** Refuses a field that the network has no use for. */
function checkPlace(field: VariableField, value: unknown, { network }: BaseSpec): void {
  const path = `vary.${field}`;
  if (field.startsWith("network.") && !isFamily(network)) {
    misplaced(path, value, "the network is written out layer by layer; give a family of networks instead");
  }
  if (field === "dropout" && !takesDropout(network)) {
    misplaced(path, value, "the network has no dropout layer without a rate of its own");
  }
  const isActivated = isFamily(network) || network.layers.some(({ type }) => type === "activation");
  if (field === "activation" && !isActivated) misplaced(path, value, "the network has no activation layer");
}

/** Refuses fields that not all of the optimisers have, and fields that two variations settle. */
function checkOptimizers(vary: ZooSpec["vary"], { optimizer }: BaseSpec): void {
  const choices = vary.optimizer && (extremes(vary.optimizer) as readonly OptimizerChoice[]);
  const optimizers = choices?.map((choice) => chosenOptimizer(choice, optimizer)) ?? [optimizer];
  for (const field of ["learningRate", "weightDecay", "momentum"] as const) {
    const settled = choices?.findIndex((choice) => typeof choice === "object" && field in choice) ?? -1;
    if (vary[field] && settled >= 0) {
      misplaced(`vary.${field}`, vary[field], `vary.optimizer[${settled}] has a ${field} of its own`);
    }
  }
  if (!vary.momentum) return;
  const without = optimizers.find((candidate) => !("momentum" in candidate));
  if (without) misplaced("vary.momentum", vary.momentum, `the optimiser ${without.type} has no momentum`);
  const nesterov = optimizers.some((candidate) => candidate.type === "sgd" && candidate.nesterov);
  if (nesterov && extremes(vary.momentum).includes(0)) {
    misplaced("vary.momentum", vary.momentum, "Nesterov's method needs a momentum above 0");
  }
}

/** Checks that the shapes meet in every network that may come up; of a range, its ends. */
function checkShapes(vary: ZooSpec["vary"], { network }: BaseSpec): void {
  if (!isFamily(network)) return;
  let families = [network];
  for (const field of variedFields({ vary })) {
    if (!field.startsWith("network.")) continue;
    const name = field.slice("network.".length);
    const values = extremes(vary[field] as Variation);
    families = families.flatMap((family) => values.map((value) => ({ ...family, [name]: value })));
  }
  for (const family of families) checkNetwork(family);
}
