import { RandomStream } from "../../core/random.js";
import { initialWeights } from "../../networks/initial-weights.js";
import { cnnTrajectory, mlpTrajectory, mnistCnn, unterthinerCnn } from "../../networks/published.js";
import type { NetworkSpec } from "../../networks/types.js";
import { LaneTrainer } from "../../zoo/engine/trainer.js";
import { lanes } from "../../zoo/lanes.js";
import type { Loss, OptimizerSpec } from "../../zoo/types.js";

/** A network trained as the papers train it. */
export interface ZooCase {
  readonly network: NetworkSpec;
  readonly loss: Loss;
  readonly optimizer: OptimizerSpec;
  readonly batch: number;
  /** The rivals: a name, its script and arguments, and where its figures are in what it prints. */
  readonly peers: readonly ZooPeer[];
}

export interface ZooPeer {
  readonly name: string;
  readonly script: string;
  readonly args: readonly string[];
  readonly field: "us_per_step" | "us_per_model_step";
}

const sgd = (learningRate: number, weightDecay: number): OptimizerSpec => ({
  type: "sgd",
  learningRate,
  momentum: 0.9,
  weightDecay,
});
const adam = (learningRate: number): OptimizerSpec => ({
  type: "adam",
  learningRate,
  weightDecay: 0,
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-8,
});

function loop(name: string): ZooPeer {
  return {
    name: "torch-loop",
    script: "torch_nets.py",
    args: [name, "--repeats", "3"],
    field: "us_per_step",
  };
}

const stacked: ZooPeer = {
  name: "torch-stacked",
  script: "torch_zoo.py",
  args: ["mlp", "hand", "--models", "256", "--repeats", "3"],
  field: "us_per_model_step",
};

function unterthiner(batch: number): ZooCase {
  return {
    network: unterthinerCnn({ activation: "relu" }),
    loss: "cross-entropy",
    optimizer: adam(1e-3),
    batch,
    peers: [loop(`cnn-4970-b${batch}`)],
  };
}

/** The cases by name: network, number of weights, batch size. */
export const zooCases: Readonly<Record<string, ZooCase>> = {
  "mlp-2160-b4": {
    network: mlpTrajectory(),
    loss: "mse",
    optimizer: sgd(0.03, 3e-4),
    batch: 4,
    peers: [loop("mlp-2160-b4"), stacked],
  },
  "cnn-1376-b12": {
    network: cnnTrajectory(),
    loss: "mse",
    optimizer: sgd(3e-4, 1e-4),
    batch: 12,
    peers: [loop("cnn-1376-b12")],
  },
  "cnn-2464-b10": {
    network: mnistCnn({ activation: "tanh" }),
    loss: "cross-entropy",
    optimizer: adam(3e-4),
    batch: 10,
    peers: [loop("cnn-2464-b10")],
  },
  "cnn-4970-b64": unterthiner(64),
  "cnn-4970-b512": unterthiner(512),
};

/**
 * Four models of a case on random images, as many as the rival has.
 * @returns microseconds a model-step over about `seconds` of training, each time it is called; and an end to it
 */
export function prepareZooCase(zooCase: ZooCase): { run: (seconds: number) => number; close: () => void } {
  const { network, loss, optimizer, batch } = zooCase;
  const { height, width } = network.input;
  const count = 8192;
  const rng = RandomStream.fromSeed(1).split("bench");
  const images = Uint8Array.from({ length: count * height * width }, () => rng.integer(256));
  const labels = Uint8Array.from({ length: count }, () => rng.integer(10));
  const data = { images, labels, count };
  const input = { scale: 1 / 255, shift: 0 };
  const trainer = new LaneTrainer({
    network,
    loss,
    optimizer,
    batchSize: batch,
    input,
    train: data,
    test: data,
  });
  for (let lane = 0; lane < lanes; lane++) {
    trainer.setModel(lane, initialWeights(network, "torch-default", rng), { optimizer, dropout: 0 });
    trainer.setOrder(lane, rng.permutation(count));
  }
  const whole = Math.floor(count / batch);
  return {
    run: (seconds) => {
      const started = performance.now();
      let steps = 0;
      while (performance.now() - started < 1000 * seconds) {
        // A few steps at a time, so that the slow networks do not overrun.
        const from = steps % whole;
        const some = Math.min(whole - from, 8);
        trainer.run(from * batch, (from + some) * batch);
        steps += some;
      }
      return ((performance.now() - started) * 1000) / steps / lanes;
    },
    close: () => trainer.close(),
  };
}
