import { tensorflow } from "../tf.js";
import { blockBackward } from "./block-backward.js";
import { blockForward } from "./block-forward.js";
import {
  type BlockAddresses,
  type BlockSetting,
  type BlockTrace,
  parameterNames,
  traceNames,
} from "./block-setting.js";
import { type TensorInfo, wasmHeap } from "./heap.js";

/** Names of the kernels; a backend that has them runs a transformer block as one operation. */
export const blockKernel = "WeightbookTransformerBlock";
export const blockGradKernel = "WeightbookTransformerBlockGrad";

/** What kernels are called with: tensors by name, and the attributes under `setting`. */
interface Call {
  readonly inputs: Readonly<Record<string, TensorInfo>>;
  readonly attrs: { readonly setting: BlockSetting };
}

/** Registers the transformer block for the wasm backend. */
export function registerBlockKernels(): void {
  const tf = tensorflow();
  tf.registerKernel({
    kernelName: blockKernel,
    backendName: "wasm",
    kernelFunc: (call) => forward(call as unknown as Call),
  });
  tf.registerKernel({
    kernelName: blockGradKernel,
    backendName: "wasm",
    kernelFunc: (call) => backward(call as unknown as Call),
  });
}

function addressesOf<Name extends string>(
  names: readonly Name[],
  tensors: Readonly<Record<string, TensorInfo>>,
): Record<Name, number> {
  const heap = wasmHeap();
  return Object.fromEntries(names.map((name) => [name, heap.addressOf(tensors[name])])) as Record<
    Name,
    number
  >;
}

/** Inputs: x and the parameters by name. Outputs: the trace, the block's output first. */
function forward({ inputs, attrs: { setting } }: Call): TensorInfo[] {
  const parameters: BlockAddresses = addressesOf(parameterNames, inputs);
  const trace = blockForward(wasmHeap().addressOf(inputs.x), parameters, setting);
  const output = { ...trace.output, shape: [...inputs.x.shape] };
  return [output, ...traceNames.slice(1).map((name) => trace[name])];
}

/** Inputs: dy, x, the parameters and the trace by name. Outputs: the gradients of x and of the parameters. */
function backward({ inputs, attrs: { setting } }: Call): TensorInfo[] {
  const heap = wasmHeap();
  const dx = heap.output(inputs.x.shape);
  const made = Object.fromEntries(parameterNames.map((name) => [name, heap.output(inputs[name].shape)]));
  const [first, ...rest] = traceNames;
  const trace: BlockTrace<number> = { [first]: 0, ...addressesOf(rest, inputs) };
  blockBackward(
    {
      dy: heap.addressOf(inputs.dy),
      x: heap.addressOf(inputs.x),
      parameters: addressesOf(parameterNames, inputs),
      trace,
      dx: heap.addressOf(dx),
      gradients: addressesOf(parameterNames, made),
    },
    setting,
  );
  return [dx, ...parameterNames.map((name) => made[name])];
}
