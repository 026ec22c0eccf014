import type { TensorInfo } from "../kernels/types.js";
import { blockBackward } from "./block-backward.js";
import { blockForward } from "./block-forward.js";
import {
  type BlockAddresses,
  type BlockSetting,
  type BlockTrace,
  blockMasks,
  parameterNames,
  traceNames,
} from "./block-setting.js";
import { wasmHeap } from "./heap.js";
import { type Attributes, type Inputs, registerOp } from "./op-register.js";

/** Gives the wasm backend the transformer block as one operation, and its gradient. */
export function registerTransformerBlock(): void {
  registerOp("WeightbookTransformerBlock", forward);
  registerOp("WeightbookTransformerBlockGradient", backward);
}

function settingOf({ x, firstKernel }: Inputs, { heads, epsilon, rate, seed }: Attributes): BlockSetting {
  const [batch, tokens, width] = x.shape;
  const masks = blockMasks(rate, seed);
  return { batch, tokens, width, hidden: firstKernel.shape[0], heads, epsilon, masks };
}

function addressesOf<Name extends string>(names: readonly Name[], tensors: Inputs): Record<Name, number> {
  const heap = wasmHeap();
  return Object.fromEntries(names.map((name) => [name, heap.addressOf(tensors[name])])) as Record<
    Name,
    number
  >;
}

/** Inputs: x and the parameters by name. Outputs: the trace, the block's output first; that alone without `keep`. */
function forward(inputs: Inputs, attributes: Attributes): TensorInfo[] {
  const heap = wasmHeap();
  const parameters: BlockAddresses = addressesOf(parameterNames, inputs);
  const trace = blockForward(heap.addressOf(inputs.x), parameters, settingOf(inputs, attributes));
  const output = { ...trace.output, shape: [...inputs.x.shape] };
  const rest = traceNames.slice(1).map((name) => trace[name]);
  if (attributes.keep) return [output, ...rest];
  for (const info of rest) heap.release(info);
  return [output];
}

/** Inputs: dy, x, the parameters and the trace by name. Outputs: the gradients of x and of the parameters. */
function backward(inputs: Inputs, attributes: Attributes): TensorInfo[] {
  const heap = wasmHeap();
  const dx = heap.output(inputs.x.shape);
  const made = Object.fromEntries(parameterNames.map((name) => [name, heap.output(inputs[name].shape)]));
  const [output, ...rest] = traceNames;
  const trace: BlockTrace<number> = { [output]: 0, ...addressesOf(rest, inputs) };
  const work = {
    dy: heap.addressOf(inputs.dy),
    x: heap.addressOf(inputs.x),
    parameters: addressesOf(parameterNames, inputs),
    trace,
    dx: heap.addressOf(dx),
    gradients: addressesOf(parameterNames, made),
  };
  blockBackward(work, settingOf(inputs, attributes));
  return [dx, ...parameterNames.map((name) => made[name])];
}
