import { checkOptions, SpecError } from "../core/errors.js";
import { normalCdf } from "./normal-distribution.js";
import { leakySlope } from "./shapes.js";
import type { Activation, Initializer, InitializerName, InitializerOptions } from "./types.js";

/** The options that each initialiser has, beside `type` and `bias`. */
const optionsOf: Readonly<Record<InitializerName, readonly (keyof InitializerOptions)[]>> = {
  "kaiming-normal": ["gain", "mode"],
  "kaiming-uniform": ["gain", "mode"],
  "xavier-normal": ["gain"],
  "xavier-uniform": ["gain"],
  normal: ["mean", "deviation"],
  uniform: ["low", "high"],
  "truncated-normal": ["mean", "deviation", "low", "high"],
  orthogonal: ["gain"],
  sparse: ["sparsity", "deviation"],
  eye: [],
  dirac: [],
  constant: ["value"],
  zeros: [],
  ones: [],
  "torch-default": [],
};

/** Every initialiser's name. */
export const initializers: readonly InitializerName[] = Object.keys(optionsOf) as InitializerName[];

/** Those that draw one weight like another, whatever the tensor's shape: biases may be drawn as the kernel is. */
const shapeless: readonly InitializerName[] = [
  "constant",
  "zeros",
  "ones",
  "normal",
  "uniform",
  "truncated-normal",
];

/** A truncated normal keeps at least this share of the whole one: weights are drawn until one lies within. */
const leastShare = 1e-3;

/** An initialiser's name, without its options. */
export function initializerName(initializer: Initializer): InitializerName {
  return typeof initializer === "string" ? initializer : initializer.type;
}

/** An initialiser as an object. */
export function withOptions(initializer: Initializer): InitializerOptions {
  return typeof initializer === "string" ? { type: initializer } : initializer;
}

/**
 * Checks an initialiser as it stands in a specification.
 * @param path of the field, e.g. "initializer"; the errors name it
 * @returns the same value
 * @throws SpecError for an unknown name, an option that the initialiser does not have, or an impossible value
 */
export function parseInitializer(value: unknown, path: string): Initializer {
  if (typeof value === "string") {
    const type = knownName(value, path);
    if (type === "constant") throw wrong(path, value, `its value too: { "type": "constant", "value": 0.1 }`);
    return type;
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw wrong(path, value, "the name of an initialiser, or an object with its type");
  }
  const given: { readonly [field: string]: unknown } = { ...value };
  const type = knownName(given.type, `${path}.type`);
  checkOptions(given, ["type", ...optionsOf[type], "bias"], `${path} (${type})`);
  const options: InitializerOptions = {
    type,
    ...numbersOf(given, path),
    ...(given.mode === undefined
      ? {}
      : { mode: oneOf<"fan-in" | "fan-out">(given.mode, ["fan-in", "fan-out"], `${path}.mode`) }),
    ...(given.bias === undefined
      ? {}
      : { bias: oneOf<"torch" | "zeros" | "same">(given.bias, ["torch", "zeros", "same"], `${path}.bias`) }),
  };
  checkTogether(options, path);
  return options;
}

const numberFields = ["gain", "mean", "deviation", "low", "high", "value", "sparsity"] as const;

function numbersOf(
  given: { readonly [field: string]: unknown },
  path: string,
): Partial<Record<(typeof numberFields)[number], number>> {
  const numbers: Partial<Record<(typeof numberFields)[number], number>> = {};
  for (const field of numberFields) {
    if (given[field] !== undefined) numbers[field] = checkNumber(given[field], `${path}.${field}`);
  }
  return numbers;
}

/** Checks of ranges, and of options that must fit each other. */
function checkTogether(options: InitializerOptions, path: string): void {
  const { type, deviation = 1, sparsity = 0, bias } = options;
  if (type === "constant") checkNumber(options.value, `${path}.value`);
  if (deviation <= 0) throw wrong(`${path}.deviation`, deviation, "a number above 0");
  if (sparsity < 0 || sparsity > 1) throw wrong(`${path}.sparsity`, sparsity, "a number from 0 to 1");
  if (bias === "same" && !shapeless.includes(type)) {
    const message = `${path}.bias is "same", but ${type} needs a kernel's shape; give "torch" or "zeros"`;
    throw new SpecError("network/initializer", message, { value: bias });
  }
  if (type !== "uniform" && type !== "truncated-normal") return;
  const { low, high } = limitsOf(options);
  if (low >= high) throw wrong(`${path}.low`, low, `a number below ${path}.high, which is ${high}`);
  if (type === "truncated-normal") checkShare(options, low, high, path);
}

/** Where a uniform or truncated normal initialiser begins and ends. */
export function limitsOf({ type, low, high }: InitializerOptions): {
  readonly low: number;
  readonly high: number;
} {
  return type === "uniform" ? { low: low ?? 0, high: high ?? 1 } : { low: low ?? -2, high: high ?? 2 };
}

function checkShare(
  { mean = 0, deviation = 1 }: InitializerOptions,
  low: number,
  high: number,
  path: string,
): void {
  const share = normalCdf((high - mean) / deviation) - normalCdf((low - mean) / deviation);
  if (share >= leastShare) return;
  throw new SpecError(
    "network/initializer",
    `${path}: less than one in ${1 / leastShare} draws of N(${mean}, ${deviation}) lies from ${low} to ${high}; move low and high, or use uniform`,
    { value: share },
  );
}

function knownName(value: unknown, path: string): InitializerName {
  const name = initializers.find((known) => known === value);
  if (name) return name;
  const message = `${path}: initializer ${JSON.stringify(value)} is unknown; choose ${initializers.join(", ")}`;
  throw new SpecError("network/initializer", message, { value });
}

function oneOf<T extends string>(value: unknown, known: readonly T[], path: string): T {
  const found = known.find((name) => name === value);
  if (found) return found;
  throw wrong(path, value, known.join(" or "));
}

function checkNumber(value: unknown, path: string): number {
  if (typeof value === "number" && Number.isFinite(value)) return value;
  throw wrong(path, value, "a finite number");
}

function wrong(path: string, value: unknown, way: string): SpecError {
  const got = typeof value === "number" ? String(value) : (JSON.stringify(value) ?? "missing");
  return new SpecError("network/initializer", `${path} is ${got}; give ${way}`, { value });
}

/**
 * The factor that torch.nn.init.calculate_gain recommends for the layers before an activation.
 * @throws SpecError for elu, gelu and silu, for which torch has none
 */
export function gainOf(activation: Activation | "linear"): number {
  switch (activation) {
    case "linear":
    case "sigmoid":
      return 1;
    case "tanh":
      return 5 / 3;
    case "relu":
      return Math.SQRT2;
    case "leaky-relu":
      return Math.sqrt(2 / (1 + leakySlope ** 2));
    default:
      throw new SpecError(
        "network/gain",
        `there is no recommended gain for "${activation}"; give the initializer's gain as a number, e.g. that of relu`,
        { value: activation },
      );
  }
}
