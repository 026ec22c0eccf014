import { describe, expect, it } from "vitest";
import { selectBackend } from "#lib/compute/tensors/backends/index.js";
import { tensorflow } from "#lib/compute/tensors/tf.js";
import { RandomStream } from "#lib/core/random.js";
import { type Engine, onEngines } from "./tensor-engines.js";
import { attentionCase, type OpCase, opCases } from "./tensor-op-cases.js";
import { type Block, compute, expectSame, type Outcome, outcome, randomBlock, toTensor } from "./tensors.js";

interface Expected extends OpCase {
  readonly coefficients: () => Block;
  readonly expected: Outcome;
}

/** What tfjs's own operations give on its "cpu" backend. */
async function expectations(): Promise<Expected[]> {
  const rng = RandomStream.fromSeed("tensor ops");
  await selectBackend({ backend: "cpu" });
  const rounds = Array.from({ length: 28 }, (_, round) => opCases(rng, round % 9 === 1)).flat();
  const large = [
    attentionCase(rng, 2, 61, 2, 16),
    attentionCase(rng, 1, 64, 1, 31),
    attentionCase(rng, 2, 31, 1, 20),
    attentionCase(rng, 1, 15, 1, 70),
    attentionCase(rng, 1, 16, 2, 64),
    attentionCase(rng, 0, 61, 2, 16),
  ];
  const found: Expected[] = [];
  for (const given of [...rounds, ...large]) {
    const [{ shape }] = await compute(() => [given.plain(...given.inputs.map(toTensor))]);
    const block = randomBlock(rng, shape);
    const coefficients = () => block;
    found.push({
      ...given,
      coefficients,
      expected: await outcome(given.plain, given.inputs, { coefficients }),
    });
  }
  return found;
}

/** Tests of every op against tfjs's own operations on its cpu backend, value and gradients. */
export function testOps(engines: readonly Engine[]): void {
  describe("ops against tfjs's own operations", async () => {
    const cases = await expectations();
    const names = [...new Set(cases.map(({ what }) => what.split(" ")[0]))];

    onEngines(engines, "value and gradients", () => {
      it.each(names)("%s", async (name) => {
        const own = cases.filter(({ what }) => what.startsWith(`${name} `));
        expect(own.length).toBeGreaterThanOrEqual(25);
        for (const { what, op, inputs, coefficients, expected } of own) {
          expectSame(await outcome(op, inputs, { coefficients }), expected, 1e-5, what);
        }
      });

      it("leaves no tensor behind, nor data that the engine does not know of", async () => {
        const tf = tensorflow();
        const run = async () => {
          for (const { op, inputs, coefficients } of cases.slice(0, 32)) {
            await outcome(op, inputs, { coefficients });
          }
        };
        await run();
        const [tensors, data] = [tf.memory().numTensors, tf.backend().numDataIds()];
        for (let i = 0; i < 3; i++) await run();
        expect([tf.memory().numTensors, tf.backend().numDataIds()]).toEqual([tensors, data]);
      });
    });
  });
}
