import { type NamedTensorMap, type Scalar, type Tensor, tensorflow, type Variable } from "../tf.js";

/** What tfjs records of an operation, to compute gradients from. */
interface TapeNode {
  readonly saved: readonly Tensor[];
}

/** What is used here of tfjs's engine. */
interface Engine {
  readonly state: { readonly gradientDepth: number; activeTape: readonly TapeNode[] | null };
}

/**
 * A loss and its gradients by the variables' names, as tfjs's `variableGrads` gives them. When the loss or its backward
 * pass throws, all that was made so far is given back, also what tfjs had saved for the backward pass: of these tensors,
 * which no `tidy` disposes of, tfjs would lose track. Out of reach is what the function of a `customGrad` saved before
 * it threw: let it save last.
 * @throws whatever `loss` throws, and tfjs's errors for a loss that is no scalar or depends on none of the variables
 */
export function valueAndGradients(
  loss: () => Scalar,
  variables: readonly Variable[],
): { value: Scalar; grads: NamedTensorMap } {
  const tf = tensorflow();
  const { state } = tf.engine() as unknown as Engine;
  const isOutermost = state.gradientDepth === 0;
  let tape = (): readonly TapeNode[] => [];
  const recorded = () => {
    const { activeTape } = state;
    tape = () => activeTape ?? [];
    return loss();
  };
  try {
    return tf.tidy(() => tf.variableGrads(recorded, [...variables]));
  } catch (error) {
    // Within another gradient the tape is that one's.
    if (isOutermost) {
      tf.dispose(tape().flatMap(({ saved }) => saved));
      state.activeTape = null;
    }
    throw error;
  }
}
