import { expect, test } from "vitest";
import { RandomStream } from "#lib/core/random.js";
import {
  drawPermutations,
  familyNetwork,
  mnistCnn,
  type NetworkSpec,
  permutationIndex,
  permutationPlan,
  permutationSymmetries,
  tetrisMlp,
  type UnitPermutations,
  unterthinerCnn,
} from "#lib/networks/index.js";
import { normedFamily } from "../helpers/random-networks.js";

const normed = familyNetwork(normedFamily);

test("drawn permutations come from the stream alone, one for each hidden layer, all orders alike", () => {
  const network = mnistCnn();
  const drawn = drawPermutations(network, RandomStream.fromSeed(4));
  expect(drawn.map(({ length }) => length)).toEqual([8, 6, 4, 20]);
  expect(drawPermutations(network, RandomStream.fromSeed(4))).toEqual(drawn);
  const plan = permutationPlan(tetrisMlp());
  const rng = RandomStream.fromSeed(5);
  const counts = new Map<string, number>();
  for (let i = 0; i < 12_000; i++) {
    const order = plan.draw(rng)[0].join();
    counts.set(order, (counts.get(order) ?? 0) + 1);
  }
  expect(counts.size).toBe(120);
  // Expected 100 each; chi-square with 119 degrees of freedom has mean 119 and deviation 15.4.
  const chiSquare = [...counts.values()].reduce((sum, count) => sum + (count - 100) ** 2 / 100, 0);
  expect(chiSquare).toBeLessThan(119 + 5 * 15.4);
});

test("what moves with a unit: rows of its layer, one input or channel or map of the next kernel", () => {
  const summary = (network: NetworkSpec) =>
    permutationSymmetries(network).map(({ layer, units, rows, columns }) => [
      layer,
      units,
      rows.map(({ name }) => name).join(" "),
      columns.tensor.layer,
      columns.perUnit,
    ]);
  expect(summary(tetrisMlp())).toEqual([[0, 5, "kernel", 2, 1]]);
  expect(summary(mnistCnn())).toEqual([
    [0, 8, "kernel bias", 3, 1],
    [3, 6, "kernel bias", 6, 1],
    [6, 4, "kernel bias", 9, 9],
    [9, 20, "kernel bias", 11, 1],
  ]);
  expect(summary(unterthinerCnn()).at(-1)).toEqual([4, 16, "kernel bias", 7, 1]);
  expect(summary(normed)[0][2]).toBe("kernel bias gamma beta mean variance");
  // The output layer has nothing behind it, the input nothing before it.
  const single: NetworkSpec = { ...tetrisMlp(), layers: [{ type: "dense", outputs: 4 }] };
  expect(summary(single)).toEqual([]);
  expect(permutationIndex(single, [])).toEqual(Uint32Array.from({ length: 68 }, (_, i) => i));
});

test("a plan fills an index as permutationIndex makes it, again and again into the same array", () => {
  const network = unterthinerCnn();
  const plan = permutationPlan(network);
  const index = new Uint32Array(plan.parameters);
  const rng = RandomStream.fromSeed(6);
  for (let i = 0; i < 3; i++) {
    const permutations = plan.draw(rng);
    plan.fill(permutations, index);
    expect(index).toEqual(permutationIndex(network, permutations));
  }
});

test("permutations that are not the network's are refused by what is wrong with them", () => {
  const network = tetrisMlp();
  const wrong: [UnitPermutations, RegExp][] = [
    [[], /"tetris-mlp" has 1 permutable layers but the permutations are for 0/],
    [[Uint32Array.of(0, 1, 2, 3)], /has 5 units in layer 0 but the permutations are for 4; draw/],
    [[Uint32Array.of(0, 1, 2, 3, 3)], /layer 0 names unit 3 twice; give each of 0 to 4 once/],
    [[Uint32Array.of(0, 1, 2, 3, 5)], /layer 0 names unit 5 of 5/],
  ];
  for (const [permutations, message] of wrong) {
    expect(() => permutationIndex(network, permutations), String(message)).toThrow(message);
    expect(() => permutationIndex(network, permutations)).toThrow(
      expect.objectContaining({ code: "network/permutation" }),
    );
  }
  const plan = permutationPlan(network);
  expect(() => plan.fill(plan.draw(RandomStream.fromSeed(1)), new Uint32Array(99))).toThrow(
    /100 weights .* 99/,
  );
});
