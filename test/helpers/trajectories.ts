import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { laneSimd } from "#lib/compute/lanes.js";
import { readNpy } from "#lib/core/npy.js";
import { forward } from "#lib/networks/forward.js";
import { weightLayout } from "#lib/networks/layout.js";
import { cnnTrajectory, mlpTrajectory, mnistCnn, unterthinerCnn } from "#lib/networks/published.js";
import type { LayerSpec, NetworkSpec } from "#lib/networks/types.js";
import { LaneTrainer } from "#lib/zoo/engine/trainer.js";
import { lanes } from "#lib/zoo/lanes.js";
import type { OptimizerSpec } from "#lib/zoo/types.js";

// Twenty optimiser steps of torch from given weights and data; the folder's README says how they were made.
const folder = process.env.WEIGHTBOOK_REFERENCE ?? "test/reference/fixtures";

interface TrajectoryCase {
  batch: number;
  loss: "mse" | "ce";
  optimizer: string;
  hyper: { lr: number; momentum?: number; weight_decay?: number; nesterov?: boolean };
  images: string;
  first_output_f64: number[][];
  losses_f64: number[];
  max_abs_f32_minus_f64_at_step20: number;
  buffers_step20_f64?: { "bn.running_mean": number[]; "bn.running_var": number[] };
}

const { snapshot_steps: snapshots, cases } = JSON.parse(
  readFileSync(join(folder, "trajectories.json"), "utf8"),
) as { snapshot_steps: number[]; cases: Record<string, TrajectoryCase> };

const steps = 20;
const labels = readNpy(join(folder, "traj_labels.npy"));

const conv = (filters: number, padding = 0, bias = false): LayerSpec => ({
  type: "conv2d",
  filters,
  kernel: 3,
  padding,
  bias,
});
const leaky: LayerSpec = { type: "activation", activation: "leaky-relu" };
const pool: LayerSpec = { type: "max-pool", size: 2 };
const input14 = { channels: 1, height: 14, width: 14 };
/** A third arrangement of 1376 weights, with a global average. */
const averaged: NetworkSpec = {
  name: "averaged",
  input: input14,
  layers: [
    conv(16),
    pool,
    leaky,
    conv(8),
    leaky,
    { type: "global-average-pool" },
    { type: "dense", outputs: 10, bias: false },
  ],
};
const normed: NetworkSpec = {
  name: "normed",
  input: input14,
  layers: [
    conv(8, 1, true),
    { type: "batch-norm" },
    { type: "activation", activation: "elu" },
    pool,
    { type: "dense", outputs: 10 },
  ],
};
const mlpSigmoidOut: NetworkSpec = {
  ...mlpTrajectory(),
  layers: [...mlpTrajectory().layers, { type: "activation", activation: "sigmoid" }],
};
const networks: Record<string, NetworkSpec> = {
  mlp_sgd: mlpTrajectory(),
  mlp_sgd_sigmoid_out: mlpSigmoidOut,
  mlp_sgd_ce: mlpTrajectory(),
  mlp_adam: mlpTrajectory(),
  mlp_adamw: mlpTrajectory(),
  mlp_rmsprop: mlpTrajectory(),
  cnn_sgd: averaged,
  cnn_adam: averaged,
  cnn1376_sgd: cnnTrajectory(),
  cnn1376_sgd_fast: cnnTrajectory({ geometry: "stride-2" }),
  cnn1376alt_sgd_fast: cnnTrajectory({ geometry: "stride-1" }),
  cnn2464_adam: mnistCnn({ activation: "tanh" }),
  unt_adam: unterthinerCnn({ activation: "relu" }),
  unt_sgd: unterthinerCnn({ activation: "relu" }),
  bn_sgd: normed,
};

/**
 * 1e-6 for SGD, 1e-5 for what divides by a root. Batch norm amplifies rounding: there torch's own single-precision run
 * ends 8.6e-5 from its double-precision one, and twice that is the bound.
 */
function toleranceOf({
  optimizer,
  buffers_step20_f64: normed,
  max_abs_f32_minus_f64_at_step20: own,
}: TrajectoryCase) {
  if (normed) return 2 * own;
  return optimizer === "SGD" ? 1e-6 : 1e-5;
}

function optimizerOf({ optimizer, hyper }: TrajectoryCase): OptimizerSpec {
  const { lr: learningRate, weight_decay: weightDecay = 0, momentum = 0, nesterov = false } = hyper;
  const common = { learningRate, weightDecay, epsilon: 1e-8 };
  if (optimizer === "Adam") return { type: "adam", ...common, beta1: 0.9, beta2: 0.999 };
  if (optimizer === "AdamW") return { type: "adamw", ...common, beta1: 0.9, beta2: 0.999 };
  if (optimizer === "RMSprop") return { type: "rmsprop", ...common, momentum, alpha: 0.99 };
  return { type: "sgd", learningRate, momentum, weightDecay, nesterov };
}

/** The first `batch` images of every step, one after another. */
function batches({ batch, images: file }: TrajectoryCase) {
  const images = readNpy(join(folder, `${file}.npy`));
  const [, stored, height, width] = images.shape;
  const [, labelled] = labels.shape;
  const size = height * width;
  const pick = Array.from({ length: steps * batch }, (_, i) => [Math.floor(i / batch), i % batch]);
  return {
    images: Uint8Array.from(
      pick.flatMap(([s, i]) => {
        const start = (s * stored + i) * size;
        return [...images.data.subarray(start, start + size)];
      }),
    ),
    labels: Uint8Array.from(pick, ([s, i]) => labels.data[s * labelled + i]),
    count: pick.length,
    size,
  };
}

/** Where torch's parameters stand in our flat vectors, which hold batch norm's running statistics too. */
function trainedPlaces(network: NetworkSpec): number[] {
  return weightLayout(network).tensors.flatMap(({ name, shape, offset }) => {
    const size = shape.reduce((product, side) => product * side, 1);
    return name === "mean" || name === "variance" ? [] : Array.from({ length: size }, (_, i) => offset + i);
  });
}

function largestDifference(ours: ArrayLike<number>, theirs: ArrayLike<number>): number {
  expect(ours.length).toBe(theirs.length);
  let largest = 0;
  for (let i = 0; i < ours.length; i++) {
    // Written so that NaN counts as a difference.
    if (!(Math.abs(ours[i] - theirs[i]) <= largest)) largest = Math.abs(ours[i] - theirs[i]);
  }
  return largest;
}

function testCase(name: string, network: NetworkSpec): void {
  const expected = cases[name];
  const { batch } = expected;
  const tolerance = toleranceOf(expected);
  const data = batches(expected);
  const torch = readNpy(join(folder, `traj_${name}_weights_f64.npy`));
  const places = trainedPlaces(network);
  const at = (snapshot: number) =>
    torch.data.subarray(snapshot * places.length, (snapshot + 1) * places.length);
  const layout = weightLayout(network);
  const start = new Float32Array(layout.parameters);
  for (const { name: tensor, shape, offset } of layout.tensors) {
    if (tensor === "variance") start.fill(1, offset, offset + shape[0]);
  }
  places.forEach((place, i) => {
    start[place] = at(0)[i];
  });
  const loss = expected.loss === "ce" ? "cross-entropy" : "mse";
  const input = { scale: 1 / 255, shift: 0 };

  function trainer(optimizer: OptimizerSpec): LaneTrainer {
    const made = new LaneTrainer({
      network,
      loss,
      optimizer,
      batchSize: batch,
      input,
      train: data,
      test: data,
    });
    for (let lane = 0; lane < lanes; lane++) {
      made.setModel(lane, start, { optimizer, dropout: 0 });
      made.setOrder(
        lane,
        Uint32Array.from({ length: data.count }, (_, i) => i),
      );
    }
    return made;
  }

  test(`${name}: weights and losses of torch at every snapshot, in every lane`, () => {
    const made = trainer(optimizerOf(expected));
    for (let step = 1; step <= steps; step++) {
      const losses = made.run((step - 1) * batch, step * batch);
      for (let lane = 0; lane < lanes; lane++) {
        const loss = expected.losses_f64[step - 1];
        // Batch norm's case does not learn: its losses grow to 12, and their error with them.
        expect(Math.abs(losses[lane] - loss)).toBeLessThan(tolerance * Math.max(1, loss));
        const snapshot = snapshots.indexOf(step);
        if (snapshot < 0) continue;
        const weights = made.weights(lane);
        const trained = places.map((place) => weights[place]);
        expect(largestDifference(trained, at(snapshot))).toBeLessThan(tolerance);
      }
    }
    const buffers = expected.buffers_step20_f64;
    if (buffers) {
      const weights = made.weights(1);
      for (const { name: tensor, shape, offset } of layout.tensors) {
        const running = { mean: buffers["bn.running_mean"], variance: buffers["bn.running_var"] };
        if (tensor !== "mean" && tensor !== "variance") continue;
        const ours = weights.subarray(offset, offset + shape[0]);
        expect(largestDifference(ours, running[tensor])).toBeLessThan(tolerance);
      }
    }
    made.close();
  });

  test(`${name}: first outputs and gradient of torch`, () => {
    const weightDecay = expected.hyper.weight_decay ?? 0;
    const made = trainer({ type: "sgd", learningRate: 0.1, momentum: 0.9, weightDecay });
    const first = expected.first_output_f64.flat();
    const inputs = Float64Array.from(data.images.subarray(0, batch * data.size), (pixel) => pixel / 255);
    const exact = new Float64Array(layout.parameters);
    exact.set(start);
    places.forEach((place, i) => {
      exact[place] = at(0)[i];
    });
    const oracle = forward(network, exact, inputs, { batchStatistics: true });
    expect(largestDifference(oracle.subarray(0, first.length), first)).toBeLessThan(1e-12);
    if (name !== "bn_sgd") {
      // Evaluation uses batch norm's running statistics, which torch's first output does not.
      const { outputs } = made.evaluate("train", batch, { outputs: true });
      const lane2 = first.map((_, i) => outputs![i * lanes + 2]);
      expect(largestDifference(lane2, first)).toBeLessThan(1e-6);
    }
    made.run(0, batch);
    const gradient = readNpy(join(folder, `traj_${name}_grad0_f64.npy`)).data;
    // SGD's first velocity is the gradient with weight decay.
    const velocity = gradient.map((value, i) => value + weightDecay * at(0)[i]);
    const ours = made.velocities(3);
    const trained = places.map((place) => ours[place]);
    expect(largestDifference(trained, velocity)).toBeLessThan(name === "bn_sgd" ? 1e-5 : 1e-6);
    made.close();
  });
}

/** Declares the tests of every case for the kernels that run under the present WEIGHTBOOK_SIMD. */
export function testTrajectories(kind: "plain" | "auto"): void {
  test(`the kernels are ${kind}`, () => {
    if (kind === "plain") expect(laneSimd()).toBe("plain");
    expect(Object.keys(networks).sort()).toEqual(Object.keys(cases).sort());
  });
  for (const [name, network] of Object.entries(networks)) testCase(name, network);
}
