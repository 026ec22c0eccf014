import type { HyperConfig } from "#lib/representations/hyper/config.js";
import type { TokenPlan } from "#lib/representations/hyper/tokens.js";

/** Parameters by name in double precision, flat. */
export type PlainParameters = ReadonlyMap<string, ArrayLike<number>>;

interface Model {
  readonly config: HyperConfig;
  readonly plan: TokenPlan;
  readonly parameters: PlainParameters;
}

type Rows = number[][];

/** What a loss is made of, in plain double precision: the readable statement of encoder, decoder and losses. */
export function plainLoss(model: Model, views: Rows, targets: Rows): number {
  const { loss, beta } = model.config;
  const z = views.map((view) => plainEncode(model, view));
  const error = () => {
    const squares = z.flatMap((code, i) =>
      plainDecode(model, code).map((value, p) => (value - targets[i][p]) ** 2),
    );
    return mean(squares);
  };
  if (loss === "ED") return error();
  const projected = z.map((code) => plainProject(model, code));
  const half = z.length / 2;
  const [first, second] = [projected.slice(0, half), projected.slice(half)];
  const contrast =
    loss === "Ec+D"
      ? plainPositive(model.config, first, second)
      : plainNtXent(first, second, model.config.temperature);
  return loss === "Ec" ? contrast : beta * error() + (1 - beta) * contrast;
}

export function plainEncode(model: Model, vector: number[]): number[] {
  const { config, plan, parameters } = model;
  const squash = (z: number[]) => (config.tanh ? z.map(Math.tanh) : z);
  if (config.architecture === "FF") return squash(tenLayers(parameters, "encoder", vector));
  const hasToken = config.architecture.endsWith("+t");
  const tokens = plan.groups.flatMap(({ offset, tokens, width }, g) =>
    Array.from({ length: tokens }, (_, t) =>
      linear(parameters, `encoder.embed${g}`, vector.slice(offset + t * width, offset + (t + 1) * width)),
    ),
  );
  const start = hasToken ? [new Array<number>(config.width).fill(0), ...tokens] : tokens;
  const flow = blocks(model, "encoder", addPositions(parameters, "encoder.positions", start));
  return squash(linear(parameters, "encoder.compress", hasToken ? flow[0] : flow.flat()));
}

export function plainDecode(model: Model, z: number[]): number[] {
  const { config, plan, parameters } = model;
  if (config.architecture === "FF") return tenLayers(parameters, "decoder", z);
  const start = linear(parameters, "decoder.expand", z);
  const hasToken = config.architecture.endsWith("+t");
  const tokens = Array.from({ length: plan.tokens }, (_, t) =>
    hasToken ? start : start.slice(t * config.width, (t + 1) * config.width),
  );
  const flow = blocks(model, "decoder", addPositions(parameters, "decoder.positions", tokens));
  return plan.groups.flatMap(({ first, tokens: count }, g) =>
    flow.slice(first, first + count).flatMap((token) => linear(parameters, `decoder.restore${g}`, token)),
  );
}

export function plainProject({ parameters }: Model, z: number[]): number[] {
  const hidden = linear(parameters, "project.first", z).map((value) => Math.max(0, value));
  return linear(parameters, "project.second", hidden);
}

/** Chen et al. 2020, equation 1. */
export function plainNtXent(first: Rows, second: Rows, temperature: number): number {
  const all = [...first, ...second];
  const half = first.length;
  const terms = all.map((anchor, i) => {
    const partner = (i + half) % all.length;
    const others = all.flatMap((other, j) =>
      j === i ? [] : [Math.exp(cosine(anchor, other) / temperature)],
    );
    return (
      -cosine(anchor, all[partner]) / temperature + Math.log(others.reduce((sum, value) => sum + value, 0))
    );
  });
  return mean(terms);
}

function plainPositive({ positive, temperature }: HyperConfig, first: Rows, second: Rows): number {
  const cosines = first.map((z, i) => cosine(z, second[i]));
  if (positive === "cosine") return -mean(cosines);
  return mean(cosines.map((value) => (value / temperature) ** 2)) / (2 * first.length);
}

function cosine(a: number[], b: number[]): number {
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}

function dot(a: number[], b: number[]): number {
  return a.reduce((sum, value, i) => sum + value * b[i], 0);
}

function mean(values: number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function linear(parameters: PlainParameters, name: string, x: number[]): number[] {
  const kernel = parameters.get(`${name}.kernel`)!;
  return Array.from(parameters.get(`${name}.bias`)!, (bias, out) => {
    let sum = bias;
    for (let i = 0; i < x.length; i++) sum += kernel[out * x.length + i] * x[i];
    return sum;
  });
}

function tenLayers(parameters: PlainParameters, name: string, x: number[]): number[] {
  let flow = x;
  for (let i = 0; i < 10; i++) {
    flow = linear(parameters, `${name}.layer${i}`, flow);
    if (i < 9) flow = flow.map((value) => Math.max(0, value));
  }
  return flow;
}

function addPositions(parameters: PlainParameters, name: string, tokens: Rows): Rows {
  const positions = parameters.get(name)!;
  return tokens.map((token, t) => token.map((value, i) => value + positions[t * token.length + i]));
}

function blocks({ config, parameters }: Model, name: string, tokens: Rows): Rows {
  let flow = tokens;
  for (let b = 0; b < config.blocks; b++) flow = block(parameters, `${name}.block${b}`, flow, config.heads);
  return flow;
}

function block(parameters: PlainParameters, name: string, x: Rows, heads: number): Rows {
  const attended = attention(
    x.map((token) => linear(parameters, `${name}.qkv`, norm(parameters, `${name}.norm1`, token))),
    heads,
  );
  const middle = x.map((token, t) => add(token, linear(parameters, `${name}.out`, attended[t])));
  return middle.map((token) => {
    const hidden = linear(parameters, `${name}.first`, norm(parameters, `${name}.norm2`, token)).map(gelu);
    return add(token, linear(parameters, `${name}.second`, hidden));
  });
}

function add(a: number[], b: number[]): number[] {
  return a.map((value, i) => value + b[i]);
}

function attention(qkv: Rows, heads: number): Rows {
  const width = qkv[0].length / 3;
  const size = width / heads;
  const part = (token: number[], which: number, head: number) =>
    token.slice(which * width + head * size, which * width + (head + 1) * size);
  return qkv.map((token) =>
    Array.from({ length: heads }, (_, head) => {
      const scores = qkv.map((other) =>
        Math.exp(dot(part(token, 0, head), part(other, 1, head)) / Math.sqrt(size)),
      );
      const total = scores.reduce((sum, score) => sum + score, 0);
      return Array.from({ length: size }, (_, i) =>
        qkv.reduce((sum, other, t) => sum + (scores[t] / total) * part(other, 2, head)[i], 0),
      );
    }).flat(),
  );
}

function norm(parameters: PlainParameters, name: string, x: number[]): number[] {
  const center = mean(x);
  const deviation = Math.sqrt(mean(x.map((value) => (value - center) ** 2)) + 1e-5);
  const [gamma, beta] = [parameters.get(`${name}.gamma`)!, parameters.get(`${name}.beta`)!];
  return x.map((value, i) => ((value - center) / deviation) * gamma[i] + beta[i]);
}

/** x times the normal distribution function, by the series of erf. */
function gelu(x: number): number {
  const y = x / Math.SQRT2;
  let term = y;
  let sum = y;
  for (let n = 1; n < 200; n++) {
    term *= -(y * y) / n;
    sum += term / (2 * n + 1);
  }
  return (x * (1 + (2 / Math.sqrt(Math.PI)) * sum)) / 2;
}
