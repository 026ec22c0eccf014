import { describe, expect, test } from "vitest";
import { SpecError } from "#lib/core/errors.js";
import { familyRules, type RuledField } from "#lib/networks/families.js";
import { checkpointEpochs, modelSplits, parseZooSpec, zooKey } from "#lib/zoo/spec/spec.js";
import { changed, familySpec, plainSpec } from "../helpers/specs.js";
import { smallSpec } from "../helpers/zoo.js";

const earlyStopping = { patience: 1, minDelta: 0, validationImages: 5 };

/** A valid specification with one field, named by a dotted path, set to something else. */
const broken = (path: string, value: unknown) => changed(plainSpec(), path, value);

describe("a zoo specification", () => {
  test.each([
    ["name", "../elsewhere"],
    ["name", ""],
    ["dataset.name", 5],
    ["dataset.size", 0],
    ["dataset.trainImages", 1.5],
    ["dataset.testImages", undefined],
    ["inputScaling", "centred"],
    ["network.layers", []],
    ["network.input.height", 28],
    ["network.input.channels", 3],
    ["network.layers", [{ type: "conv2d", filters: 2, kernel: 3 }]],
    ["network.layers", [{ type: "activation", activation: "relu" }]],
    ["loss", "hinge"],
    ["optimizer.type", "adagrad"],
    ["optimizer.learningRate", Number.NaN],
    ["optimizer.learningRate", 0],
    ["optimizer.learningRate", "0.1"],
    ["optimizer.momentum", 1],
    ["optimizer.weightDecay", -1],
    ["optimizer.nesterov", "yes"],
    ["learningRateDecay", 0],
    ["learningRateDecay", 1.1],
    ["dropout", 1],
    ["trainFraction", 0],
    ["trainFraction", 1.5],
    ["augmentation.shift", -1],
    ["augmentation.shift", 14],
    ["augmentation.flip", 1],
    ["earlyStopping.patience", 0],
    ["earlyStopping.minDelta", -1],
    ["earlyStopping.validationImages", 40],
    ["batchSize", 0],
    ["batchSize", 41],
    ["epochs", 0],
    ["epochs", Number.POSITIVE_INFINITY],
    ["checkpoints", "all"],
    ["checkpoints", []],
    ["models", 0],
    ["models", "10"],
    ["seeds.kind", "lucky"],
    ["seeds.from", -1],
    ["seeds.from", 2 ** 31 - 5],
    ["split.train", 1.2],
    ["split.seed", null],
    ["vary", []],
  ])("with %s = %j is refused by the field's name", (field, value) => {
    const written = field.startsWith("earlyStopping.") ? plainSpec({ earlyStopping }) : plainSpec();
    const parse = () => parseZooSpec(changed(written, field, value));
    expect(parse).toThrow(SpecError);
    expect(parse).toThrow(`${field} is `);
    expect(parse).toThrow(expect.objectContaining({ code: `zoo/${field}` }));
  });

  test.each(["he", { type: "normal", gain: 2 }, "constant", { type: "constant" }, 3])(
    "with initializer %j is refused",
    (initializer) => {
      const parse = () => parseZooSpec(broken("initializer", initializer));
      expect(parse).toThrow(SpecError);
      expect(parse).toThrow(expect.objectContaining({ code: "zoo/initializer" }));
    },
  );

  test.each([
    ["layers[0].stride", [{ type: "conv2d", filters: 2, kernel: 3, stride: -1 }], /layer 0: stride is -1/],
    ["an unknown activation", [{ type: "activation", activation: "step" }], /layer 0: activation "step"/],
    ["an unknown layer", [{ type: "lstm" }], /layer 0: type "lstm"/],
    ["a kernel larger than its input", [{ type: "conv2d", filters: 2, kernel: 15 }], /layer 0: kernel 15/],
    ["outputs 0", [{ type: "dense", outputs: 0 }], /layer 0/],
    ["a number for a layer", [7], /network\.layers\[0\] is 7/],
    [
      "an end that is no vector",
      [{ type: "conv2d", filters: 2, kernel: 3 }],
      /end in 2 x 12 x 12"; .* add a dense or global-average-pool layer/,
    ],
  ])("with %s is refused by the layer", (_, layers, message) => {
    expect(() => parseZooSpec(broken("network.layers", layers))).toThrow(message);
    expect(() => parseZooSpec(broken("network.layers", layers))).toThrow(SpecError);
  });

  test.each([
    ["adam", "momentum", 0.9, "zoo/optimizer.momentum"],
    ["adam", "beta1", 1, "zoo/optimizer.beta1"],
    ["adamw", "epsilon", 0, "zoo/optimizer.epsilon"],
    ["rmsprop", "alpha", 1, "zoo/optimizer.alpha"],
    ["rmsprop", "nesterov", true, "zoo/optimizer.nesterov"],
    ["sgd", "beta2", 0.9, "zoo/optimizer.beta2"],
    ["sgd", "nesterov", true, "zoo/optimizer.momentum"],
  ])("with %s and %s = %j is refused", (type, field, value, code) => {
    const optimizer = { type, learningRate: 0.1, weightDecay: 0, [field]: value };
    expect(() => parseZooSpec(broken("optimizer", optimizer))).toThrow(expect.objectContaining({ code }));
  });

  test.each([
    [[1, 4], "checkpoints[1]"],
    [[2, 2], "checkpoints[1]"],
    [[-1], "checkpoints[0]"],
    [["3"], "checkpoints[0]"],
  ])("with checkpoints %j of 3 epochs is refused", (checkpoints, field) => {
    expect(() => parseZooSpec(broken("checkpoints", checkpoints))).toThrow(`${field} is `);
  });

  test.each([
    [{ kind: "range", from: 1, count: 2 }, "zoo/seeds.count"],
    [{ kind: "fixed", from: 1 }, "zoo/seeds.count"],
    [{ kind: "fixed", from: 2 ** 31 - 2, count: 3 }, "zoo/seeds.from"],
    [{ kind: "drawn", from: 1, count: 2 }, "zoo/seeds.from"],
    [{ kind: "drawn", seed: 0.5, count: 2 }, "zoo/seeds.seed"],
  ])("with seeds %j is refused", (seeds, code) => {
    expect(() => parseZooSpec(broken("seeds", seeds))).toThrow(expect.objectContaining({ code }));
  });

  test("whose split does not add up is refused", () => {
    expect(() => parseZooSpec(broken("split.test", 0.2))).toThrow(/split is 1\.05.*add up to 1/);
  });

  test("with unknown fields, or that is none at all, is refused", () => {
    expect(() => parseZooSpec({ ...plainSpec(), epoch: 3 })).toThrow(
      /no field epoch; it knows name, .*epochs/,
    );
    expect(() => parseZooSpec(broken("optimizer.beta", 1))).toThrow(/no field optimizer\.beta/);
    expect(() => parseZooSpec("mlp")).toThrow(/the specification is "mlp"/);
    expect(() => parseZooSpec(null)).toThrow(SpecError);
  });

  test("shifts images by less than their side, and by no more than a byte tells the engine", () => {
    const side = (size: number, shift: number) => {
      const network = { ...plainSpec().network, input: { channels: 1, height: size, width: size } };
      const dataset = { ...plainSpec().dataset, size };
      return parseZooSpec({ ...plainSpec(), dataset, network, augmentation: { shift } }).augmentation.shift;
    };
    expect([side(14, 13), side(200, 127), side(1, 0)]).toEqual([13, 127, 0]);
    expect(() => side(14, 14)).toThrow(
      /augmentation\.shift is 14; it must be below dataset\.size, which is 14/,
    );
    expect(() => side(200, 128)).toThrow(/augmentation\.shift is 128; it must be at most 127/);
  });

  test("must leave every model a batch", () => {
    const few = { ...plainSpec(), batchSize: 20, trainFraction: 0.25 };
    expect(() => parseZooSpec(few)).toThrow(/batchSize is 20; it must be at most .* which is 10/);
    const stopping = { ...earlyStopping, validationImages: 25 };
    expect(() => parseZooSpec({ ...plainSpec(), batchSize: 16, earlyStopping: stopping })).toThrow(/is 15/);
    const varied = { ...plainSpec(), vary: { batchSize: [4, 30], trainFraction: [0.5, 1] } };
    expect(() => parseZooSpec(varied)).toThrow(/vary\.batchSize is 30; it must be at most .* which is 20/);
  });

  test("has initialisers that suit its layers", () => {
    expect(() => parseZooSpec({ ...plainSpec(), initializer: "dirac" })).toThrow(/dirac is for convolutions/);
    const varied = { ...plainSpec(), vary: { initializer: ["normal", "dirac"] } };
    expect(() => parseZooSpec(varied)).toThrow(/dirac is for convolutions/);
  });

  test("gets torch's defaults where something is left out", () => {
    const { learningRateDecay, dropout, trainFraction, augmentation, earlyStopping, vary } = parseZooSpec(
      plainSpec(),
    );
    expect({ learningRateDecay, dropout, trainFraction, augmentation, earlyStopping, vary }).toEqual({
      learningRateDecay: 1,
      dropout: 0,
      trainFraction: 1,
      augmentation: { shift: 0, flip: false },
      earlyStopping: null,
      vary: {},
    });
    const optimizerOf = (type: string) =>
      parseZooSpec({ ...plainSpec(), optimizer: { type, learningRate: 1 } }).optimizer;
    const common = { learningRate: 1, weightDecay: 0 };
    expect(optimizerOf("sgd")).toEqual({ type: "sgd", ...common, momentum: 0, nesterov: false });
    const betas = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };
    expect(optimizerOf("adam")).toEqual({ type: "adam", ...common, ...betas });
    expect(optimizerOf("rmsprop")).toEqual({
      type: "rmsprop",
      ...common,
      momentum: 0,
      alpha: 0.99,
      epsilon: 1e-8,
    });
  });

  test("has a key that stays the same between versions of this library", () => {
    // A change of this value makes every zoo on every disk train again: it must be meant.
    const spec = smallSpec({ dataset: { ...smallSpec().dataset, name: "mnist" } });
    const key = zooKey(spec, "data", "engine-1");
    expect(key).toBe("dd7ed288741dfab507cf8c0228bef68589241fc477b16f4b88cd5af10bdf1d63");
    expect(zooKey(spec, "data", "engine-2")).not.toBe(key);
    expect(zooKey(spec, "other data", "engine-1")).not.toBe(key);
  });

  test("keeps every epoch but the initialisation, or the listed ones", () => {
    expect(checkpointEpochs(smallSpec())).toEqual([1, 2, 3]);
    expect(checkpointEpochs(smallSpec({ checkpoints: [0, 3] }))).toEqual([0, 3]);
  });

  test("splits models, and all of them", () => {
    const parts = modelSplits(smallSpec({ models: 20 }));
    const count = (part: string) => parts.filter((entry) => entry === part).length;
    expect([count("train"), count("validation"), count("test")]).toEqual([14, 3, 3]);
    const half = { train: 0, validation: 0.5, test: 0.5, seed: 1 };
    expect(modelSplits(smallSpec({ models: 1, split: half }))).toEqual(["test"]);
  });
});

describe("what a specification varies", () => {
  const uniform = (low: unknown, high: unknown) => ({ distribution: "uniform", low, high });
  const logUniform = (low: unknown, high: unknown) => ({ distribution: "log-uniform", low, high });

  test.each([
    ["colour", ["red"], "vary.colour"],
    ["learningRate", [], "vary.learningRate"],
    ["learningRate", [0.1, -1], "vary.learningRate[1]"],
    ["learningRate", [0.1, 0.2, 0.1], "vary.learningRate[2]"],
    ["learningRate", [Number.NaN], "vary.learningRate[0]"],
    ["learningRate", 0.1, "vary.learningRate"],
    ["learningRate", { distribution: "normal", low: 0, high: 1 }, "vary.learningRate.distribution"],
    ["learningRate", uniform(0.2, 0.1), "vary.learningRate.low"],
    ["learningRate", uniform(0, 0.1), "vary.learningRate.low"],
    ["learningRate", uniform(0.1, "1"), "vary.learningRate.high"],
    ["weightDecay", logUniform(0, 1), "vary.weightDecay.low"],
    ["weightDecay", { ...logUniform(1e-3, 1), steps: 3 }, "vary.weightDecay.steps"],
    ["weightDecay", { distribution: "choice", values: [0, -1] }, "vary.weightDecay.values[1]"],
    ["weightDecay", { distribution: "choice", low: 0, high: 1 }, "vary.weightDecay.low"],
    ["batchSize", uniform(1, 4), "vary.batchSize.distribution"],
    ["batchSize", { distribution: "integer", low: 1.5, high: 4 }, "vary.batchSize.low"],
    ["activation", ["relu", "step"], "vary.activation[1]"],
    ["activation", uniform(0, 1), "vary.activation.distribution"],
    ["optimizer", ["sgd", "lion"], "vary.optimizer[1]"],
    ["optimizer", [{ type: "adam", momentum: 0.9 }], "vary.optimizer[0].momentum"],
    ["optimizer", [{ type: "sgd", learningRate: -1 }], "vary.optimizer[0].learningRate"],
    ["augmentation", [{ shift: 0.5 }], "vary.augmentation[0].shift"],
    ["augmentation", [{ shift: 2 }, { shift: 14 }], "vary.augmentation[1].shift"],
    ["dataset", [3], "vary.dataset[0]"],
    ["trainFraction", [0], "vary.trainFraction[0]"],
    ["dropout", [0.5], "vary.dropout"],
    ["network.width", [2], "vary.network.width"],
  ])("refuses %s = %j as %s", (field, variation, named) => {
    const parse = () => parseZooSpec({ ...plainSpec(), vary: { [field]: variation } });
    expect(parse).toThrow(expect.objectContaining({ code: `zoo/${named}` }));
    expect(parse).toThrow(named);
  });

  test("refuses initialisers by their place", () => {
    const vary = { initializer: ["normal", "he"] };
    expect(() => parseZooSpec({ ...plainSpec(), vary })).toThrow(/vary\.initializer\[1\]/);
  });

  test("refuses what has no meaning for an optimiser", () => {
    const parse = (vary: object) => () => parseZooSpec({ ...plainSpec(), vary });
    expect(parse({ momentum: [0, 0.9], optimizer: ["sgd", "adam"] })).toThrow(
      /vary\.momentum makes no sense here: the optimiser adam has no momentum/,
    );
    expect(parse({ momentum: [0, 0.9], optimizer: ["nesterov"] })).toThrow(/momentum above 0/);
    const own = { optimizer: [{ type: "adam", learningRate: 0.1 }], learningRate: [0.1, 0.2] };
    expect(parse(own)).toThrow(/vary\.learningRate .* vary\.optimizer\[0\] has a learningRate of its own/);
  });

  test("refuses dropout and activations that the network has no place for", () => {
    expect(() => parseZooSpec({ ...plainSpec(), dropout: 0.5 })).toThrow(/dropout makes no sense here/);
    const linear = broken("network.layers", [{ type: "dense", outputs: 10 }]) as object;
    expect(() => parseZooSpec({ ...linear, vary: { activation: ["relu", "tanh"] } })).toThrow(
      /vary\.activation .* no activation layer/,
    );
  });

  test("refuses a family's networks whose shapes do not meet", () => {
    const tooNarrow = { "network.denseLayers": [1, 4], "network.denseWidth": [4, 8] };
    expect(() => parseZooSpec({ ...familySpec(), vary: tooNarrow })).toThrow(/denseWidth is 4/);
    expect(() => parseZooSpec({ ...familySpec(), vary: { "network.kernel": [3, 4] } })).toThrow(
      /vary\.network\.kernel\[1\] is 4; it must be an odd whole number/,
    );
    expect(() => parseZooSpec(changed(familySpec(), "network.depth", 3))).toThrow(/no field network\.depth/);
  });

  test.each([
    ["family", "resnet"],
    ["outputs", 0],
    ["kernel", 4],
    ["convLayers", 0],
    ["width", 1.5],
    ["denseLayers", -1],
    ["denseWidth", "8"],
    ["batchNorm", 1],
    ["activation", "swish"],
  ])("refuses a family whose %s is %j by the field's name", (field, value) => {
    const parse = () => parseZooSpec(changed(familySpec(), `network.${field}`, value));
    expect(parse).toThrow(expect.objectContaining({ code: `zoo/network.${field}` }));
    expect(parse).toThrow(familyRules[field as RuledField].expected);
  });

  test("refuses more models than a grid has, and says how many it has", () => {
    const vary = { activation: ["relu", "tanh"], learningRate: [0.1, 0.2, 0.3] };
    const seeds = { kind: "fixed", from: 1, count: 5 };
    expect(() => parseZooSpec({ ...plainSpec(), vary, seeds, models: 31 })).toThrow(
      /models is 31; it must be at most 30, which is all that the grid has/,
    );
    expect(parseZooSpec({ ...plainSpec(), vary, seeds, models: 30 }).models).toBe(30);
  });

  test("refuses several seeds a combination where nothing is combined", () => {
    const vary = { learningRate: logUniform(1e-3, 1e-1) };
    const seeds = { kind: "drawn", seed: 1, count: 5 };
    expect(() => parseZooSpec({ ...plainSpec(), vary, seeds })).toThrow(/seeds\.count makes no sense here/);
  });
});
