import { checkOptions, SpecError } from "../core/errors.js";
import type { NetworkSpec } from "./types.js";

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
