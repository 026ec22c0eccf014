import { tensorflow } from "#lib/compute/tensors/tf.js";

interface Memory {
  _malloc: (bytes: number) => number;
  _free: (address: number) => void;
}

/** What the backend in use holds: tensors, kept ones too, and data, also such that no tensor knows of. */
export function held(): { tensors: number; bytes: number; data: number } {
  const tf = tensorflow();
  const { numTensors, numBytes } = tf.memory();
  return { tensors: numTensors, bytes: numBytes, data: tf.backend().numDataIds() };
}

/**
 * Does work on the wasm backend whose allocation number `count` (from 0) fails.
 * @returns whether it failed, and by how many blocks of memory there are more afterwards
 */
export function withoutAllocation(count: number, work: () => void): { failed: boolean; blocks: number } {
  const memory = (tensorflow().backend() as unknown as { wasm: Memory }).wasm;
  const { _malloc: allocate, _free: free } = memory;
  let [left, blocks, failed] = [count, 0, false];
  memory._malloc = (bytes) => {
    if (left-- === 0) throw new Error("no memory");
    blocks++;
    return allocate(bytes);
  };
  memory._free = (address) => {
    blocks--;
    free(address);
  };
  try {
    work();
  } catch (error) {
    if (String(error) !== "Error: no memory") throw error;
    failed = true;
  } finally {
    Object.assign(memory, { _malloc: allocate, _free: free });
  }
  return { failed, blocks };
}

/**
 * Does work whose operation number `count` (from 0) fails, on any backend.
 * @returns how many operations were begun
 */
export function withoutOperation(count: number, work: () => void): number {
  const engine = tensorflow().engine();
  const run = engine.runKernel;
  let begun = 0;
  engine.runKernel = (...given) => {
    // Another name for the same data takes nothing, and so cannot fail.
    if (given[0] !== "Identity" && begun++ === count) throw new Error("this operation fails");
    return run.apply(engine, given) as never;
  };
  try {
    work();
  } finally {
    engine.runKernel = run;
  }
  return begun;
}
