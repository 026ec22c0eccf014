import type { Dataset } from "../datasets/types.js";
import { weightLayout } from "../networks/layout.js";
import { networkShapes } from "../networks/shapes.js";
import type { NetworkSpec } from "../networks/types.js";
import { describeZoo } from "../zoo/describe.js";
import { specNetwork } from "../zoo/spec/models.js";
import { shiftText } from "../zoo/spec/spec-shift.js";
import type { Zoo } from "../zoo/store/zoo.js";

const count = (value: number) => value.toLocaleString("en");

/** What images these are, in a few words: how many, of which set, and whether another set stands in. */
export function describeData(data: Dataset): string {
  return `${dataName(data)}, ${count(data.train.count)} + ${count(data.test.count)} images`;
}

function dataName(data: { readonly name: string; readonly standsInFor?: string }): string {
  return data.standsInFor ? `${data.name} in place of ${data.standsInFor}` : data.name;
}

/** What a zoo's shift changes, and when, as the end of a list: ", mnist+rotate45 after epoch 5"; "" without one. */
function shiftName(zoo: Zoo): string {
  const shift = zoo.kind === "trained" ? zoo.spec.shift : undefined;
  if (!shift) return "";
  const dataset = zoo.data.shift && dataName(zoo.data.shift);
  return `, ${shiftText({ ...shift, dataset })}`;
}

/** Which images stand in for others, for figures: "strokes in place of svhn-gs"; "" where none do. */
export function standIns(zoos: readonly Zoo[]): string {
  const sources = zoos.flatMap(({ data }) => [data, ...(data.shift ? [data.shift] : [])]);
  const names = sources.filter(({ standsInFor }) => standsInFor).map(dataName);
  return [...new Set(names)].join(", ");
}

/** What a zoo's results were measured on, for captions and the scoreboard. */
export function zooSetting(zoo: Zoo): string {
  if (zoo.kind === "imported") return `${zoo.models} models, ${dataName(zoo.data)}`;
  const { epochs, dataset, vary } = zoo.spec;
  const shift = shiftName(zoo);
  const models = `${zoo.models} ${Object.keys(vary).length === 0 ? "seeds" : "models"}`;
  return `${models} x ${epochs === 1 ? "1 epoch" : `${epochs} epochs`}, ${dataName(zoo.data)}, ${count(dataset.trainImages)} images${shift}`;
}

/** Name of the network of a zoo whose models share one; the zoo's own where an import does not say. */
export function networkName(zoo: Zoo): string {
  if (zoo.kind === "trained") return specNetwork(zoo.spec).name;
  return zoo.spec.network?.name ?? zoo.spec.name;
}

/** A zoo as one row of a table. */
export function zooSummary(zoo: Zoo): Record<string, string | number | null> {
  const { last, diverged, trainImages, parameters } = describeZoo(zoo);
  return {
    zoo: zoo.spec.name,
    "trained on": `${dataName(zoo.data)}${shiftName(zoo)}`,
    images: trainImages === null ? null : count(trainImages),
    models: zoo.models,
    checkpoints: zoo.facts.epoch.length,
    weights: parameters,
    "lowest accuracy": last.test_accuracy.min,
    "median accuracy": last.test_accuracy.median,
    "highest accuracy": last.test_accuracy.max,
    diverged,
  };
}

/** The tensors of a network's weight vector, one row each: shape, place, and the map that the layer gives. */
export function layoutTable(network: NetworkSpec): Record<string, string | number>[] {
  const shapes = networkShapes(network);
  return weightLayout(network).tensors.map((tensor) => {
    const { channels, height, width } = shapes[tensor.layer + 1];
    const size = tensor.shape.reduce((product, side) => product * side, 1);
    return {
      layer: tensor.layer,
      tensor: tensor.name,
      shape: tensor.shape.join(" x "),
      "first weight": tensor.offset,
      weights: size,
      "output (channels x rows x columns)": `${channels} x ${height} x ${width}`,
    };
  });
}
