import { type Tensor, tensorflow, type Variable } from "../../compute/tensors/tf.js";
import type { ParameterShape, ParameterValues } from "./parameter-shapes.js";

/** Parameters as tensors of the active backend. */
export type ParameterTensors<T extends Tensor = Tensor> = ReadonlyMap<string, T>;

/** Variables that a training changes. */
export function parameterVariables(
  shapes: readonly ParameterShape[],
  values: ParameterValues,
): ParameterTensors<Variable> {
  const tf = tensorflow();
  const variables = new Map<string, Variable>();
  tf.tidy(() => {
    for (const { name, shape } of shapes) {
      variables.set(name, tf.variable(tf.tensor(values.get(name)!, [...shape])));
    }
  });
  return variables;
}

/** Parameters that stay as they are, as tensors. */
export function parameterTensors(
  shapes: readonly ParameterShape[],
  values: ParameterValues,
): ParameterTensors {
  const tf = tensorflow();
  return new Map(shapes.map(({ name, shape }) => [name, tf.tensor(values.get(name)!, [...shape])]));
}

/** A copy of the parameters' present values. */
export async function parameterValues(tensors: ParameterTensors): Promise<ParameterValues> {
  const values = new Map<string, Float32Array>();
  for (const [name, tensor] of tensors) values.set(name, (await tensor.data<"float32">()).slice());
  return values;
}

export function disposeParameters(tensors: ParameterTensors): void {
  for (const tensor of tensors.values()) tensor.dispose();
}
