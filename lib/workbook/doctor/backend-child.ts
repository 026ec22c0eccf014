// Starts one tensor backend, named by the first argument, in a process of its own and prints what came of it as a line of
// JSON; `--rates` measures it too. A driver that crashes takes only this process with it.

import { type BackendName, selectBackend } from "../../compute/tensors/backends/index.js";
import { measureRates } from "../../compute/tensors/backends/rates.js";
import { BackendError, WeightbookError } from "../../core/errors.js";
import type { BackendReport } from "./backends.js";

async function report(): Promise<BackendReport> {
  const [name, flag] = process.argv.slice(2);
  try {
    const { device, notes } = await selectBackend({ backend: name as BackendName });
    const rates = flag === "--rates" ? await measureRates(1) : undefined;
    return { device, notes, ...rates };
  } catch (error) {
    if (error instanceof BackendError) return { reason: error.reason, remedy: error.remedy };
    // Its sentence names the remedy itself.
    if (error instanceof WeightbookError) return { reason: error.message };
    throw error;
  }
}

report().then((result) => process.stdout.write(`\n${JSON.stringify(result)}\n`, () => process.exit(0)));
