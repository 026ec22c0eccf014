import { type LaneModule, laneAddresses } from "../../compute/lanes.js";
import { lanes } from "../lanes.js";
import type { ModelJob } from "../types.js";
import type { LanePlan } from "./plan.js";

/** All that training changes in one lane: packed weights, both moments, Adam's powers, and the generator of masks. */
export interface LaneState {
  readonly vectors: readonly Float32Array[];
  readonly powers: readonly number[];
  readonly random: Uint32Array;
}

/** Arrays of a lane, as they lie in the module: element i of lane l at 4 i + l. */
function packedAddresses({ weights, moments }: LanePlan): readonly number[] {
  return [weights, ...moments];
}

/** Copies a lane's state out, so that the others can go on without it. */
export function saveLane(module: LaneModule, plan: LanePlan, lane: number): LaneState {
  const { size } = plan.packing;
  const vectors = packedAddresses(plan).map((address) => {
    const values = module.floats(address, size * lanes);
    return Float32Array.from({ length: size }, (_, i) => values[i * lanes + lane]);
  });
  const { beta1Power, beta2Power, random } = laneAddresses;
  return {
    vectors,
    powers: [beta1Power, beta2Power].map((address) => module.doubles(address, lanes)[lane]),
    random: Uint32Array.from({ length: 4 }, (_, i) => module.words(random, 4 * lanes)[i * lanes + lane]),
  };
}

/** Puts a saved state back. */
export function restoreLane(module: LaneModule, plan: LanePlan, lane: number, state: LaneState): void {
  const { size } = plan.packing;
  packedAddresses(plan).forEach((address, index) => {
    const values = module.floats(address, size * lanes);
    const saved = state.vectors[index];
    for (let i = 0; i < size; i++) values[i * lanes + lane] = saved[i];
  });
  const { beta1Power, beta2Power } = laneAddresses;
  [beta1Power, beta2Power].forEach((address, index) => {
    module.doubles(address, lanes)[lane] = state.powers[index];
  });
  setRandom(module, lane, state.random);
}

/** Sets the generator of a lane's dropout masks: four words, not all zero. */
export function setRandom(module: LaneModule, lane: number, words: Uint32Array): void {
  const all = module.words(laneAddresses.random, 4 * lanes);
  for (let i = 0; i < 4; i++) all[i * lanes + lane] = words[i];
}

/** Sets a lane's learning rate from now on. */
export function setRate(module: LaneModule, lane: number, rate: number): void {
  module.floats(laneAddresses.learningRate, lanes)[lane] = rate;
  module.doubles(laneAddresses.exactRate, lanes)[lane] = rate;
}

/** Sets a lane's hyper-parameters and starts its optimiser afresh. */
export function setNumbers(
  module: LaneModule,
  plan: LanePlan,
  lane: number,
  { optimizer, dropout }: Pick<ModelJob, "optimizer" | "dropout">,
): void {
  setRate(module, lane, optimizer.learningRate);
  const adam = optimizer.type === "adam" || optimizer.type === "adamw";
  const beta1 = adam ? optimizer.beta1 : 0;
  // RMSprop's alpha is beta2 of its kernel.
  const beta2 = adam ? optimizer.beta2 : optimizer.type === "rmsprop" ? optimizer.alpha : 0;
  const float = (address: number, value: number) => {
    module.floats(address, lanes)[lane] = value;
  };
  const double = (address: number, value: number) => {
    module.doubles(address, lanes)[lane] = value;
  };
  float(laneAddresses.momentum, "momentum" in optimizer ? optimizer.momentum : 0);
  float(laneAddresses.weightDecay, optimizer.weightDecay);
  float(laneAddresses.beta1, beta1);
  float(laneAddresses.beta2, beta2);
  float(laneAddresses.oneMinusBeta1, 1 - beta1);
  float(laneAddresses.oneMinusBeta2, 1 - beta2);
  float(laneAddresses.epsilon, "epsilon" in optimizer ? optimizer.epsilon : 0);
  double(laneAddresses.exactBeta1, beta1);
  double(laneAddresses.exactBeta2, beta2);
  double(laneAddresses.beta1Power, 1);
  double(laneAddresses.beta2Power, 1);
  for (const { rate = dropout, numbers } of plan.dropouts) {
    // A value is kept when a uniform 32-bit number is at least this.
    module.words(numbers, lanes)[lane] = Math.min(2 ** 32 - 1, Math.round(rate * 2 ** 32));
    module.floats(numbers + 16, lanes)[lane] = 1 / (1 - rate);
  }
}
