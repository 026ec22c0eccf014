import { checkOptions, SpecError } from "../../core/errors.js";
import { interruptible } from "../../core/interrupt.js";
import { type Matrix, takeRows } from "../../core/matrix.js";
import { percentileInterval } from "../../core/numeric/bootstrap.js";
import { inParts, type LongRunOptions } from "../../core/progress.js";
import type { RandomStream } from "../../core/random.js";
import type { ResultTable, ScoreRow } from "../../core/tables.js";
import { claimRow } from "../claims.js";
import { type InitClusters, initClusters, type Separation } from "../hyperreps/init-clusters.js";
import { intervalTable } from "../interval-table.js";
import { isLarger } from "./model-parts.js";
import { descriptorKinds, type KindOfVectors, type Represented } from "./represented.js";
import type { Untangling } from "./untangling.js";

/** The evaluated models of one representation in the plane. */
export interface Embedding {
  readonly kind: KindOfVectors;
  readonly name: string;
  readonly clusters: InitClusters;
  /** The same of models with more weights than half of all; undefined where these are too few. */
  readonly larger?: InitClusters;
}

export interface Embeddings {
  readonly embeddings: readonly Embedding[];
  /** Mean silhouette by initialiser: of all evaluated models, and of those with more weights. */
  readonly silhouettes: ResultTable;
  readonly setting: string;
  readonly claims: readonly ScoreRow[];
}

export interface EmbeddingsOptions extends LongRunOptions {
  readonly rng: RandomStream;
  readonly tooSmall?: string | undefined;
}

const rounds = 2000;

/**
 * Fig. 4 of Eilertsen et al. 2024: UMAP (see initClusters) of the evaluated models in each representation at the largest
 * size, and the silhouettes of their initialisers in it. Vectors are embedded as they are, but global statistics, whose
 * units differ, once more scaled to mean 0 and standard deviation 1.
 * @throws SpecError "miwd/initialisers" when the evaluated models have one initialiser, or are fewer than four;
 *   InterruptedError
 */
export async function runEmbeddings(untangling: Untangling, given: EmbeddingsOptions): Promise<Embeddings> {
  checkOptions(given, ["rng", "tooSmall", "signal", "onProgress"], "runEmbeddings");
  const { rng, tooSmall, signal, onProgress } = interruptible(given);
  const { parts, representations, setting } = untangling;
  const largest = Math.max(...representations.map(({ size }) => size));
  const chosen = representations.filter(({ size }) => size === largest).flatMap(withScaled);
  const part = inParts(onProgress, "embeddings", chosen.length);
  const larger = isLarger(parts).flatMap((is, row) => (is ? [row] : []));
  const embeddings: Embedding[] = [];
  for (const [i, { kind, name, points }] of chosen.entries()) {
    const clustersOf = (rows: readonly number[]) => {
      const pick = <T>(column: ArrayLike<T>) => rows.map((row) => column[row]);
      const { init, activation, model } = parts.facts;
      const facts = { init: pick(init), activation: pick(activation), model: Int32Array.from(pick(model)) };
      // The same stream for all: equal models in equal order.
      return initClusters({ weights: takeRows(points, rows), facts }, rng, { signal });
    };
    const clusters = await clustersOf([...parts.facts.init.keys()]);
    if (!clusters) throw tooFew(parts.facts.init);
    const own = await clustersOf(larger);
    embeddings.push({ kind, name, clusters, ...(own ? { larger: own } : {}) });
    part(i)?.({ label: name, done: 1, total: 1, unit: "", ratePerSecond: 0, secondsLeft: 0 });
  }
  return {
    embeddings,
    silhouettes: silhouetteTable(embeddings, setting),
    setting,
    claims: embeddingClaims(embeddings, { setting, tooSmall, rng: rng.split("claims") }),
  };
}

/** A representation, and its columns scaled where these have units of their own. */
function withScaled(represented: Represented): Represented[] {
  if (represented.kind !== "global statistics") return [represented];
  const name = `${represented.name}, scaled`;
  return [represented, { ...represented, name, points: scaledColumns(represented.points) }];
}

/** Columns of mean 0 and standard deviation 1; constant ones become 0. */
function scaledColumns({ data, rows, cols }: Matrix): Matrix {
  const out = new Float32Array(data.length);
  for (let c = 0; c < cols; c++) {
    let sum = 0;
    let squares = 0;
    for (let p = c; p < data.length; p += cols) sum += data[p];
    const mean = sum / rows;
    for (let p = c; p < data.length; p += cols) squares += (data[p] - mean) ** 2;
    const deviation = Math.sqrt(squares / rows) || 1;
    for (let p = c; p < data.length; p += cols) out[p] = (data[p] - mean) / deviation;
  }
  return { data: out, rows, cols };
}

function tooFew(init: readonly string[]): SpecError {
  const message = `embeddings: the ${init.length} evaluated models have ${new Set(init).size} initialisers; give at least four models of two`;
  return new SpecError("miwd/initialisers", message, { value: init.length });
}

function silhouetteTable(embeddings: readonly Embedding[], setting: string): ResultTable {
  const columns = ["all models", "more weights than half"];
  const frame = {
    id: "miwd/fig4",
    caption: `Mean silhouette by initialiser in UMAP, three embeddings; ${setting}`,
    rowKey: "representation",
    rows: embeddings.map(({ name }) => name),
    columns,
  };
  return intervalTable(frame, (row, column) => {
    const { clusters, larger } = embeddings.find(({ name }) => name === row)!;
    return (column === columns[0] ? clusters : larger)?.byInit.silhouette;
  });
}

interface ClaimsOptions {
  readonly setting: string;
  readonly tooSmall: string | undefined;
  readonly rng: RandomStream;
}

/** Each descriptor's silhouette minus that of each baseline. */
function embeddingClaims(
  embeddings: readonly Embedding[],
  { setting, tooSmall, rng }: ClaimsOptions,
): ScoreRow[] {
  const isDescriptor = ({ kind }: Embedding) => descriptorKinds.includes(kind);
  const baselines = embeddings.filter((one) => !isDescriptor(one));
  return embeddings.filter(isDescriptor).flatMap((own) =>
    baselines.map((baseline) => {
      const claim = `silhouette by initialiser in UMAP: ${own.name} minus ${baseline.name}`;
      return claimRow({
        claim: tooSmall ? `${claim}; ${tooSmall}` : claim,
        source: "Figure 4 (2024)",
        interval: pairedDifference(own.clusters.byInit, baseline.clusters.byInit, rng.split(claim)),
        inequality: { relation: ">", bound: 0 },
        setting,
        ...(tooSmall ? { verdict: "undecided" as const } : {}),
      });
    }),
  );
}

/** Difference of mean silhouettes; models are resampled for both sides at once, embeddings for each side. */
function pairedDifference(first: Separation, second: Separation, rng: RandomStream) {
  const count = first.byModel[0].length;
  const all = Array.from({ length: count }, (_, m) => m);
  const mean = (side: Separation, embeddings: readonly number[], models: readonly number[]) => {
    let sum = 0;
    for (const e of embeddings) for (const m of models) sum += side.byModel[e][m];
    return sum / embeddings.length / models.length;
  };
  const draw = (length: number) => Array.from({ length }, () => rng.integer(length));
  const whole = (side: Separation) => mean(side, [...side.byModel.keys()], all);
  const resamples = Array.from({ length: rounds }, () => {
    const models = draw(count);
    const [a, b] = [first, second].map((side) => mean(side, draw(side.byModel.length), models));
    return a - b;
  });
  return percentileInterval(whole(first) - whole(second), resamples);
}
