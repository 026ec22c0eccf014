import { createHash } from "node:crypto";
import type { ImageSet, PixelScale } from "./types.js";

/** SHA-256 over shape, pixels, labels of both splits and what pixels stand for; the name plays no part. */
export function datasetHash(train: ImageSet, test: ImageSet, pixel?: PixelScale): string {
  const hash = createHash("sha256");
  if (pixel) hash.update(`${pixel.scale} ${pixel.shift};`);
  for (const set of [train, test]) {
    hash.update(`${set.count} x ${set.height} x ${set.width};`).update(set.images).update(set.labels);
  }
  return hash.digest("hex");
}
