// The stacked engine on wasm as one on a device is run: in the thread that asked, with calls as large as they come.
import { makeStackedEngine } from "#lib/zoo/stacked/engine.js";

/**
 * @param {import("#lib/zoo/stacked/reference.js").StackedEngineOptions} options
 * @returns {Promise<import("#lib/zoo/types.js").TrainingEngine>}
 */
export async function deviceEngine(options) {
  return { ...(await makeStackedEngine(options)), thread: "main", modelsPerCall: 4096 };
}
