// The stacked engine on wasm as an engine of a GPU is run: in the thread that asked, several shards a call.
import { makeStackedEngine } from "#lib/zoo/stacked/engine.js";

/**
 * @param {import("#lib/zoo/stacked/reference.js").StackedEngineOptions} options
 * @returns {Promise<import("#lib/zoo/types.js").TrainingEngine>}
 */
export async function mainThreadEngine(options) {
  return { ...(await makeStackedEngine(options)), thread: "main", modelsPerCall: 8 };
}
