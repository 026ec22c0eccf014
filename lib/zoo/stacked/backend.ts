import type { BackendName } from "../../compute/tensors/backends/names.js";
import { selectBackend } from "../../compute/tensors/backends/select.js";
import { type TensorFlow, tensorflow } from "../../compute/tensors/tf.js";
import { withGemm } from "../../compute/tensors/wasm/gemm.js";

/**
 * Runs some work on a backend, which is started if need be, and makes the one that was current before current again.
 * On wasm products are this library's own, so that a zoo's bits do not depend on the system's BLAS; on webgpu all are
 * made by one of tfjs' programs, so that they do not depend on the number of models.
 * @throws BackendError "backend/unavailable" when it cannot be started
 */
export async function onBackend<T>(name: BackendName, work: (tf: TensorFlow) => Promise<T>): Promise<T> {
  return restoring(async () => {
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
  return restoring(async () => (await selectBackend()).name);
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
