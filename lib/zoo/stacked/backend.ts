import { AsyncLocalStorage } from "node:async_hooks";
import type { BackendName } from "../../compute/tensors/backends/names.js";
import { selectBackend } from "../../compute/tensors/backends/select.js";
import { type TensorFlow, tensorflow } from "../../compute/tensors/tf.js";
import { withGemm } from "../../compute/tensors/wasm/gemm.js";

/** A turn of `onBackend`, over or not. */
interface Turn {
  over: boolean;
}

let last: Promise<unknown> = Promise.resolve();
const turns = new AsyncLocalStorage<Turn>();

/**
 * Runs some work on a backend, which is started if need be, and makes the one that was current before current again.
 * Works of one thread run one after the other, since the current backend, the matrix product and tfjs' flags are the
 * whole thread's; work that is started within another is part of it. Other tensor work of the thread has to wait, too:
 * whatever runs while this awaits finds these settings, and may not change them.
 * On wasm products are this library's own, so that a zoo's bits do not depend on the system's BLAS; on webgpu all are
 * made by one of tfjs' programs, so that they do not depend on the number of models.
 * @throws BackendError "backend/unavailable" when it cannot be started
 */
export async function onBackend<T>(name: BackendName, work: (tf: TensorFlow) => Promise<T>): Promise<T> {
  return inTurn(async () => {
    const { tf } = await selectBackend({ backend: name });
    if (name === "wasm") return withGemm("own", () => work(tf));
    return name === "webgpu" ? withOneProduct(tf, () => work(tf)) : work(tf);
  });
}

/** tfjs' flag that settles which program multiplies on webgpu, and the one that suits many products at once. */
const productFlag = "WEBGPU_MATMUL_PROGRAM_TYPE";
const packedProgram = 3;

async function withOneProduct<T>(tf: TensorFlow, work: () => Promise<T>): Promise<T> {
  const before = tf.env().getNumber(productFlag);
  tf.env().set(productFlag, packedProgram);
  try {
    return await work();
  } finally {
    tf.env().set(productFlag, before);
  }
}

/** The backend that is chosen where none was asked for. */
export function bestBackend(): Promise<BackendName> {
  return inTurn(async () => (await selectBackend()).name);
}

/** Does work when all that was asked for before is done; at once within such work, which would wait for itself. */
function inTurn<T>(work: () => Promise<T>): Promise<T> {
  if (turns.getStore()?.over === false) return restoring(work);
  const turn: Turn = { over: false };
  const result = last.then(() => turns.run(turn, () => restoring(work)));
  const end = () => {
    turn.over = true;
  };
  last = result.then(end, end);
  return result;
}

/** Does work, after which the backend is current that was before it, if any was. */
async function restoring<T>(work: () => Promise<T>): Promise<T> {
  const tf = tensorflow();
  const before = tf.engine().backendName || undefined;
  try {
    return await work();
  } finally {
    if (before !== undefined && before !== tf.engine().backendName) await tf.setBackend(before);
  }
}
