import { SpecError } from "../core/errors.js";
import type { RandomStream } from "../core/random.js";
import { volume, weightLayout } from "./layout.js";
import type { NetworkSpec, WeightLayout, WeightTensor } from "./types.js";

/** A hidden layer whose units (dense neurons, convolution channels) may change places, and what moves with them. */
export interface PermutableLayer {
  /** Index into `NetworkSpec.layers`. */
  readonly layer: number;
  readonly units: number;
  /** Tensors of which unit u owns entry u of axis 0: kernel, bias, and those of the batch norm that follows. */
  readonly rows: readonly WeightTensor[];
  /** The next dense or convolutional layer's kernel, of which unit u owns entries u * perUnit to (u + 1) * perUnit of axis 1. */
  readonly columns: {
    readonly tensor: WeightTensor;
    /** 1; more where a dense layer reads a map: the map's rows x columns. */
    readonly perUnit: number;
  };
}

/** One permutation for each permutable layer, in the layers' order: place j takes the unit that was at `permutation[j]`. */
export type UnitPermutations = readonly Uint32Array[];

/** What is worked out once for a network, so that each permutation of its weights is cheap. */
export interface PermutationPlan {
  readonly layers: readonly PermutableLayer[];
  /** Length of an index: the network's weights. */
  readonly parameters: number;
  /** Permutations of all permutable layers, uniformly and independently. */
  draw(rng: RandomStream): UnitPermutations;
  /**
   * Writes where each weight of the permuted network comes from: `permuted[i] = weights[index[i]]`. Allocates nothing.
   * @throws SpecError "network/permutation" when the permutations or the index do not fit the network
   */
  fill(permutations: UnitPermutations, index: Uint32Array): void;
}

/**
 * The hidden layers of a network whose units may change places without changing what the network computes: all but the
 * last dense or convolutional one, whose units are the outputs. Everything between two of them (activation, pooling,
 * batch norm, dropout, flatten) treats channels alike.
 * Source: Schuerholt et al. 2021, equation 1; for convolutions their appendix A.
 * @throws SpecError when the network cannot be (see networkShapes)
 */
export function permutationSymmetries(network: NetworkSpec): readonly PermutableLayer[] {
  const { tensors } = weightLayout(network);
  const kernels = tensors.filter(({ name }) => name === "kernel");
  return kernels.slice(1).map((next, i) => {
    const { layer, shape } = kernels[i];
    const rows = tensors.filter((tensor) => tensor.layer >= layer && tensor.layer < next.layer);
    return { layer, units: shape[0], rows, columns: { tensor: next, perUnit: next.shape[1] / shape[0] } };
  });
}

/** Draws a permutation for each permutable layer. For many draws, make a permutationPlan once. */
export function drawPermutations(network: NetworkSpec, rng: RandomStream): UnitPermutations {
  return permutationPlan(network).draw(rng);
}

/**
 * Where each weight of the permuted network comes from: `permuted[i] = weights[index[i]]` over the flat vector of
 * weightLayout. For many permutations, make a permutationPlan once.
 * @throws SpecError "network/permutation" when the permutations do not fit the network
 */
export function permutationIndex(network: NetworkSpec, permutations: UnitPermutations): Uint32Array {
  const plan = permutationPlan(network);
  const index = new Uint32Array(plan.parameters);
  plan.fill(permutations, index);
  return index;
}

/**
 * Prepares the permutations of a network.
 * @throws SpecError when the network cannot be (see networkShapes)
 */
export function permutationPlan(network: NetworkSpec): PermutationPlan {
  const layers = permutationSymmetries(network);
  const layout = weightLayout(network);
  const moves = movesOf(layout, layers);
  const seen = new Uint8Array(Math.max(0, ...layers.map(({ units }) => units)));
  return {
    layers,
    parameters: layout.parameters,
    draw: (rng) => layers.map(({ units }) => rng.permutation(units)),
    fill(permutations, index) {
      if (permutations.length !== layers.length) {
        throw misfit(network, `${layers.length} permutable layers`, permutations.length);
      }
      if (index.length !== layout.parameters) {
        throw misfit(network, `${layout.parameters} weights`, index.length, "index is for");
      }
      for (let i = 0; i < layers.length; i++) checkPermutation(network, layers[i], permutations[i], seen);
      for (const move of moves) fillTensor(move, permutations, index);
    },
  };
}

/** How one tensor's values move: seen as [rows, columns, block], whose rows and columns follow a permutation each. */
interface TensorMove {
  readonly offset: number;
  readonly rows: number;
  readonly columns: number;
  readonly block: number;
  /** Place of the rows' permutation in the list, or -1 where they stay. */
  readonly rowsFollow: number;
  readonly columnsFollow: number;
}

function movesOf({ tensors }: WeightLayout, layers: readonly PermutableLayer[]): TensorMove[] {
  return tensors.map((tensor) => {
    const { offset, shape } = tensor;
    const same = (other: WeightTensor) => other.offset === offset;
    const rowsFollow = layers.findIndex((layer) => layer.rows.some(same));
    const columnsFollow = layers.findIndex((layer) => same(layer.columns.tensor));
    const columns = columnsFollow < 0 ? 1 : layers[columnsFollow].units;
    const block = volume(shape.slice(1)) / columns;
    return { offset, rows: shape[0], columns, block, rowsFollow, columnsFollow };
  });
}

function fillTensor(move: TensorMove, permutations: UnitPermutations, index: Uint32Array): void {
  const { offset, rows, columns, block, rowsFollow, columnsFollow } = move;
  let to = offset;
  for (let row = 0; row < rows; row++) {
    const fromRow = rowsFollow < 0 ? row : permutations[rowsFollow][row];
    for (let column = 0; column < columns; column++) {
      const fromColumn = columnsFollow < 0 ? column : permutations[columnsFollow][column];
      const from = offset + (fromRow * columns + fromColumn) * block;
      for (let i = 0; i < block; i++) index[to++] = from + i;
    }
  }
}

function checkPermutation(
  network: NetworkSpec,
  { layer, units }: PermutableLayer,
  permutation: Uint32Array,
  seen: Uint8Array,
): void {
  if (permutation.length !== units)
    throw misfit(network, `${units} units in layer ${layer}`, permutation.length);
  seen.fill(0);
  for (let i = 0; i < units; i++) {
    const unit = permutation[i];
    if (unit >= units || seen[unit] > 0) {
      const message = `network "${network.name}": the permutation of layer ${layer} names unit ${unit} ${unit < units ? "twice" : `of ${units}`}; give each of 0 to ${units - 1} once`;
      throw new SpecError("network/permutation", message, { value: unit });
    }
    seen[unit] = 1;
  }
}

function misfit(
  network: NetworkSpec,
  wanted: string,
  got: number,
  given = "permutations are for",
): SpecError {
  const message = `network "${network.name}" has ${wanted} but the ${given} ${got}; draw permutations and size the index by this network's own plan`;
  return new SpecError("network/permutation", message, { value: got });
}
