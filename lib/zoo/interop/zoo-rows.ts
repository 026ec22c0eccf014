import type { ImportedZoo, Zoo } from "../zoo.js";

/** The weights of each checkpoint of a zoo, in order, read from disk piece by piece. */
export async function* zooRows(zoo: Zoo | ImportedZoo): AsyncGenerator<Float32Array> {
  for await (const { weights } of zoo.chunks()) yield* weights;
}
