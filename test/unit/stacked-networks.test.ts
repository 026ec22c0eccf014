import { test } from "vitest";
import { familyNetwork } from "#lib/networks/families.js";
import {
  cnnTrajectory,
  mlpTrajectory,
  mnistCnn,
  tetrisMlp,
  unterthinerCnn,
} from "#lib/networks/published.js";
import type { NetworkSpec } from "#lib/networks/types.js";
import { cnn, deep, mlp } from "../helpers/lane-jobs.js";
import { expectEqualTraining, onBackends, optimizers, plainModel, twentySteps } from "../helpers/stacked.js";

const family = (batchNorm: boolean, kernel: number) =>
  familyNetwork({
    family: "conv-blocks",
    input: { channels: 1, height: 14, width: 14 },
    outputs: 10,
    kernel,
    convLayers: 4,
    width: 3,
    denseLayers: 2,
    denseWidth: 12,
    batchNorm,
    activation: "relu",
  });

/** Every published network, families with and without batch norm, and variants with dropout. */
const catalogue: Readonly<Record<string, NetworkSpec>> = {
  "mlp-trajectory": mlpTrajectory(),
  "cnn-trajectory": cnnTrajectory(),
  "cnn-trajectory, stride 1": cnnTrajectory({ geometry: "stride-1" }),
  "tetris-mlp": tetrisMlp(),
  "mnist-cnn": mnistCnn(),
  "mnist-cnn with dropout": mnistCnn({ dropout: true, activation: "gelu" }),
  "unterthiner-cnn": unterthinerCnn(),
  "unterthiner-cnn with dropout": unterthinerCnn({ dropout: true, activation: "elu" }),
  family: family(false, 3),
  "family, kernel 5": family(false, 5),
  "family with batch norm": family(true, 3),
  "small mlp": mlp,
  "small cnn": cnn,
  "all layers": deep,
};

/** Networks that the plain JavaScript backend is fast enough for. */
const small = ["mlp-trajectory", "cnn-trajectory", "tetris-mlp", "small cnn", "all layers"];

/**
 * Batch norm divides by deviations of few values, so rounding grows from step to step: torch's own single precision
 * ends up to 8.6e-5 from its double precision after 20 steps (the reference case bn_sgd), and twice that is the bound.
 */
const toleranceOf = ({ layers }: NetworkSpec) =>
  layers.some(({ type }) => type === "batch-norm") ? 1.7e-4 : 1e-5;

onBackends("twenty steps as the CPU engine's", (backend) => {
  const names = Object.keys(catalogue).filter((name) => backend !== "cpu" || small.includes(name));
  test.each(names)("%s", async (name) => {
    const network = catalogue[name];
    const models = [1, 2, 3].map((seed) => plainModel(seed, { dropout: seed === 2 ? 0.4 : 0.1 }));
    await expectEqualTraining(twentySteps(network, models), backend, toleranceOf(network));
  });
});

onBackends("every optimiser and loss", (backend) => {
  const cases = Object.keys(optimizers).flatMap((name) =>
    (["mse", "cross-entropy"] as const).map((loss) => [name, loss] as const),
  );
  test.each(cases)("%s, %s", async (name, loss) => {
    const { learningRate } = optimizers[name];
    const models = [1, 2, 3].map((seed) =>
      plainModel(seed, {
        // Hyper-parameters of their own: rows of one tensor.
        optimizer: {
          ...optimizers[name],
          learningRate: learningRate * (1 + seed / 4),
          weightDecay: 1e-3 * seed,
        },
        learningRateDecay: 1 - seed / 10,
      }),
    );
    for (const network of [mlp, cnn]) {
      await expectEqualTraining(twentySteps(network, models, { loss }), backend, 1e-5);
    }
  });
});
