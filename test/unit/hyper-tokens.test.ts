import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { mnistCnn, type NetworkSpec, tetrisMlp, weightLayout } from "#lib/networks/index.js";
import type { HyperArchitecture } from "#lib/representations/hyper/config.js";
import { parameterShapes } from "#lib/representations/hyper/parameter-shapes.js";
import { layerScale, scaled, unscaled } from "#lib/representations/hyper/scale.js";
import { tokenPlan } from "#lib/representations/hyper/tokens.js";
import { normedCnn, randomRows, tinyConfig } from "../helpers/hyper.js";
import { randomNetworks } from "../helpers/random-networks.js";

const architectures: readonly HyperArchitecture[] = ["FF", "AttW", "AttW+t", "AttN", "AttN+t"];

function planOf(network: NetworkSpec, architecture: HyperArchitecture, latent = 2) {
  return tokenPlan(weightLayout(network), tinyConfig({ architecture, latent }));
}

/** Which tensor's which row (neuron, kernel, channel) each flat place belongs to: "layer name unit". */
function owners(network: NetworkSpec): { layer: number; unit: number; name: string }[] {
  return weightLayout(network).tensors.flatMap(({ layer, name, shape }) => {
    const width = shape.slice(1).reduce((product, side) => product * side, 1);
    return Array.from({ length: shape[0] * width }, (_, i) => ({ layer, name, unit: Math.floor(i / width) }));
  });
}

describe("tokens", () => {
  test.each(architectures)("of %s cover every weight of any network exactly once", (architecture) => {
    fc.assert(
      fc.property(randomNetworks, (network) => {
        const { order, groups, tokens, parameters } = planOf(network, architecture, 1);
        expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: parameters }, (_, i) => i));
        // Groups follow each other without gaps, in weights and in tokens.
        let [place, token] = [0, 0];
        for (const group of groups) {
          expect([group.offset, group.first]).toEqual([place, token]);
          place += group.tokens * group.width;
          token += group.tokens;
        }
        expect([place, token]).toEqual([parameters, tokens]);
      }),
      { numRuns: 60 },
    );
  });

  test("of neurons hold one neuron, kernel or channel each: incoming weights, then the bias", () => {
    for (const network of [tetrisMlp(), mnistCnn(), normedCnn]) {
      const owner = owners(network);
      const { order, groups } = planOf(network, "AttN");
      const seen = new Set<string>();
      for (const { tokens, width, offset } of groups) {
        for (let token = 0; token < tokens; token++) {
          const own = [...order.subarray(offset + token * width, offset + (token + 1) * width)].map(
            (place) => owner[place],
          );
          const ids = new Set(own.map(({ layer, unit }) => `${layer}/${unit}`));
          expect(ids.size).toBe(1);
          seen.add([...ids][0]);
          const names = own.map(({ name }) => name);
          if (names.includes("kernel"))
            expect(names.indexOf("bias")).toBe(names.includes("bias") ? width - 1 : -1);
          else expect(names).toEqual(["gamma", "beta", "mean", "variance"]);
        }
      }
      expect(seen.size).toBe(groups.reduce((sum, { tokens }) => sum + tokens, 0));
    }
  });

  test("have the paper's numbers on the paper's networks", () => {
    const sizes = ({ groups }: ReturnType<typeof planOf>) =>
      groups.map(({ tokens, width }) => [tokens, width]);
    expect(sizes(planOf(tetrisMlp(), "AttN"))).toEqual([[5, 16], [4, 5]]); // biome-ignore format: pairs
    expect(sizes(planOf(mnistCnn(), "AttN"))).toEqual([[8, 26], [6, 201], [4, 25], [20, 37], [10, 21]]); // biome-ignore format: pairs
    expect(sizes(planOf(tetrisMlp(), "AttW"))).toEqual([[100, 1]]);
    expect(sizes(planOf(tetrisMlp(), "FF"))).toEqual([[1, 100]]);
  });

  test("are refused where z would not be smaller than the weights", () => {
    for (const latent of [100, 101, 5000]) {
      const refusal = expect.objectContaining({ name: "SpecError", code: "hyper/latent", value: latent });
      expect(() => planOf(tetrisMlp(), "AttN", latent)).toThrow(refusal);
    }
    expect(() => planOf(tetrisMlp(), "AttN", 99)).not.toThrow();
  });
});

describe("parameters", () => {
  const count = (architecture: HyperArchitecture) => {
    const config = tinyConfig({ architecture, width: 8, hidden: 16, latent: 4, blocks: 2 });
    const shapes = parameterShapes(config, tokenPlan(weightLayout(tetrisMlp()), config));
    expect(new Set(shapes.map(({ name }) => name)).size).toBe(shapes.length);
    return shapes.reduce((sum, { shape }) => sum + shape.reduce((product, side) => product * side, 1), 0);
  };
  const linear = (outputs: number, inputs: number) => outputs * inputs + outputs;
  const block = 4 * 8 + linear(24, 8) + linear(8, 8) + linear(16, 8) + linear(8, 16);
  const head = 2 * linear(4, 4);
  const neurons = linear(8, 16) + linear(8, 5) + linear(16, 8) + linear(5, 8);

  test("are as many as the layers of Figure 3 have", () => {
    expect(count("AttN+t")).toBe(neurons + (10 + 9) * 8 + 4 * block + linear(4, 8) + linear(8, 4) + head);
    expect(count("AttN")).toBe(neurons + (9 + 9) * 8 + 4 * block + linear(4, 72) + linear(72, 4) + head);
    const weights = linear(8, 1) + linear(1, 8);
    expect(count("AttW+t")).toBe(weights + 201 * 8 + 4 * block + linear(4, 8) + linear(8, 4) + head);
    expect(count("AttW")).toBe(weights + 200 * 8 + 4 * block + linear(4, 800) + linear(800, 4) + head);
  });

  test("of FF narrow evenly from the weights to z in ten layers, and widen again", () => {
    const config = tinyConfig({ architecture: "FF", latent: 50 });
    const shapes = parameterShapes(config, tokenPlan(weightLayout(tetrisMlp()), config));
    const outputs = (name: string) =>
      shapes
        .filter((shape) => shape.name.startsWith(name) && shape.shape.length === 2)
        .map(({ shape }) => shape[0]);
    expect(outputs("encoder")).toEqual([95, 90, 85, 80, 75, 70, 65, 60, 55, 50]);
    expect(outputs("decoder")).toEqual([55, 60, 65, 70, 75, 80, 85, 90, 95, 100]);
  });
});

describe("layer-wise scale", () => {
  const rows = randomRows(normedCnn, 20);
  const plan = tokenPlan(rows.layout, tinyConfig());

  test("brings each layer to mean 0 and deviation 1, and back", () => {
    const scale = layerScale(rows.weights, plan);
    const { data, cols } = scaled(rows.weights, plan, scale);
    for (const layer of new Set(rows.layout.tensors.map((tensor) => tensor.layer))) {
      const places = owners(normedCnn).flatMap((owner, place) => (owner.layer === layer ? [place] : []));
      const values = Array.from({ length: 20 }, (_, row) =>
        places.map((place) => data[row * cols + place]),
      ).flat();
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
      const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
      expect(Math.abs(mean)).toBeLessThan(1e-6);
      expect(variance).toBeCloseTo(1, 5);
    }
    const back = unscaled({ data, rows: 20, cols }, plan, scale);
    for (const [p, value] of back.data.entries()) expect(value).toBeCloseTo(rows.weights.data[p], 5);
  });

  test("leaves the size of a layer that does not vary, and of rows without a scale", () => {
    const constant = { ...rows.weights, data: new Float32Array(rows.weights.data.length).fill(0.1) };
    expect(layerScale(constant, plan).deviations).toEqual(plan.layers.slice(1).map(() => 1));
    expect(scaled(rows.weights, plan, null)).toBe(rows.weights);
    expect(unscaled(rows.weights, plan, null)).toBe(rows.weights);
  });
});
