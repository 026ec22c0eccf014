import type { TensorFlow } from "../../compute/tensors/tf.js";

/** What is used here of a GPU buffer. */
interface Buffer {
  readonly size: number;
  destroy(): void;
}

/** tfjs' pool of buffers on webgpu: a buffer that is let go waits for one of exactly its size, for ever. */
interface Pool {
  readonly freeBuffers: ReadonlyMap<string, Buffer[]>;
  numFreeBuffers: number;
  numBytesAllocated: number;
}

/**
 * Frees the buffers that wait in tfjs' pool if the pool, with what is in use, takes more than so many bytes: models that
 * are set apart come in ever new numbers, and tensors in ever new sizes. Only webgpu has such a pool.
 */
export function freeIdleBuffers(tf: TensorFlow, most: number): void {
  const { bufferManager: pool } = tf.backend() as unknown as { readonly bufferManager?: Pool };
  if (!pool || pool.numBytesAllocated <= most) return;
  // The lists themselves stay: tfjs gives buffers back to the list they came from.
  for (const buffers of pool.freeBuffers.values()) {
    for (const buffer of buffers.splice(0)) {
      buffer.destroy();
      pool.numFreeBuffers--;
      pool.numBytesAllocated -= buffer.size;
    }
  }
}

/** Bytes that a GPU's buffers take, idle ones included; 0 on other backends. */
export function pooledBytes(tf: TensorFlow): number {
  const { bufferManager: pool } = tf.backend() as unknown as { readonly bufferManager?: Pool };
  return pool?.numBytesAllocated ?? 0;
}
