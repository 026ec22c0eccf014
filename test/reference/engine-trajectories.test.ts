import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readNpy } from "#lib/core/npy.js";
import { forward } from "#lib/networks/forward.js";
import { cnnTrajectory, mlpTrajectory } from "#lib/networks/published.js";
import type { NetworkSpec } from "#lib/networks/types.js";
import { LaneTrainer, lanes } from "#lib/zoo/engine/trainer.js";

// Twenty SGD steps of torch from given weights and data; see the folder's README for how they were made.
const folder = process.env.WEIGHTBOOK_REFERENCE ?? "test/reference/fixtures";
const { snapshot_steps: snapshots, cases } = JSON.parse(
  readFileSync(join(folder, "trajectories.json"), "utf8"),
) as { snapshot_steps: number[]; cases: Record<string, TrajectoryCase> };

interface TrajectoryCase {
  batch: number;
  hyper: { lr: number; momentum: number; weight_decay: number };
  first_output_f64: number[][];
  losses_f64: number[];
}

const tolerance = 1e-6;
const steps = 20;
const images = readNpy(join(folder, "traj_images14_u8.npy"));
const labels = readNpy(join(folder, "traj_labels.npy"));

const networks: Record<string, NetworkSpec> = {
  mlp_sgd: mlpTrajectory(),
  mlp_sgd_sigmoid_out: {
    ...mlpTrajectory(),
    layers: [...mlpTrajectory().layers, { type: "activation", activation: "sigmoid" }],
  },
  cnn1376_sgd: cnnTrajectory(),
  cnn1376_sgd_fast: cnnTrajectory({ geometry: "stride-2" }),
  cnn1376alt_sgd_fast: cnnTrajectory({ geometry: "stride-1" }),
};

/** The first `batch` images of every step, one after another. */
function batches(batch: number) {
  const [, stored, height, width] = images.shape;
  const size = height * width;
  const pick = Array.from({ length: steps * batch }, (_, i) => Math.floor(i / batch) * stored + (i % batch));
  return {
    images: Uint8Array.from(pick.flatMap((i) => [...images.data.subarray(i * size, (i + 1) * size)])),
    labels: Uint8Array.from(pick, (i) => labels.data[i]),
    count: pick.length,
  };
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

for (const [name, network] of Object.entries(networks)) {
  const { batch, hyper, ...expected } = cases[name];
  const data = batches(batch);
  const weights = readNpy(join(folder, `traj_${name}_weights_f64.npy`));
  const parameters = weights.shape[1];
  const at = (index: number) => weights.data.subarray(index * parameters, (index + 1) * parameters);

  function start(): LaneTrainer {
    const input = { scale: 1 / 255, shift: 0 };
    const trainer = new LaneTrainer({ network, batchSize: batch, input, train: data, test: data });
    const optimizer = {
      type: "sgd",
      learningRate: hyper.lr,
      momentum: hyper.momentum,
      weightDecay: hyper.weight_decay,
    } as const;
    for (let lane = 0; lane < lanes; lane++) {
      trainer.setModel(lane, Float32Array.from(at(0)), optimizer);
      trainer.setOrder(
        lane,
        Uint32Array.from({ length: data.count }, (_, i) => i),
      );
    }
    return trainer;
  }

  test(`${name}: weights and losses of torch at every snapshot, in every lane`, () => {
    const trainer = start();
    for (let step = 1; step <= steps; step++) {
      const losses = trainer.run((step - 1) * batch, step * batch);
      for (let lane = 0; lane < lanes; lane++) {
        expect(Math.abs(losses[lane] - expected.losses_f64[step - 1])).toBeLessThan(tolerance);
        const snapshot = snapshots.indexOf(step);
        if (snapshot < 0) continue;
        expect(largestDifference(trainer.weights(lane), at(snapshot))).toBeLessThan(tolerance);
      }
    }
    trainer.close();
  });

  test(`${name}: first outputs and gradient of torch`, () => {
    const trainer = start();
    const first = expected.first_output_f64.flat();
    const { outputs } = trainer.evaluate("train", batch, { outputs: true });
    const lane2 = first.map((_, i) => outputs![i * lanes + 2]);
    expect(largestDifference(lane2, first)).toBeLessThan(tolerance);
    const inputs = Float64Array.from(data.images.subarray(0, batch * 196), (pixel) => pixel / 255);
    expect(largestDifference(forward(network, at(0), inputs), first)).toBeLessThan(1e-12);

    trainer.run(0, batch);
    const gradient = readNpy(join(folder, `traj_${name}_grad0_f64.npy`)).data;
    // The first velocity is the gradient with weight decay.
    const expectedVelocity = gradient.map((value, i) => value + hyper.weight_decay * at(0)[i]);
    expect(largestDifference(trainer.velocities(3), expectedVelocity)).toBeLessThan(tolerance);
    trainer.close();
  });
}
