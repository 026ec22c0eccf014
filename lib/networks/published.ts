import { checkOptions, SpecError } from "../core/errors.js";
import { networkShapes } from "./shapes.js";
import type { Activation, LayerSpec, NetworkSpec } from "./types.js";

/**
 * The MLP of the trajectory papers (2020, 2021): 196-10-10-10, sigmoid after both hidden layers, linear output, no
 * biases; 2160 weights.
 */
export function mlpTrajectory(): NetworkSpec {
  return {
    name: "mlp-trajectory",
    input: { channels: 1, height: 14, width: 14 },
    layers: [
      { type: "dense", outputs: 10, bias: false },
      { type: "activation", activation: "sigmoid" },
      { type: "dense", outputs: 10, bias: false },
      { type: "activation", activation: "sigmoid" },
      { type: "dense", outputs: 10, bias: false },
    ],
  };
}

/** Which of the two arrangements that fit the papers' text: see cnnTrajectory. */
export type CnnGeometry = "stride-2" | "stride-1";

/**
 * The CNN of the trajectory papers: twice [conv 3x3, max-pool, leaky ReLU] with 16 then 8 filters and a dense layer
 * 8 -> 10, no biases; 1376 weights. The papers leave the geometry open: "stride-2" (the default) has maps of side
 * 14-7-3-2-1 (stride 2, padding 1, pool 2), "stride-1" 14-12-5-3-1 (stride 1, pool 3 with stride 2).
 * @throws SpecError for an unknown geometry or option
 */
export function cnnTrajectory(options: { readonly geometry?: CnnGeometry } = {}): NetworkSpec {
  checkOptions(options, ["geometry"], "cnnTrajectory");
  const geometry = options.geometry ?? "stride-2";
  if (geometry !== "stride-2" && geometry !== "stride-1") {
    throw new SpecError(
      "network/geometry",
      `geometry "${geometry}" is unknown; choose stride-2 or stride-1`,
      {
        value: geometry,
      },
    );
  }
  const [stride, padding] = geometry === "stride-2" ? [2, 1] : [1, 0];
  const block = (filters: number): NetworkSpec["layers"] => [
    { type: "conv2d", filters, kernel: 3, stride, padding, bias: false },
    geometry === "stride-2" ? { type: "max-pool", size: 2 } : { type: "max-pool", size: 3, stride: 2 },
    { type: "activation", activation: "leaky-relu" },
  ];
  return {
    name: geometry === "stride-2" ? "cnn-trajectory" : "cnn-trajectory-stride-1",
    input: { channels: 1, height: 14, width: 14 },
    layers: [...block(16), ...block(8), { type: "dense", outputs: 10, bias: false }],
  };
}

const digits = { channels: 1, height: 28, width: 28 };

/**
 * The MLP of the tetris zoos (Schuerholt et al. 2021): 16-5-4 on 4 x 4 images, no biases, linear output; 100 weights.
 * The paper leaves the activation of TETRIS-SEED open: tanh by default.
 * @throws SpecError for an unknown activation or option
 */
export function tetrisMlp(options: { readonly activation?: Activation } = {}): NetworkSpec {
  checkOptions(options, ["activation"], "tetrisMlp");
  return checked({
    name: "tetris-mlp",
    input: { channels: 1, height: 4, width: 4 },
    layers: [
      { type: "dense", outputs: 5, bias: false },
      { type: "activation", activation: options.activation ?? "tanh" },
      { type: "dense", outputs: 4, bias: false },
    ],
  });
}

export interface CnnOptions {
  /** Of every hidden layer. */
  readonly activation?: Activation;
  /** Whether there are dropout layers, at the rate that is the model's own `dropout`; default false. */
  readonly dropout?: boolean;
}

/**
 * The CNN of the MNIST and Fashion-MNIST zoos of Schuerholt et al. (2021) on 28 x 28 images: twice [conv 5x5, max-pool
 * 2, activation] with 8 then 6 filters, conv 2x2 with 4, dense 36 -> 20 -> 10, biases; 2464 weights. Dropout stands
 * where the group's released code has it: after both pooled blocks and after the hidden dense layer. Default tanh.
 * @throws SpecError for an unknown activation or option
 */
export function mnistCnn(options: CnnOptions = {}): NetworkSpec {
  checkOptions(options, ["activation", "dropout"], "mnistCnn");
  const { activation = "tanh", dropout } = options;
  const act: LayerSpec = { type: "activation", activation };
  const drop = dropoutLayers(dropout);
  return checked({
    name: "mnist-cnn",
    input: digits,
    layers: [
      { type: "conv2d", filters: 8, kernel: 5 },
      { type: "max-pool", size: 2 },
      act,
      ...drop,
      { type: "conv2d", filters: 6, kernel: 5 },
      { type: "max-pool", size: 2 },
      act,
      ...drop,
      { type: "conv2d", filters: 4, kernel: 2 },
      act,
      { type: "flatten" },
      { type: "dense", outputs: 20 },
      act,
      ...drop,
      { type: "dense", outputs: 10 },
    ],
  });
}

/**
 * The small CNN zoo's network (Unterthiner et al. 2020) on 28 x 28 gray images: three conv 3x3 with 16 filters and
 * stride 2, without padding, global average, dense 16 -> 10, biases; 4970 weights. Dropout stands after each
 * convolution's activation, as in their released code. Default ReLU.
 * @throws SpecError for an unknown activation or option
 */
export function unterthinerCnn(options: CnnOptions = {}): NetworkSpec {
  checkOptions(options, ["activation", "dropout"], "unterthinerCnn");
  const { activation = "relu", dropout } = options;
  const block: readonly LayerSpec[] = [
    { type: "conv2d", filters: 16, kernel: 3, stride: 2 },
    { type: "activation", activation },
    ...dropoutLayers(dropout),
  ];
  return checked({
    name: "unterthiner-cnn",
    input: digits,
    layers: [...block, ...block, ...block, { type: "global-average-pool" }, { type: "dense", outputs: 10 }],
  });
}

function dropoutLayers(wanted = false): readonly LayerSpec[] {
  return wanted ? [{ type: "dropout" }] : [];
}

/** The same network, once its layers are known to be possible. */
function checked(spec: NetworkSpec): NetworkSpec {
  networkShapes(spec);
  return spec;
}
