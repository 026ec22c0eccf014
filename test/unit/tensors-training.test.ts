import { expect, test } from "vitest";
import { selectBackend } from "#lib/compute/tensors/backends/index.js";
import { HyperrepTraining } from "#lib/workbook/bench/hyperrep-model.js";
import { engines, onEngines } from "../helpers/tensor-engines.js";

const size = { tokens: 5, width: 7, d: 16, heads: 2, blocks: 2, hidden: 24, latent: 6, batch: 12 };

async function losses(): Promise<number[]> {
  const training = new HyperrepTraining(size);
  const found: number[] = [];
  for (let i = 0; i < 5; i++) {
    const loss = training.step();
    found.push((await loss.data())[0]);
    loss.dispose();
  }
  training.dispose();
  return found;
}

await selectBackend({ backend: "cpu" });
const expected = await losses();

onEngines(engines, "a training of a transformer autoencoder", () => {
  test("has the losses that it has on tfjs's cpu backend", async () => {
    const found = await losses();
    expect(new Set(found).size).toBe(5);
    found.forEach((loss, i) => {
      expect(Math.abs(loss / expected[i] - 1), `step ${i}: ${loss}`).toBeLessThanOrEqual(1e-5);
    });
  });
});
