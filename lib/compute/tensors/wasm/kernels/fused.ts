import type { KernelCall, KernelFunction, TensorInfo } from "../../kernels/types.js";
import { tensorflow } from "../../tf.js";
import { wasmHeap } from "../heap.js";

/** What tfjs fuses with products and convolutions. */
interface FusedAttributes {
  readonly activation?: string;
  readonly leakyreluAlpha?: number;
}

/** Kernels of the backend that do the activations which tfjs fuses into products. */
const activations: Readonly<Record<string, string>> = {
  relu: "Relu",
  relu6: "Relu6",
  elu: "Elu",
  sigmoid: "Sigmoid",
  leakyrelu: "LeakyRelu",
  prelu: "Prelu",
};

/** Whether all operands are float32 and the activation is known. */
export function canFuse({ inputs, attrs }: KernelCall): boolean {
  const { activation = "linear" } = attrs as FusedAttributes;
  const known = activation === "linear" || activation in activations;
  return known && Object.values(inputs).every((t) => !t || t.dtype === "float32");
}

/** Adds a bias, if one is given, and does the activation of a fused operation; gives `out` back if it is replaced. */
export function finish(call: KernelCall, out: TensorInfo, bias: TensorInfo | undefined): TensorInfo {
  const { activation = "linear", leakyreluAlpha = 0 } = call.attrs as FusedAttributes;
  const sum = bias ? replace(out, "Add", { a: out, b: bias }, {}, call) : out;
  if (activation === "linear") return sum;
  const inputs: Record<string, TensorInfo> = { x: sum };
  if (activation === "prelu") inputs.alpha = call.inputs.preluActivationWeights as TensorInfo;
  return replace(sum, activations[activation], inputs, { alpha: leakyreluAlpha }, call);
}

/** Runs a kernel of the backend on an intermediate result and gives that back. */
function replace(
  old: TensorInfo,
  name: string,
  inputs: Record<string, TensorInfo>,
  attrs: object,
  { backend }: KernelCall,
): TensorInfo {
  const kernel = tensorflow().getKernel(name, "wasm").kernelFunc as unknown as KernelFunction;
  const heap = wasmHeap();
  const out = heap.adopt(kernel({ inputs, attrs, backend }) as TensorInfo);
  heap.release(old);
  return out;
}
