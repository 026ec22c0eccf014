// The library's own engine behind a gate: models whose seed is above WEIGHTBOOK_TEST_GATE wait before it for ever, so
// that a training can be cut off at any moment and is never over before.
import { laneEngine } from "#lib/zoo/engine/lanes.js";

const closed = new Int32Array(new SharedArrayBuffer(4));
const gate = Number(process.env.WEIGHTBOOK_TEST_GATE ?? "Infinity");

/** @type {import("#lib/zoo/types.js").TrainingEngine} */
export const gatedEngine = {
  version: laneEngine.version,
  train(job, onEpoch) {
    if (job.models.some(({ seed }) => seed > gate)) Atomics.wait(closed, 0, 0);
    return laneEngine.train(job, onEpoch);
  },
};
