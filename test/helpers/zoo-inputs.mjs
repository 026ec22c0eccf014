// What tests train zoos from; plain JavaScript, so that child processes use it too.
import { createHash } from "node:crypto";
import { namedZoo } from "#lib/zoo/named.js";

/**
 * One of the engines of fake-engine.mjs.
 * @returns {import("#lib/zoo/training/engine-reference.js").EngineReference}
 */
export function fake(name = "fakeEngine") {
  return { module: new URL("./fake-engine.mjs", import.meta.url).href, name };
}

function images(count, offset) {
  const pixels = Uint8Array.from({ length: count * 196 }, (_, i) => Math.imul(i + offset, 2654435761) >>> 24);
  const labels = Uint8Array.from({ length: count }, (_, i) => (i + offset) % 10);
  return { images: pixels, labels, count, height: 14, width: 14 };
}

/**
 * Images that mean nothing, made in a moment.
 * @returns {import("#lib/datasets/types.js").Dataset}
 */
export function noiseData(trainImages = 40, testImages = 20) {
  return {
    name: "noise",
    classNames: Array.from({ length: 10 }, (_, label) => String(label)),
    train: images(trainImages, 0),
    test: images(testImages, 7),
    hash: createHash("sha256").update(`noise ${trainImages} ${testImages}`).digest("hex"),
  };
}

/**
 * A zoo of 10 models (three shards) on `noiseData()`.
 * @param {Partial<import("#lib/zoo/types.js").ZooSpec>} changes
 * @returns {import("#lib/zoo/types.js").ZooSpec}
 */
export function smallSpec(changes = {}) {
  const size = { models: 10, epochs: 3, trainImages: 40, testImages: 20 };
  return { ...namedZoo("mlp-trajectory", "smoke", { dataset: "noise", ...size }), ...changes };
}
