import type { DendrogramLayout, DendrogramLink } from "#lib/analysis/dendrogram.js";
import type { LoggedRun, VersionLog } from "#lib/analysis/index.js";
import { RandomStream } from "#lib/core/random.js";
import type { ResultTable } from "#lib/core/tables.js";
import {
  type CurvePanel,
  dendrogramFigure,
  descriptorFigure,
  type EmbeddedCheckpoints,
  embeddingScatter,
  type Figure,
  groupedBars,
  histogramFigure,
  imageGrid,
  learningCurves,
  meanDeviationScatter,
  parallelCoordinates,
  rocCurves,
  spaceCurves,
  stepLengthCurves,
  versionGraph,
} from "#lib/figures/index.js";
import { representationFigures } from "./representation-figures.js";

/** Random walks whose steps shrink, as trajectories of models do. */
export function walks(models: number, epochs: number): EmbeddedCheckpoints {
  const rng = RandomStream.fromSeed(7);
  const rows = { x: [] as number[], y: [] as number[], model: [] as number[], epoch: [] as number[] };
  for (let model = 0; model < models; model++) {
    let [x, y, angle] = [rng.normal(0, 6), rng.normal(0, 6), rng.uniform(0, 6.28)];
    for (let epoch = 1; epoch <= epochs; epoch++) {
      const step = 0.55 / Math.sqrt(epoch) + 0.03;
      angle += rng.normal(0, 0.2);
      x += step * Math.cos(angle);
      y += step * Math.sin(angle);
      rows.x.push(x);
      rows.y.push(y);
      rows.model.push(model);
      rows.epoch.push(epoch);
    }
  }
  return rows;
}

/** Models whose last epochs merge first, joined in a row above the cut. */
export function tree(models: number, epochs: number): DendrogramLayout {
  const links: DendrogramLink[] = [];
  const leaves: DendrogramLayout["leaves"][number][] = [];
  let top: { x: number; y: number } | undefined;
  for (let model = 0; model < models; model++) {
    let part = { x: model * epochs + epochs - 1, y: 0 };
    for (let i = epochs - 2; i >= 0; i--) {
      const height = 0.6 - (0.4 * i) / epochs;
      const x0 = model * epochs + i;
      links.push({ x0, x1: part.x, y0: 0, y1: part.y, height, model, cluster: model });
      part = { x: (x0 + part.x) / 2, y: height };
    }
    for (let epoch = 1; epoch <= epochs; epoch++)
      leaves.push({ index: leaves.length, model, epoch, size: 1 });
    if (top) {
      const height = 1.5 + model * 0.001;
      links.push({ x0: top.x, x1: part.x, y0: top.y, y1: part.y, height, model: null, cluster: null });
      top = { x: (top.x + part.x) / 2, y: height };
    } else {
      top = part;
    }
  }
  return { links, leaves, cutHeight: models > 1 ? 1 : undefined };
}

/**
 * A log of runs by their number of checkpoints, rows numbered on; `forks` says of a run which run it left, and at which of
 * its checkpoints.
 */
export function madeLog(
  lengths: readonly number[],
  forks: Record<number, [number, number]> = {},
): VersionLog {
  let row = 0;
  let family = -1;
  const runs: LoggedRun[] = [];
  lengths.forEach((length, run) => {
    const left = forks[run];
    if (!left) family++;
    const parent = left ? runs[left[0]] : undefined;
    runs.push({
      checkpoints: Int32Array.from({ length }, () => row++),
      steps: new Float64Array(length - 1).fill(1),
      family: parent?.family ?? family,
      fork: parent
        ? { parent: left[0], checkpoint: parent.checkpoints[left[1]], distance: 2, nearness: 9, margin: 1.2 }
        : null,
      ...{ direction: 0.99, clearness: 1, separation: 4 },
    });
  });
  return { runs, families: family + 1, copies: [Int32Array.of(1, row)] };
}

export const published: ResultTable = {
  id: "trajectories/cnn",
  caption: "CNN zoo",
  rowKey: "space",
  rows: ["weights-1376", "svd-50", "svd-5"],
  columns: ["clusterPurity", "orderedEpochsFraction"],
  values: [
    [1, 0.694],
    [1, 0.675],
    [0.465, 0.471],
  ],
};

export const measured: ResultTable = {
  ...published,
  id: "ours",
  values: [
    [1, 0.68],
    [0.98, 0.5],
    [null, 0.46],
  ],
  low: [
    [1, 0.66],
    [0.96, 0.45],
    [null, 0.44],
  ],
  high: [
    [1, 0.7],
    [1, 0.63],
    [null, 0.48],
  ],
};

function moments(models: number) {
  const rng = RandomStream.fromSeed(3);
  return Array.from({ length: models }, () => ({
    mean: rng.normal(0, 0.01),
    deviation: rng.normal(0.3, 0.01),
    accuracy: rng.uniform(0.7, 0.95),
  }));
}

const epochs = Array.from({ length: 50 }, (_, i) => i + 1);

function panel(name: string, axis: string, more: Partial<CurvePanel> = {}): CurvePanel {
  const middle = epochs.map((epoch) => 0.8 / Math.sqrt(epoch));
  const curve = { epochs, middle, low: middle.map((v) => v * 0.9), high: middle.map((v) => v * 1.1) };
  return { name, axis, curves: ["MLP", "CNN <small> & wide"].map((of) => ({ name: of, ...curve })), ...more };
}

function digits() {
  const rng = RandomStream.fromSeed(5);
  const images = Uint8Array.from({ length: 30 * 28 * 28 }, () =>
    rng.uniform() < 0.8 ? 0 : rng.integer(256),
  );
  return {
    images,
    labels: Uint8Array.from({ length: 30 }, (_, i) => i % 10),
    count: 30,
    height: 28,
    width: 28,
  };
}

function weights(count: number, deviation: number): number[] {
  const rng = RandomStream.fromSeed(deviation);
  return Array.from({ length: count }, () => rng.normal(0, deviation));
}

function rocPanels() {
  const kinds = [
    "rotated by 10 degrees",
    "rotated by 45 degrees",
    "noise of 32",
    "labels swapped",
    "Fashion-MNIST",
  ];
  const detectors = ["step length", "turning", "smoothness", "training loss", "arriving loss"];
  return kinds.map((name, k) => ({
    name,
    lines: detectors.map((detector, d) => ({
      name: detector,
      points: Array.from({ length: 21 }, (_, i) => ({
        falseAlarms: i / 20,
        hits: (i / 20) ** (1 / (1 + k + d)),
      })),
    })),
  }));
}

function descriptorFigures(): Record<string, Figure> {
  const rng = RandomStream.fromSeed(11);
  const drawn = (count: number) => Array.from({ length: count }, () => rng.uniform());
  const words = ["adam", "rmsprop", "momentum"];
  const kinds = ["MI-WD", "raw", "PCA", "random projection", "global statistics"];
  return {
    bars: groupedBars(
      ["data set", "optimiser", "initialiser"].map((name) => ({
        name,
        baseline: 25,
        values: kinds.map(() => drawn(3).map((share) => ({ value: 90 * share, deviation: 5 }))),
      })),
      {
        title: "Descriptors untangle what a model was trained with",
        groups: kinds,
        series: ["64", "256", "1024"],
        seriesKey: "dimensions",
      },
    ),
    descriptors: descriptorFigure(
      ["adam, relu", "adam, tanh", "momentum, relu", "momentum, tanh"].map((name) => ({
        name,
        values: drawn(1024).map((share) => share / 16),
      })),
      { title: "Models have different descriptors" },
    ),
    parallel: parallelCoordinates(
      [
        { name: "optimiser", column: drawn(300).map((share) => words[Math.floor(3 * share)]) },
        { name: "learning rate", column: drawn(300) },
        { name: "accuracy", column: drawn(300) },
      ],
      { title: "Models of a cluster share their settings", color: drawn(300) },
    ),
  };
}

/** One of each figure, at the size of the published zoos where size matters. */
export function sampleFigures(): Record<string, Figure> {
  return {
    moments: meanDeviationScatter([
      { name: "CNN", points: moments(250) },
      { name: "MLP", points: moments(250) },
    ]),
    embedding: embeddingScatter(walks(250, 50)),
    embeddingOfFew: embeddingScatter(walks(5, 50), { ticks: true, axis: "SVD component" }),
    dendrogram: dendrogramFigure(tree(5, 50)),
    dendrogramOfOne: dendrogramFigure(tree(1, 50)),
    dendrogramOfAll: dendrogramFigure(tree(250, 50)),
    spaces: spaceCurves([{ name: "CNN", published, ours: measured }], "orderedEpochsFraction"),
    learning: learningCurves([
      panel("loss", "mean squared error"),
      panel("accuracy", "test accuracy", { tickformat: ".0%" }),
    ]),
    steps: stepLengthCurves([panel("MLP", "step length", { scale: "log" })]),
    roc: rocCurves(rocPanels(), { title: "Steps tell large shifts, the loss tells all" }),
    images: imageGrid(digits()),
    histogram: histogramFigure([
      { name: "fc 1", values: weights(2000, 0.1) },
      { name: "fc 2", values: weights(500, 0.2) },
    ]),
    versions: versionGraph(madeLog([16, 6, 4, 9, 5], { 1: [0, 5], 2: [0, 12], 4: [3, 8] })),
    versionsOfAll: versionGraph(madeLog(new Array(250).fill(50))),
    ...representationFigures(),
    ...descriptorFigures(),
  };
}
