import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { valueAndGradients } from "#lib/compute/tensors/gradients/value-and-gradients.js";
import { type Scalar, tensorflow } from "#lib/compute/tensors/tf.js";
import { RandomStream } from "#lib/core/random.js";
import type { NetworkSpec } from "#lib/networks/index.js";
import type { HyperArchitecture, HyperConfig, HyperLoss } from "#lib/representations/hyper/config.js";
import { type LossParts, viewLoss } from "#lib/representations/hyper/losses.js";
import { modelPlan } from "#lib/representations/hyper/model.js";
import { initialParameters, type ParameterValues } from "#lib/representations/hyper/parameter-shapes.js";
import { disposeParameters, parameterVariables } from "#lib/representations/hyper/parameters.js";
import { normedCnn, randomRows, tinyConfig } from "../helpers/hyper.js";
import { plainEncode, plainLoss, plainNtXent, plainProject } from "../helpers/hyper-plain.js";
import { engines, onEngines } from "../helpers/tensor-engines.js";

const samples = 3;
const small: NetworkSpec = {
  name: "small",
  input: { channels: 1, height: 2, width: 2 },
  layers: [
    { type: "dense", outputs: 3 },
    { type: "activation", activation: "tanh" },
    { type: "dense", outputs: 2 },
  ],
};
const architectures: readonly HyperArchitecture[] = ["FF", "AttW", "AttW+t", "AttN", "AttN+t"];
const losses: readonly [HyperLoss, Partial<HyperConfig>][] = [
  ["ED", {}],
  ["Ec", { temperature: 0.5 }],
  ["EcD", { beta: 0.7 }],
  ["Ec+D", { beta: 0.6 }],
  ["Ec+D", { positive: "released", tanh: false, temperature: 0.5 }],
];

/** A tiny model with drawn parameters, all different from their starts, and a batch of views and targets. */
function caseOf(fields: Partial<HyperConfig>, network = small) {
  const { layout } = randomRows(network, 1);
  const config = tinyConfig({ width: 4, heads: 2, hidden: 6, blocks: 2, latent: 3, ...fields });
  const setup = { config, seed: 1, layout, network };
  const { plan, shapes } = modelPlan(setup);
  const rng = RandomStream.fromSeed(3);
  const starts = initialParameters(shapes, rng);
  const values: ParameterValues = new Map(
    [...starts].map(([name, start]) => [name, start.map((value) => value + rng.normal(0, 0.1))]),
  );
  const draw = () => Float32Array.from({ length: 2 * samples * plan.parameters }, () => rng.normal(0, 0.6));
  return { config, plan, shapes, values, views: draw(), targets: draw() };
}

type Case = ReturnType<typeof caseOf>;

/** Loss and gradients of the program on the engine in use. */
async function measured({ config, plan, shapes, values, views, targets }: Case) {
  const tf = tensorflow();
  const before = tf.memory().numTensors;
  const parameters = parameterVariables(shapes, values);
  const shape: [number, number] = [2 * samples, plan.parameters];
  const unused = config.loss === "Ec" ? "decoder." : config.loss === "ED" ? "project." : undefined;
  const used = [...parameters].filter(([name]) => !(unused && name.startsWith(unused)));
  let parts: LossParts | undefined;
  let value: Scalar | undefined;
  const found = tf.tidy(() => {
    const [input, wanted] = [tf.tensor2d(views, shape), tf.tensor2d(targets, shape)];
    const coder = { config, plan, parameters };
    const run = () => viewLoss(coder, input, wanted).total;
    const taped = valueAndGradients(
      run,
      used.map(([, variable]) => variable),
    );
    value = tf.keep(taped.value) as Scalar;
    parts = viewLoss(coder, input, wanted);
    for (const part of Object.values(parts)) if (part) tf.keep(part);
    return used.map(([, variable]) => taped.grads[variable.name]);
  });
  const gradients = new Map<string, Float32Array>();
  for (const [i, [name]] of used.entries()) gradients.set(name, (await found[i].data<"float32">()).slice());
  const numberOf = async (part: Scalar | undefined) => (part ? (await part.data())[0] : undefined);
  const loss = (await numberOf(value))!;
  const [contrast, reconstruction] = [await numberOf(parts?.contrast), await numberOf(parts?.reconstruction)];
  tf.dispose([value!, ...found]);
  for (const part of new Set(Object.values(parts!))) part?.dispose();
  disposeParameters(parameters);
  expect(tf.memory().numTensors).toBe(before);
  return { loss, contrast, reconstruction, gradients };
}

function rowsOf(flat: Float32Array, { plan }: Case): number[][] {
  return Array.from({ length: 2 * samples }, (_, i) => [
    ...flat.slice(i * plan.parameters, (i + 1) * plan.parameters),
  ]);
}

/** The plain loss, with one parameter moved along a direction. */
function plain(given: Case, moved?: { name: string; direction: number[]; by: number }): number {
  const { config, plan, values, views, targets } = given;
  const parameters = new Map([...values].map(([name, list]) => [name, Float64Array.from(list)]));
  if (moved) {
    const list = parameters.get(moved.name)!;
    for (const [i, step] of moved.direction.entries()) list[i] += moved.by * step;
  }
  return plainLoss({ config, plan, parameters }, rowsOf(views, given), rowsOf(targets, given));
}

/** A direction for each parameter, and the plain loss's derivative along it, by central differences. */
function plainDerivatives(given: Case): Map<string, { direction: number[]; derivative: number }> {
  const step = 1e-5;
  const rng = RandomStream.fromSeed(11);
  return new Map(
    [...given.values].map(([name, list]) => {
      const own = rng.split(name);
      const drawn = Array.from(list, () => own.normal());
      const direction = drawn.map((value) => value / size(drawn));
      const [up, down] = [step, -step].map((by) => plain(given, { name, direction, by }));
      return [name, { direction, derivative: (up - down) / (2 * step) }];
    }),
  );
}

function size(list: ArrayLike<number>): number {
  return Math.sqrt(Array.from(list).reduce((total, value) => total + value ** 2, 0));
}

/** Plain losses and derivatives of a case, worked out once for all engines. */
const known = new Map<string, { loss: number; derivatives: ReturnType<typeof plainDerivatives> }>();
function plainOf(name: string, given: Case) {
  const found = known.get(name) ?? { loss: plain(given), derivatives: plainDerivatives(given) };
  known.set(name, found);
  return found;
}

function cosinesOf({ config, plan, values, views }: Case): number[] {
  const model = { config, plan, parameters: values };
  const rows = Array.from({ length: 2 * samples }, (_, i) => [
    ...views.slice(i * plan.parameters, (i + 1) * plan.parameters),
  ]);
  const z = rows.map((row) => plainProject(model, plainEncode(model, row)));
  const dot = (a: number[], b: number[]) => a.reduce((sum, value, i) => sum + value * b[i], 0);
  return Array.from({ length: samples }, (_, i) => {
    const [a, b] = [z[i], z[i + samples]];
    return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
  });
}

/** A step against the gradient, as a training would make it. */
function stepped(given: Case, gradients: ReadonlyMap<string, Float32Array>): Case {
  const values = new Map(
    [...given.values].map(([name, list]) => {
      const gradient = gradients.get(name);
      return [name, gradient ? list.map((value, i) => value - 0.02 * gradient[i]) : list];
    }),
  );
  return { ...given, values };
}

const sum = (values: number[]) => values.reduce((total, value) => total + value, 0);

onEngines(engines, "losses of hyper-representations, beside plain double precision", () => {
  it.each(architectures)("loss and gradients of %s under each loss", async (architecture) => {
    for (const [loss, fields] of losses) {
      const blocks = architecture.startsWith("AttW") ? 1 : 2;
      const given = caseOf({ architecture, loss, blocks, ...fields });
      const name = `${architecture} ${loss} ${fields.positive}`;
      const expected = plainOf(name, given);
      const { loss: found, gradients } = await measured(given);
      // Error and contrast may nearly cancel, so that small losses are compared with 1.
      const apart = Math.abs(found - expected.loss) / Math.max(1, Math.abs(expected.loss));
      expect(apart, `${name}: ${found} for ${expected.loss}`).toBeLessThanOrEqual(1e-5);
      for (const [parameter, gradient] of gradients) {
        const { direction, derivative } = expected.derivatives.get(parameter)!;
        const along = gradient.reduce((total, value, i) => total + value * direction[i], 0);
        const off = Math.abs(along - derivative);
        expect(off, `${name}, ${parameter}: ${along}`).toBeLessThanOrEqual(2e-5 * size(gradient) + 2e-7);
      }
      const unused = loss === "Ec" ? "decoder." : loss === "ED" ? "project." : "none";
      expect([...gradients.keys()].filter((parameter) => parameter.startsWith(unused))).toEqual([]);
    }
  });

  it("of a network with kernels, biases and batch norm", async () => {
    const given = caseOf({ architecture: "AttN+t", loss: "EcD" }, normedCnn);
    const { loss, gradients } = await measured(given);
    expect(Math.abs(loss / plain(given) - 1)).toBeLessThanOrEqual(1e-5);
    const embeddings = [...gradients.keys()].filter((name) => /^encoder\.embed\d+\.kernel$/.test(name));
    expect(embeddings).toHaveLength(modelPlan({ ...given, seed: 1, layout: randomRows(normedCnn, 1).layout }).plan.groups.length); // biome-ignore format: one line
  });

  it("total is beta error + (1 - beta) contrast, and the contrast NT-Xent of the projections", async () => {
    const given = caseOf({ loss: "EcD", beta: 0.7, temperature: 0.5 });
    const { loss, contrast, reconstruction } = await measured(given);
    expect(loss).toBeCloseTo(0.7 * reconstruction! + 0.3 * contrast!, 5);
    const { config, plan, values, views } = given;
    const model = { config, plan, parameters: values };
    const projected = rowsOf(views, given).map((row) => plainProject(model, plainEncode(model, row)));
    const expected = plainNtXent(projected.slice(0, samples), projected.slice(samples), 0.5);
    expect(Math.abs(contrast! / expected - 1)).toBeLessThanOrEqual(1e-5);
  });

  it("Ec+D raises the cosine of the two views; its released variant lowers the square", async () => {
    const given = caseOf({ loss: "Ec+D", beta: 0 });
    const { gradients } = await measured(given);
    expect(sum(cosinesOf(stepped(given, gradients)))).toBeGreaterThan(sum(cosinesOf(given)));
    const released = caseOf({ loss: "Ec+D", beta: 0, positive: "released" });
    const { gradients: others } = await measured(released);
    const squares = (cosines: number[]) => sum(cosines.map((cosine) => cosine ** 2));
    expect(squares(cosinesOf(stepped(released, others)))).toBeLessThan(squares(cosinesOf(released)));
  });
});

it("the plain NT-Xent, which contrasts are compared with, is the reference's", () => {
  const folder = process.env.WEIGHTBOOK_REFERENCE ?? "test/reference/fixtures";
  const cases = JSON.parse(readFileSync(join(folder, "nt_xent.json"), "utf8")) as Record<
    string,
    { z1: number[][]; z2: number[][]; cases: { temperature: number; loss: number }[] }
  >;
  for (const { z1, z2, cases: list } of Object.values(cases)) {
    for (const { temperature, loss } of list) expect(plainNtXent(z1, z2, temperature)).toBeCloseTo(loss, 11);
  }
});
