import type { RandomStream } from "../../core/random.js";
import type { HyperConfig } from "./config.js";
import type { TokenPlan } from "./tokens.js";

/** A named array of parameters. */
export interface ParameterShape {
  readonly name: string;
  readonly shape: readonly number[];
  /** Uniform in +-bound, normal with this deviation, or this value everywhere. */
  readonly start:
    | { readonly kind: "uniform"; readonly bound: number }
    | { readonly kind: "normal"; readonly deviation: number }
    | { readonly kind: "constant"; readonly value: number };
}

/** Values of all parameters by name, on the host. */
export type ParameterValues = ReadonlyMap<string, Float32Array>;

/** Deviation of learned positions at the start, as in ViT (Dosovitskiy et al. 2020). */
const positionDeviation = 0.02;

/** The parameters of a configuration in their order: encoder, decoder, projection head. */
export function parameterShapes(config: HyperConfig, plan: TokenPlan): ParameterShape[] {
  const coders = config.architecture === "FF" ? feedForward(config, plan) : attention(config, plan);
  const { latent } = config;
  const head = [
    ...linearShapes("project.first", latent, latent),
    ...linearShapes("project.second", latent, latent),
  ];
  return [...coders, ...head];
}

/** Widths of the FF encoder's layers: ten steps from the weights down to z, evenly. */
export function feedForwardWidths({ latent }: HyperConfig, { parameters }: TokenPlan): number[] {
  return Array.from({ length: 11 }, (_, i) => Math.round(parameters + ((latent - parameters) * i) / 10));
}

function feedForward(config: HyperConfig, plan: TokenPlan): ParameterShape[] {
  const widths = feedForwardWidths(config, plan);
  const layers = (name: string, sizes: readonly number[]) =>
    sizes.slice(1).flatMap((size, i) => linearShapes(`${name}.layer${i}`, size, sizes[i]));
  return [...layers("encoder", widths), ...layers("decoder", widths.toReversed())];
}

function attention(config: HyperConfig, { groups, tokens }: TokenPlan): ParameterShape[] {
  const { architecture, width, latent, blocks } = config;
  const hasToken = architecture.endsWith("+t");
  const maps = (name: string, isIn: boolean) =>
    groups.flatMap((group, i) =>
      isIn
        ? linearShapes(`${name}${i}`, width, group.width)
        : linearShapes(`${name}${i}`, group.width, width),
    );
  const stack = (name: string) =>
    Array.from({ length: blocks }, (_, i) => blockShapes(`${name}.block${i}`, config)).flat();
  const positions = (name: string, count: number): ParameterShape => ({
    name,
    shape: [count, width],
    start: { kind: "normal", deviation: positionDeviation },
  });
  return [
    ...maps("encoder.embed", true),
    positions("encoder.positions", tokens + (hasToken ? 1 : 0)),
    ...stack("encoder"),
    ...linearShapes("encoder.compress", latent, hasToken ? width : tokens * width),
    ...linearShapes("decoder.expand", hasToken ? width : tokens * width, latent),
    positions("decoder.positions", tokens),
    ...stack("decoder"),
    ...maps("decoder.restore", false),
  ];
}

function blockShapes(name: string, { width, hidden }: HyperConfig): ParameterShape[] {
  return [
    ...normShapes(`${name}.norm1`, width),
    ...linearShapes(`${name}.qkv`, 3 * width, width),
    ...linearShapes(`${name}.out`, width, width),
    ...normShapes(`${name}.norm2`, width),
    ...linearShapes(`${name}.first`, hidden, width),
    ...linearShapes(`${name}.second`, width, hidden),
  ];
}

function normShapes(name: string, width: number): ParameterShape[] {
  return [
    { name: `${name}.gamma`, shape: [width], start: { kind: "constant", value: 1 } },
    { name: `${name}.beta`, shape: [width], start: { kind: "constant", value: 0 } },
  ];
}

/** As torch's nn.Linear starts: kernel and bias uniform in +-1/sqrt(inputs). */
function linearShapes(name: string, outputs: number, inputs: number): ParameterShape[] {
  const start = { kind: "uniform", bound: 1 / Math.sqrt(inputs) } as const;
  return [
    { name: `${name}.kernel`, shape: [outputs, inputs], start },
    { name: `${name}.bias`, shape: [outputs], start },
  ];
}

/** Starting values; each parameter has a stream of its own. */
export function initialParameters(shapes: readonly ParameterShape[], rng: RandomStream): ParameterValues {
  return new Map(
    shapes.map(({ name, shape, start }) => {
      const own = rng.split(name);
      const size = shape.reduce((product, side) => product * side, 1);
      const draw = () => {
        if (start.kind === "constant") return start.value;
        return start.kind === "normal"
          ? own.normal(0, start.deviation)
          : own.uniform(-start.bound, start.bound);
      };
      return [name, Float32Array.from({ length: size }, draw)];
    }),
  );
}
