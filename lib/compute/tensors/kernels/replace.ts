import { WeightbookError } from "../../../core/errors.js";
import { tensorflow } from "../tf.js";
import type { KernelFunction, OwnKernel } from "./types.js";

/** Puts a kernel in the place of a backend's stock one, whose setup is kept, or adds it. */
export function replaceKernel({ name, make }: OwnKernel, backendName: string): void {
  const tf = tensorflow();
  const stock = tf.getKernel(name, backendName);
  const refuse: KernelFunction = () => {
    const message = `${name} on ${backendName} takes float32 tensors only; cast them`;
    throw new WeightbookError("tensors/no-kernel", message);
  };
  if (stock) tf.unregisterKernel(name, backendName);
  tf.registerKernel({
    ...stock,
    kernelName: name,
    backendName,
    kernelFunc: make((stock?.kernelFunc as unknown as KernelFunction | undefined) ?? refuse) as never,
  });
}
