import { beforeAll, describe, expect, it } from "vitest";
import { tensorflow } from "#lib/compute/tensors/tf.js";
import { RandomStream } from "#lib/core/random.js";
import { attentionCase, type OpCase, opCases } from "../helpers/tensor-op-cases.js";
import {
  type Block,
  backends,
  expectSame,
  type Outcome,
  outcome,
  randomBlock,
  toTensor,
} from "../helpers/tensor-ops.js";

interface Expected extends OpCase {
  readonly coefficients: Block;
  readonly expected: Outcome;
}

/** What tfjs's own operations give on its "cpu" backend. */
async function expectations(): Promise<Expected[]> {
  const rng = RandomStream.fromSeed("tensor ops");
  await tensorflow().setBackend("cpu");
  const rounds = Array.from({ length: 28 }, (_, round) => opCases(rng, round % 9 === 1)).flat();
  const large = [
    attentionCase(rng, 2, 61, 2, 16),
    attentionCase(rng, 1, 64, 1, 31),
    attentionCase(rng, 2, 31, 1, 20),
    attentionCase(rng, 1, 15, 1, 70),
    attentionCase(rng, 1, 16, 2, 64),
    attentionCase(rng, 0, 61, 2, 16),
  ];
  return [...rounds, ...large].map((given) => {
    const { shape } = tensorflow().tidy(() => ({
      shape: given.plain(...given.inputs.map(toTensor)).shape,
    })) as {
      shape: number[];
    };
    const coefficients = randomBlock(rng, shape);
    return { ...given, coefficients, expected: outcome(given.plain, given.inputs, coefficients) };
  });
}

describe("ops against tfjs's own operations on its cpu backend, value and gradients", async () => {
  const cases = await expectations();

  describe.each(backends)("on %s", (_, start) => {
    beforeAll(start);

    const names = [...new Set(cases.map(({ what }) => what.split(" ")[0]))];
    it.each(names)("%s", (name) => {
      const own = cases.filter(({ what }) => what.startsWith(`${name} `));
      expect(own.length).toBeGreaterThanOrEqual(25);
      for (const { what, op, inputs, coefficients, expected } of own) {
        expectSame(outcome(op, inputs, coefficients), expected, 1e-5, what);
      }
    });

    it("leaves no tensor behind, nor data that the engine does not know of", () => {
      const tf = tensorflow();
      const some = cases.slice(0, 32);
      const run = () => {
        for (const { op, inputs, coefficients } of some) outcome(op, inputs, coefficients);
      };
      run();
      const [tensors, data] = [tf.memory().numTensors, tf.backend().numDataIds()];
      for (let i = 0; i < 3; i++) run();
      expect([tf.memory().numTensors, tf.backend().numDataIds()]).toEqual([tensors, data]);
    });
  });
});
