// Selects the tensor backends that the arguments name, one after the other in one process, and prints a line of JSON for
// each: what came, and a sum computed on it. "newer-node" among them takes from util what newer Nodes lack; "worker" does the one after it in a thread.
import { once } from "node:events";
import util from "node:util";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { selectBackend } from "../../dist/compute/tensors/backends/index.js";

/** A tensor that is made on the first backend and moves on to the others. */
let traveller;

async function attempt(backend) {
  try {
    const { name, device, notes, tf } = await selectBackend({ backend });
    traveller ??= tf.fill([3, 3], 0.5);
    // What lies on webgpu can move on only after this.
    await traveller.data();
    const [sum] = await tf
      .matMul(traveller, tf.ones([3, 3]))
      .sum()
      .data();
    return { name, device, notes, engine: tf.getBackend(), sum };
  } catch (error) {
    const active = traveller && (await traveller.sum().data())[0];
    return { error: error.name, code: error.code, message: error.message, active };
  }
}

async function inThread(backend) {
  const [answer] = await once(new Worker(new URL(import.meta.url), { workerData: backend }), "message");
  return answer;
}

const words = process.argv.slice(2);
if (!isMainThread) parentPort.postMessage(await attempt(workerData));
else
  for (let word = words.shift(); word; word = words.shift()) {
    if (word === "newer-node") for (const name of ["isArray", "isNullOrUndefined"]) delete util[name];
    else {
      const answer = await (word === "worker" ? inThread(words.shift()) : attempt(word));
      process.stdout.write(`${JSON.stringify(answer)}\n`);
    }
  }
