import { checkOptions } from "../core/errors.js";
import type { ImageSet } from "../datasets/types.js";
import type { Figure } from "./figure.js";
import { plain } from "./figure.js";
import { makeFigure } from "./make-figure.js";
import type { PlotlyAnnotation } from "./plotly.js";
import { bareAxis, house, inkScale } from "./style.js";

export interface ImageGridOptions {
  readonly title?: string;
  readonly subtitle?: string;
  /** Which images, 0, 1, 2 ... by default. */
  readonly indices?: readonly number[];
  /** Images drawn when no indices are given, 30 by default. */
  readonly count?: number;
  /** Images in a row, 10 by default. */
  readonly columns?: number;
  /** Name of each class; its number by default. */
  readonly classNames?: readonly string[];
}

/** Images of a data set as ink on paper with the names of their classes below. */
export function imageGrid(set: ImageSet, options: ImageGridOptions = {}): Figure {
  checkOptions(options, ["title", "subtitle", "indices", "count", "columns", "classNames"], "imageGrid");
  const shown = Math.min(set.count, options.count ?? 30);
  const indices = options.indices ?? Array.from({ length: shown }, (_, i) => i);
  const columns = Math.min(options.columns ?? 10, Math.max(1, indices.length));
  const rows = Math.ceil(indices.length / columns);
  const gapX = Math.max(1, Math.round(set.width * 0.15));
  const gapY = Math.max(3, Math.round(set.height * 0.45));
  const cell = { width: set.width + gapX, height: set.height + gapY };
  const z = Array.from({ length: rows * cell.height }, () => new Array<number>(columns * cell.width).fill(0));
  const annotations: PlotlyAnnotation[] = [];
  indices.forEach((index, place) => {
    const top = Math.floor(place / columns) * cell.height;
    const left = (place % columns) * cell.width;
    for (let r = 0; r < set.height; r++) {
      for (let c = 0; c < set.width; c++) {
        z[top + r][left + c] = set.images[(index * set.height + r) * set.width + c];
      }
    }
    annotations.push(
      classLabel(set, index, options.classNames, left + (set.width - 1) / 2, top + set.height - 0.5),
    );
  });
  const width = 760;
  const side = (width - 60) / (columns * cell.width);
  const names = indices.map((index) => className(set, index, options.classNames));
  return makeFigure({
    title: options.title ?? "Sample images",
    subtitle:
      options.subtitle ??
      `${indices.length} images of ${set.width} x ${set.height} pixels with their classes`,
    alt: `Grid of ${indices.length} images, ${columns} in a row, of the classes ${names.join(", ")}.`,
    data: [
      { type: "heatmap", z, colorscale: inkScale, zmin: 0, zmax: 255, showscale: false, hoverinfo: "skip" },
    ],
    axes: {
      xaxis: bareAxis("", { visible: false, range: [-0.5, columns * cell.width - 0.5] }),
      yaxis: bareAxis("", { visible: false, range: [rows * cell.height - 0.5, -0.5] }),
    },
    width,
    left: 30,
    plotHeight: Math.round(rows * cell.height * side),
    annotations,
    more: { margin: { l: 30, r: 30, t: 78, b: 12 } },
  });
}

function className(set: ImageSet, index: number, names: readonly string[] | undefined): string {
  return names?.[set.labels[index]] ?? String(set.labels[index]);
}

function classLabel(
  set: ImageSet,
  index: number,
  names: readonly string[] | undefined,
  x: number,
  y: number,
): PlotlyAnnotation {
  return {
    text: plain(className(set, index, names)),
    x,
    y,
    xref: "x",
    yref: "y",
    xanchor: "center",
    yanchor: "top",
    showarrow: false,
    font: { size: 11, color: house.quiet },
  };
}
