import { expect, test } from "vitest";
import { compareEngines } from "#lib/experiments/compare-engines.js";
import { stackedEngine } from "#lib/zoo/stacked/reference.js";
import { fake, noiseData, smallSpec } from "../helpers/zoo.js";

const dataset = noiseData();

test("two engines on one zoo: rates side by side, and that they agree", async () => {
  const engine = stackedEngine({ backend: "wasm" });
  const { table, claims } = await compareEngines(smallSpec(), { dataset, models: 5, epochs: 2, engine });
  expect(table.rows).toEqual([expect.stringMatching(/^lanes-/), expect.stringMatching(/^stacked-1-wasm/)]);
  expect(table.caption).toMatch(/^5 models of .* for 2 epochs on both engines \(no GPU/);
  for (const [seconds, rate] of table.values) {
    // 5 models, 2 epochs, 40 images in batches of 4.
    expect(Number(seconds) * Number(rate)).toBeCloseTo(100, 6);
  }
  expect(claims).toMatchObject([{ verdict: "holds" }]);
  expect(claims[0].ours).toBeGreaterThan(0);
});

test("an engine that trains something else is found out", async () => {
  const { claims } = await compareEngines(smallSpec(), { dataset, models: 4, engine: fake() });
  expect(claims).toMatchObject([{ verdict: "fails" }]);
  await expect(compareEngines(smallSpec(), { dataset, models: 11 })).rejects.toThrow("has 10; ask for fewer");
});
