import type { Tensor, TensorFlow } from "../../compute/tensors/tf.js";
import type { StackedPlan } from "./plan.js";
import { tidied } from "./tidied.js";

/** All that training changes on the device, a row a model. */
export interface DeviceState {
  readonly weights: Tensor;
  readonly moments: readonly Tensor[];
  /** Running statistics of batch norm. */
  readonly running: Tensor | undefined;
}

function tensorsOf({ weights, moments, running }: DeviceState): Tensor[] {
  return [weights, ...moments, ...(running ? [running] : [])];
}

function fromTensors(tensors: readonly Tensor[], like: DeviceState): DeviceState {
  const end = 1 + like.moments.length;
  return { weights: tensors[0], moments: tensors.slice(1, end), running: like.running && tensors[end] };
}

/** Frees a state. */
export function disposeState(state: DeviceState): void {
  for (const tensor of tensorsOf(state)) tensor.dispose();
}

/**
 * Models with given weights, their optimisers at the start.
 * @param weights of each model, in the store's order
 */
export function startState(
  tf: TensorFlow,
  { trained, running, places }: StackedPlan,
  weights: readonly Float32Array[],
  moments: number,
): DeviceState {
  const models = weights.length;
  const values = new Float32Array(models * trained);
  const statistics = new Float32Array(models * running);
  weights.forEach((own, model) => {
    places.forEach((place, i) => {
      if (place < trained) values[model * trained + place] = own[i];
      else statistics[model * running + place - trained] = own[i];
    });
  });
  return tidied(tf, () => ({
    weights: tf.tensor2d(values, [models, trained]),
    moments: Array.from({ length: moments }, () => tf.zeros([models, trained])),
    running: running > 0 ? tf.tensor2d(statistics, [models, running]) : undefined,
  }));
}

/** The weights of every model, in the store's order. */
export async function readWeights(
  { weights, running }: DeviceState,
  { trained, running: statistics, places }: StackedPlan,
): Promise<Float32Array[]> {
  const values = await weights.data();
  const averages = running ? await running.data() : new Float32Array(0);
  return Array.from({ length: weights.shape[0] }, (_, model) =>
    Float32Array.from(places, (place) =>
      place < trained ? values[model * trained + place] : averages[model * statistics + place - trained],
    ),
  );
}

/** A copy of some models' states. */
export function takeModels(tf: TensorFlow, state: DeviceState, rows: readonly number[]): DeviceState {
  return tidied(tf, () => {
    const index = tf.tensor1d(Int32Array.from(rows), "int32");
    return fromTensors(
      tensorsOf(state).map((tensor) => tf.gather(tensor, index)),
      state,
    );
  });
}

/** A new state in which some models are replaced: `rows` by the rows of `part`. */
export function putModels(
  tf: TensorFlow,
  state: DeviceState,
  rows: readonly number[],
  part: DeviceState,
): DeviceState {
  const models = state.weights.shape[0];
  return tidied(tf, () => {
    const sources = Int32Array.from({ length: models }, (_, row) => row);
    rows.forEach((row, i) => {
      sources[row] = models + i;
    });
    const index = tf.tensor1d(sources, "int32");
    const parts = tensorsOf(part);
    return fromTensors(
      tensorsOf(state).map((tensor, i) =>
        tidied(tf, () => tf.gather(tf.concat([tensor, parts[i]], 0), index)),
      ),
      state,
    );
  });
}
