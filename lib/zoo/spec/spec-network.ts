import { SpecError } from "../../core/errors.js";
import {
  familyFields,
  familyNetwork,
  familyRules,
  isFamily,
  type RuledField,
} from "../../networks/families.js";
import { parseInitializer } from "../../networks/initial-weights.js";
import { weightLayout } from "../../networks/layout.js";
import { networkShapes } from "../../networks/shapes.js";
import type { Initializer, NetworkFamily, NetworkSpec } from "../../networks/types.js";
import { fields, refuse, text } from "./spec-checks.js";

/**
 * Checks a network or a family of them; the layers themselves are checked by the networks' own code.
 * @param size side of the images
 * @throws SpecError "zoo/network.FIELD"; SpecError of networkShapes for a layer that cannot be
 */
export function parseNetwork(value: unknown, size: number): NetworkSpec | NetworkFamily {
  const family = typeof value === "object" && value !== null && "family" in value;
  const network = family ? parseFamily(value, size) : parseLayers(value, size);
  checkNetwork(network);
  return network;
}

/**
 * Checks that a network's shapes meet and that it ends in a vector of outputs.
 * @throws SpecError "zoo/network.layers"; SpecError of networkShapes
 */
export function checkNetwork(network: NetworkSpec | NetworkFamily): void {
  const spec = layersOf(network);
  const { channels, height, width } = networkShapes(spec)[spec.layers.length];
  if (height !== 1 || width !== 1) {
    refuse(
      "network.layers",
      `an end in ${channels} x ${height} x ${width}`,
      "layers that end in a vector of outputs: add a dense or global-average-pool layer",
    );
  }
  if (weightLayout(spec).parameters === 0) {
    refuse("network.layers", "a network without weights", "layers of which one has weights");
  }
}

/**
 * Checks an initialiser.
 * @throws SpecError "zoo/PATH" with the networks' own reason
 */
export function parseSpecInitializer(value: unknown, path: string): Initializer {
  try {
    return parseInitializer(value, path);
  } catch (cause) {
    if (!(cause instanceof SpecError)) throw cause;
    throw new SpecError(`zoo/${path}`, `zoo specification: ${cause.message}`, { value, cause });
  }
}

/** The network itself, of a family with the family's own numbers. */
export function layersOf(network: NetworkSpec | NetworkFamily): NetworkSpec {
  return isFamily(network) ? familyNetwork(network) : network;
}

/** Whether a network leaves the rate of a dropout layer to the model. */
export function takesDropout(network: NetworkSpec | NetworkFamily): boolean {
  return (
    !isFamily(network) && network.layers.some((layer) => layer.type === "dropout" && layer.rate === undefined)
  );
}

function parseLayers(value: unknown, size: number): NetworkSpec {
  const network = fields(value, "network", ["name", "input", "layers"]);
  text(network.name, "network.name");
  checkInput(network.input, size);
  if (!Array.isArray(network.layers) || network.layers.length === 0) {
    refuse("network.layers", network.layers, "a list of at least one layer");
  }
  network.layers.forEach((layer, index) => {
    if (typeof layer !== "object" || layer === null) refuse(`network.layers[${index}]`, layer, "an object");
  });
  return structuredClone(value) as NetworkSpec;
}

function parseFamily(value: unknown, size: number): NetworkFamily {
  const given = fields(value, "network", familyFields);
  checkInput(given.input, size);
  for (const field of Object.keys(familyRules) as RuledField[]) {
    parseFamilyField(field, given[field], `network.${field}`);
  }
  return structuredClone(value) as NetworkFamily;
}

/**
 * Checks a field of a family by the family's own rule.
 * @throws SpecError "zoo/PATH"
 */
export function parseFamilyField(field: RuledField, value: unknown, path: string): unknown {
  const { accepts, expected } = familyRules[field];
  if (!accepts(value)) refuse(path, value, expected);
  return value;
}

function checkInput(value: unknown, size: number): NetworkSpec["input"] {
  const input = fields(value, "network.input", ["channels", "height", "width"]);
  for (const side of ["height", "width"]) {
    if (input[side] !== size) refuse(`network.input.${side}`, input[side], `dataset.size, which is ${size}`);
  }
  if (input.channels !== 1) refuse("network.input.channels", input.channels, "1: images are grayscale");
  return { channels: 1, height: size, width: size };
}
