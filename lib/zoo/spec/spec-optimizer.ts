import type { OptimizerSpec } from "../types.js";
import { belowOne, fields, flag, oneOf, positive, real, refuse } from "./spec-checks.js";

type OptimizerType = OptimizerSpec["type"];

const types: readonly OptimizerType[] = ["sgd", "adam", "adamw", "rmsprop"];

const common = ["type", "learningRate", "weightDecay"];

const knownFields: Readonly<Record<OptimizerType, readonly string[]>> = {
  sgd: [...common, "momentum", "nesterov"],
  adam: [...common, "beta1", "beta2", "epsilon"],
  adamw: [...common, "beta1", "beta2", "epsilon"],
  rmsprop: [...common, "momentum", "alpha", "epsilon"],
};

/** Optimisers that `vary.optimizer` knows by name: torch's types, and SGD with momentum .9 of either kind. */
const byName = {
  sgd: { type: "sgd" },
  momentum: { type: "sgd", momentum: 0.9 },
  nesterov: { type: "sgd", momentum: 0.9, nesterov: true },
  adam: { type: "adam" },
  adamw: { type: "adamw" },
  rmsprop: { type: "rmsprop" },
} as const;

/** What `vary.optimizer` may name: a known optimiser, or the fields that differ from torch's defaults. */
export type OptimizerChoice = keyof typeof byName | ({ readonly type: OptimizerType } & object);

/**
 * Checks an optimiser and fills torch's defaults: momentum 0, nesterov false, weight decay 0, betas .9 and .999,
 * alpha .99, epsilon 1e-8.
 * @throws SpecError "zoo/PATH.FIELD"
 */
export function parseOptimizer(value: unknown, path: string): OptimizerSpec {
  const type = optimizerType(value, path);
  const optimizer = fields(value, path, knownFields[type]);
  const at = (name: string) => `${path}.${name}`;
  const given = <T>(name: string, check: (value: unknown, field: string) => T, fallback: T): T =>
    optimizer[name] === undefined ? fallback : check(optimizer[name], at(name));
  const shared = {
    learningRate: positive(optimizer.learningRate, at("learningRate")),
    weightDecay: given("weightDecay", atLeastZero, 0),
  };
  if (type === "sgd") {
    const momentum = given("momentum", belowOne, 0);
    const nesterov = given("nesterov", flag, false);
    if (nesterov && momentum === 0) refuse(at("momentum"), momentum, "above 0 with nesterov");
    return { type, ...shared, momentum, nesterov };
  }
  const epsilon = given("epsilon", positive, 1e-8);
  if (type === "rmsprop") {
    const momentum = given("momentum", belowOne, 0);
    return { type, ...shared, momentum, alpha: given("alpha", belowOne, 0.99), epsilon };
  }
  const betas = { beta1: given("beta1", belowOne, 0.9), beta2: given("beta2", belowOne, 0.999) };
  return { type, ...shared, ...betas, epsilon };
}

/**
 * Checks a value of `vary.optimizer`: a name, or an object of fields whose type is the specification's when left out.
 * @throws SpecError naming the value's path
 */
export function parseOptimizerChoice(value: unknown, path: string, base: OptimizerSpec): OptimizerChoice {
  if (typeof value === "string") return oneOf(value, path, Object.keys(byName) as (keyof typeof byName)[]);
  const { type = base.type, ...others } = fields(value, path, [
    ...new Set(Object.values(knownFields).flat()),
  ]);
  const choice = { type: oneOf(type, `${path}.type`, types), ...structuredClone(others) };
  parseOptimizer({ learningRate: base.learningRate, weightDecay: base.weightDecay, ...choice }, path);
  return choice;
}

/** The optimiser that a choice means: learning rate and weight decay carry over unless it has its own. */
export function chosenOptimizer(choice: OptimizerChoice, base: OptimizerSpec): OptimizerSpec {
  const own = typeof choice === "string" ? byName[choice] : choice;
  const { learningRate, weightDecay } = base;
  return parseOptimizer({ learningRate, weightDecay, ...own }, "optimizer");
}

function optimizerType(value: unknown, path: string): OptimizerType {
  const known = [...new Set(Object.values(knownFields).flat())];
  return oneOf(fields(value, path, known).type, `${path}.type`, types);
}

function atLeastZero(value: unknown, field: string): number {
  return real(value, field, 0);
}
