import { normalCdf } from "./normal-distribution.js";
import { leakySlope } from "./shapes.js";
import type { Activation } from "./types.js";

/** The function of an activation, in double precision. */
export function activate(name: Activation): (x: number) => number {
  switch (name) {
    case "sigmoid":
      return sigmoid;
    case "tanh":
      return Math.tanh;
    case "relu":
      return (x) => Math.max(x, 0);
    case "leaky-relu":
      return (x) => (x > 0 ? x : leakySlope * x);
    case "elu":
      return (x) => (x > 0 ? x : Math.expm1(x));
    case "gelu":
      return (x) => x * normalCdf(x);
    case "silu":
      return (x) => x * sigmoid(x);
  }
}

function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x));
}
