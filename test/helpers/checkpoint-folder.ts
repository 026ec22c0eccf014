import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { writeNpy } from "#lib/core/npy.js";
import { RandomStream } from "#lib/core/random.js";
import { float32Bytes, writeTensors } from "./interop.js";

/** Writes checkpoints of 400 weights as two tensors, under names that tell nothing; returns the names in their order. */
export function writeCheckpoints(
  folder: string,
  checkpoints: readonly Float64Array[],
  kind: "safetensors" | "npy" = "safetensors",
): string[] {
  const numbers = RandomStream.fromSeed(folder.length + checkpoints.length).permutation(checkpoints.length);
  return checkpoints.map((weights, i) => {
    const name = `${i % 3 ? "" : "more/"}${kind[0]}${numbers[i]}.${kind}`;
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    if (kind === "npy") writeNpy(join(folder, name), Float32Array.from(weights));
    else writeCheckpoint(join(folder, name), weights, i % 2 === 0);
    return name;
  });
}

/** @param isTurned stores the tensors the other way round, as another writer might */
export function writeCheckpoint(path: string, weights: Float64Array, isTurned = false): void {
  const [bias, kernel] = [weights.subarray(0, 20), weights.subarray(20)];
  const tensors = [
    { name: "a.bias", dtype: "F32" as const, shape: [20], data: float32Bytes(...bias) },
    {
      name: "a.weight",
      dtype: "F32" as const,
      shape: [20, kernel.length / 20],
      data: float32Bytes(...kernel),
    },
    { name: "steps", dtype: "I64" as const, shape: [], data: new Uint8Array(8) },
  ];
  writeTensors(path, isTurned ? tensors.reverse() : tensors);
}
