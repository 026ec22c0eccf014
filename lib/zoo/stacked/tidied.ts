import type { TensorFlow } from "../../compute/tensors/tf.js";

/** tf.tidy for results whose types say more than "a container of tensors": readonly lists, optional fields. */
export function tidied<T>(tf: TensorFlow, work: () => T): T {
  return tf.tidy(work as () => never) as T;
}
