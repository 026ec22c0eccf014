import { checkOptions } from "../../core/errors.js";
import { interruptible } from "../../core/interrupt.js";
import { inParts, type LongRunOptions } from "../../core/progress.js";
import type { RandomStream } from "../../core/random.js";
import type { ResultTable, ScoreRow } from "../../core/tables.js";
import { globalStatistics } from "../../representations/global-statistics.js";
import { miwd } from "../../representations/miwd.js";
import { resampledWeights } from "../../representations/resampled-weights.js";
import type { VectorRepresentation } from "../../representations/vectors.js";
import { zooModels } from "../../zoo/spec/models.js";
import type { TrainedZoo } from "../../zoo/store/zoo.js";
import { zooSetting } from "../setting.js";
import { distanceClaims, distanceTable, initialiserTable } from "./invariance-tables.js";
import {
  type MeasuredInvariance,
  modelDistances,
  type OwnDistances,
  type Reordering,
  reorderings,
} from "./model-distances.js";
import { isLarger, modelParts } from "./model-parts.js";
import { permutedWeights, transposedWeights } from "./reordered.js";
import { squareOf } from "./represented.js";
import { type TrainAgain, trainedAgain } from "./retrained.js";
import type { MiwdSetting } from "./setting.js";

export interface Invariance {
  readonly measured: readonly MeasuredInvariance[];
  /** Median distance to the own reordering, in percent of the median distance between models, with intervals. */
  readonly distances: ResultTable;
  /** The same among models with more weights than half of them. */
  readonly larger: ResultTable;
  /** The same of the models of each initialiser, in the largest descriptors. */
  readonly byInit: ResultTable;
  readonly setting: string;
  readonly claims: readonly ScoreRow[];
}

export interface InvarianceOptions extends LongRunOptions {
  readonly setting: MiwdSetting;
  readonly rng: RandomStream;
  /** What the claims call these networks, e.g. "large networks". */
  readonly networks?: string;
  /** How a model is trained again; into the cache by default. */
  readonly train?: TrainAgain;
}

/**
 * How far the descriptor of a model moves when its neurons are permuted, when its kernels are exported column by column,
 * and when it is trained again from other seeds, against the distance between models (Euclidean; "robust to different
 * parameterisations of the same model", Eilertsen et al. 2024). Beside it raw vectors and global statistics.
 * @throws as modelParts and trainZoo; InterruptedError
 */
export async function runInvariance(zoo: TrainedZoo, given: InvarianceOptions): Promise<Invariance> {
  checkOptions(given, ["setting", "rng", "networks", "train", "signal", "onProgress"], "runInvariance");
  const { setting, rng, networks, train, signal, onProgress } = interruptible(given);
  const part = inParts(onProgress, "invariance", 2);
  const listen = (index: number) => {
    const own = part(index);
    return { signal, ...(own ? { onProgress: own } : {}) };
  };
  const { facts, evaluated, weights } = await modelParts(zoo, setting.perGroup, rng, { signal });
  const chosen = rng
    .split("models")
    .permutation(evaluated.count)
    .subarray(0, setting.invarianceModels)
    .sort();
  const models = Array.from(chosen, (place) => facts.model[place]);
  const vectors = Array.from(chosen, (place) => zoo.weightsOf(evaluated.rows[place]));
  const specs = zooModels(zoo.spec);
  const again = await trainedAgain(zoo, models.slice(0, setting.retrained), { train, ...listen(0) });
  const copies: Record<Reordering, readonly (readonly Float32Array[])[]> = {
    "permuted neurons": vectors.map((vector, i) => [
      permutedWeights(vector, specs[models[i]].network, rng.split("permuted", models[i])),
    ]),
    "transposed export": vectors.map((vector, i) => [transposedWeights(vector, zoo.layoutOf(models[i]))]),
    "trained from another seed": again,
  };
  const measured: MeasuredInvariance[] = [];
  const representations = fixedRepresentations(setting.sizes);
  for (const { representation, isDescriptor } of representations) {
    const run = { rng, signal };
    const entries: [Reordering, OwnDistances][] = [];
    for (const reordering of reorderings)
      entries.push([reordering, await modelDistances(representation, vectors, copies[reordering], run)]);
    const distances = Object.fromEntries(entries) as MeasuredInvariance["distances"];
    measured.push({ name: representation.name, isDescriptor, distances });
  }
  const text = `${zooSetting(zoo)}; ${models.length} models${again.length > 0 ? `, ${again.length} of them trained again from four seeds` : ""}`;
  const larger = isLarger({ weights: Int32Array.from(chosen, (place) => weights[place]) });
  const all = models.map((_, i) => i);
  const largerOnes = all.filter((i) => larger[i]);
  const largest = measured.filter((_, i) => representations[i].isLargest);
  const frame = (which: string, id: string) => ({
    id,
    caption: `Median distance to the own copy in percent of the median distance between models, ${which}; ${text}`,
  });
  return {
    measured,
    distances: distanceTable(measured, all, frame("all models", "miwd/invariance"), rng.split("table")),
    larger: distanceTable(
      measured,
      largerOnes,
      frame("models with more weights than half of them", "miwd/invariance-larger"),
      rng.split("larger"),
    ),
    byInit: initialiserTable(
      largest,
      Array.from(chosen, (place) => facts.init[place]),
      frame("descriptors by initialiser", "miwd/invariance-init"),
      rng.split("initialisers"),
    ),
    setting: text,
    claims: distanceClaims(measured, all, {
      text,
      networks,
      tooSmall: setting.tooSmall,
      rng: rng.split("claims"),
    }),
  };
}

/** Representations that are fitted on nothing; the largest descriptors are marked. */
function fixedRepresentations(sizes: readonly number[]) {
  const largest = sizes[sizes.length - 1];
  const descriptor = (scale: "raw" | "standardised") => (size: number) => ({
    representation: miwd({ ...squareOf(size), scale }),
    isDescriptor: true,
    isLargest: size === largest,
  });
  const baseline = (representation: VectorRepresentation) => ({
    representation,
    isDescriptor: false,
    isLargest: false,
  });
  return [
    ...sizes.map(descriptor("raw")),
    ...sizes.map(descriptor("standardised")),
    baseline(resampledWeights(largest)),
    baseline(globalStatistics()),
  ];
}
