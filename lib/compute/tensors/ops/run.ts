import type { Tensor } from "@tensorflow/tfjs";
import { SpecError } from "../../../core/errors.js";
import { tensorflow } from "../tf.js";

/** Whether the backend in use has this kernel of ours; the first to ask starts the backend. */
export function hasKernel(name: string): boolean {
  const tf = tensorflow();
  tf.backend();
  return tf.getKernel(name, tf.getBackend()) !== undefined;
}

/** Runs one of our kernels; inputs that are undefined are left out. */
export function runKernel(
  name: string,
  inputs: Record<string, Tensor | undefined>,
  attributes: Record<string, number> = {},
): Tensor[] {
  const given = Object.entries(inputs).filter((entry): entry is [string, Tensor] => entry[1] !== undefined);
  const outputs: Tensor | Tensor[] = tensorflow()
    .engine()
    .runKernel(name, Object.fromEntries(given), attributes);
  return Array.isArray(outputs) ? outputs : [outputs];
}

/** Whether a gradient is being recorded, so that kernels keep what their backward pass needs. */
export function isRecording(): boolean {
  return tensorflow().engine().isTapeOn();
}

/**
 * A function with a gradient of its own, over any number of tensors.
 * @param inputs what it depends on; `backward` returns one gradient for each
 * @param forward its value, and the tensors that `backward` needs
 */
export function withGradient(
  inputs: Tensor[],
  forward: () => { value: Tensor; saved: Tensor[] },
  backward: (dy: Tensor, saved: Tensor[]) => Tensor[],
): Tensor {
  const tf = tensorflow();
  if (!isRecording()) return tf.tidy(() => forward().value);
  const run = tf.customGrad((...given: unknown[]) => {
    const save = given[given.length - 1] as (tensors: Tensor[]) => void;
    const { value, saved } = forward();
    save(saved);
    return { value, gradFunc: (dy, kept) => backward(dy, kept as Tensor[]) };
  });
  return run(...inputs);
}

/** @throws SpecError "tensors/dtype" for a tensor that does not hold float32 */
export function checkFloats(tensors: Record<string, Tensor | undefined>, where: string): void {
  for (const [name, tensor] of Object.entries(tensors)) {
    if (tensor && tensor.dtype !== "float32") {
      throw new SpecError(
        "tensors/dtype",
        `${where}: ${name} holds ${tensor.dtype}; cast it to float32 first`,
        { value: tensor.dtype },
      );
    }
  }
}

/** @throws SpecError "tensors/shape" unless the tensor has exactly this shape */
export function checkShape(tensor: Tensor, shape: readonly number[], name: string, where: string): void {
  if (tensor.rank !== shape.length || tensor.shape.some((size, axis) => size !== shape[axis])) {
    throw new SpecError("tensors/shape", `${where}: ${name} has shape [${tensor.shape}]; give [${shape}]`, {
      value: tensor.shape,
    });
  }
}

/** The length of the last axis. @throws SpecError "tensors/shape" for a scalar */
export function lastAxis(x: Tensor, where: string): number {
  if (x.rank === 0) throw new SpecError("tensors/shape", `${where}: x is a scalar; give at least one axis`);
  return x.shape[x.rank - 1];
}
