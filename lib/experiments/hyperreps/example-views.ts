import { matrix } from "../../core/matrix.js";
import { RandomStream } from "../../core/random.js";
import type { Dataset } from "../../datasets/types.js";
import { forward } from "../../networks/forward.js";
import type { WeightLayout } from "../../networks/types.js";
import { type Augmentations, augmentations, tetrisConfig } from "../../representations/hyper/config.js";
import { tokenPlan } from "../../representations/hyper/tokens.js";
import { toLayoutOrder, ViewMaker } from "../../representations/hyper/views.js";
import { specNetwork } from "../../zoo/spec/models.js";
import type { TrainedZoo } from "../../zoo/store/zoo.js";

/** One checkpoint's weights under an augmentation, for `weightViews`. */
export interface ExampleView {
  readonly name: string;
  readonly weights: Float32Array;
  readonly layout: WeightLayout;
}

/** What each augmentation does to one checkpoint. */
export interface AugmentationExamples {
  readonly views: readonly ExampleView[];
  /** One row an augmentation: how far the network's outputs move on the data set's test images. */
  readonly table: readonly Record<string, string | number>[];
}

/** Erases always, so that the example shows it. */
const shown: readonly (readonly [string, Augmentations])[] = [
  ["permuted", augmentations("P")],
  ["erased", { ...augmentations("E"), erasing: { probability: 1, low: 0.2, high: 0.3 } }],
  ["with noise", augmentations("N")],
];

/**
 * The augmentations at one checkpoint of a zoo: its weights before and after, and the largest difference of the
 * network's outputs on test images, which is rounding for a permutation (Eq. 1).
 * @param row of the zoo
 */
export function augmentationExamples(zoo: TrainedZoo, data: Dataset, row: number): AugmentationExamples {
  const { layout } = zoo;
  const network = specNetwork(zoo.spec);
  const weights = zoo.weightsOf(row);
  const { scale, shift } = data.pixel ?? { scale: 1 / 255, shift: 0 };
  const inputs = Float64Array.from(data.test.images, (byte) => byte * scale + shift);
  const outputs = (of: Float32Array) => forward(network, of, inputs);
  const before = outputs(weights);
  const rows = matrix(1, layout.parameters, weights);
  const views = shown.map(([name, own]): ExampleView => {
    const config = { ...tetrisConfig, augmentations: own };
    const plan = tokenPlan(layout, config);
    const { views: made } = new ViewMaker(config, plan, network).make(
      rows,
      [0],
      RandomStream.fromSeed(1).split(name),
    );
    return { name, weights: toLayoutOrder(made.subarray(0, layout.parameters), plan), layout };
  });
  const table = views.map(({ name, weights: changed }) => {
    const after = outputs(changed);
    return {
      view: name,
      "weights that differ": changed.filter((value, i) => value !== weights[i]).length,
      "largest difference of an output": largest(before, after),
      "same class": `${Math.round(100 * sameClass(before, after, data.classNames.length))} %`,
    };
  });
  return { views: [{ name: "as trained", weights, layout }, ...views], table };
}

function largest(a: Float64Array, b: Float64Array): number {
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i])), 0);
}

/** Share of images that both outputs give the same class. */
function sameClass(a: Float64Array, b: Float64Array, classes: number): number {
  const classOf = (outputs: Float64Array, image: number) => {
    const own = Array.from(outputs.subarray(image * classes, (image + 1) * classes));
    return own.indexOf(Math.max(...own));
  };
  const images = a.length / classes;
  let same = 0;
  for (let image = 0; image < images; image++) same += classOf(a, image) === classOf(b, image) ? 1 : 0;
  return same / images;
}
