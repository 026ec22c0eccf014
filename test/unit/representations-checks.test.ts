import { describe, expect, it } from "vitest";
import { matrix, takeRows } from "#lib/core/matrix.js";
import { RandomStream } from "#lib/core/random.js";
import { weightLayout } from "#lib/networks/layout.js";
import type { NetworkSpec } from "#lib/networks/types.js";
import { checkedRepresentation } from "#lib/representations/checks.js";
import { rawWeights } from "#lib/representations/raw.js";
import type { WeightRows } from "#lib/representations/types.js";
import { asWeights, normalMatrix } from "../helpers/weight-rows.js";

const rng = RandomStream.fromSeed(3);
const rows = asWeights(normalMatrix(8, 12, rng));

function withWeight(value: number): WeightRows {
  const copy = takeRows(rows.weights, [0, 1, 2, 3, 4, 5, 6, 7]);
  copy.data[5 * 12 + 7] = value;
  return asWeights(copy);
}

describe("rows that nothing can be learned from are refused", () => {
  const empty = asWeights(matrix(0, 12));

  it("none at all: in fitting, as validation and in transforming", async () => {
    const refusal = { name: "SpecError", code: "representation/empty" };
    await expect(rawWeights().fit(empty, { rng })).rejects.toMatchObject(refusal);
    await expect(rawWeights().fit(rows, { rng, validation: empty })).rejects.toMatchObject(refusal);
    const fitted = await rawWeights().fit(rows, { rng });
    await expect(fitted.transform(empty)).rejects.toMatchObject(refusal);
    await expect(fitted.transform(empty)).rejects.toThrow("W: there are no rows");
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY])("a weight of %d, by its row and place", async (value) => {
    const damaged = withWeight(value);
    const refusal = { name: "DataError", code: "representation/nan", value: 5 };
    await expect(rawWeights().fit(damaged, { rng })).rejects.toMatchObject(refusal);
    await expect(rawWeights().fit(damaged, { rng })).rejects.toThrow(`weight 7 of row 5 is ${value}`);
    const watched = rawWeights().fit(rows, { rng, validation: damaged });
    await expect(watched).rejects.toThrow("W, validation: weight 7 of row 5");
    const fitted = await rawWeights().fit(rows, { rng });
    await expect(fitted.transform(damaged)).rejects.toMatchObject(refusal);
  });

  it("those whose layout is of another width", async () => {
    const wrong = { ...rows, layout: asWeights(matrix(1, 11)).layout };
    const refusal = { name: "SpecError", code: "representation/layout", value: 12 };
    await expect(rawWeights().fit(wrong, { rng })).rejects.toMatchObject(refusal);
  });

  it("those of other tensors, though equally many weights", async () => {
    const network: NetworkSpec = {
      name: "two-layers",
      input: { channels: 1, height: 1, width: 3 },
      layers: [
        { type: "dense", outputs: 3, bias: false },
        { type: "dense", outputs: 1, bias: false },
      ],
    };
    const other = { weights: rows.weights, network, layout: weightLayout(network) };
    const fitted = await rawWeights().fit(rows, { rng });
    await expect(fitted.transform(other)).rejects.toMatchObject({ code: "representation/layout" });
    await expect(fitted.transform(other)).rejects.toThrow(
      "fitted on networks of 12 weights (kernel 1 x 12) and cannot represent those of 12 (kernel 3 x 3, kernel 1 x 3)",
    );
    await expect(rawWeights().fit(rows, { rng, validation: other })).rejects.toMatchObject({
      code: "representation/layout",
    });
  });
});

it("good rows and the options of the call reach the representation", async () => {
  const { signal } = new AbortController();
  const calls: unknown[] = [];
  const probe = checkedRepresentation("probe", async (train, options) => {
    calls.push(train, options);
    return {
      dimensions: 12,
      transform: async ({ weights }, transformOptions) => {
        calls.push(transformOptions);
        return weights;
      },
    };
  });
  const fitted = await probe.fit(rows, { rng, signal });
  expect(await fitted.transform(rows, { signal })).toBe(rows.weights);
  expect(calls).toEqual([rows, { rng, signal }, { signal }]);
});
