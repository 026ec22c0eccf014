import { checkOptions, SpecError } from "../core/errors.js";
import type { WeightLayout, WeightTensor } from "../networks/types.js";
import { type Figure, plain } from "./figure.js";
import { makeFigure } from "./make-figure.js";
import type { PlotlyAnnotation, PlotlyShape } from "./plotly.js";
import { bareAxis, divergingScale, house, houseColorAxis } from "./style.js";

/** One network's weights, e.g. before and after an augmentation. */
export interface WeightView {
  readonly name: string;
  /** Flat, as the layout has them. */
  readonly weights: ArrayLike<number>;
  readonly layout: WeightLayout;
}

export interface WeightViewsOptions {
  /** The claim that the picture shows. */
  readonly title: string;
  readonly subtitle?: string;
}

const width = 760;
const sides = { left: 30, right: 96 };
/** Cells between tensors, and between views: room for their names. */
const between = { tensors: 1.5, views: 2.2 };
const largestCell = 20;

/** A tensor as a block of cells with its upper left corner, in cells. */
interface Block {
  readonly tensor: WeightTensor;
  readonly rows: number;
  readonly cols: number;
  readonly left: number;
  readonly top: number;
}

/**
 * Weight matrices of small networks as cells of colour, one row of matrices a view, tensor beside tensor: a row of cells
 * is a unit's incoming weights. One scale for all, with zero in its middle.
 * @throws SpecError "figure/lengths" when weights are not the layout's
 */
export function weightViews(views: readonly WeightView[], options: WeightViewsOptions): Figure {
  checkOptions(options, ["title", "subtitle"], "weightViews");
  for (const { name, weights, layout } of views) {
    if (weights.length === layout.parameters) continue;
    const message = `weightViews, "${name}": ${weights.length} weights, but its layout has ${layout.parameters}`;
    throw new SpecError("figure/lengths", message, { value: weights.length });
  }
  const { blocks, cols, rows } = layOut(views);
  const cell = Math.min(largestCell, (width - sides.left - sides.right) / cols);
  const largest = Math.max(...views.flatMap(({ weights }) => Array.from(weights, Math.abs)));
  const bound = Number((largest > 0 ? largest : 1).toPrecision(3));
  const right = (width - sides.left - sides.right) / cell - cols;
  return makeFigure({
    title: options.title,
    subtitle:
      options.subtitle ??
      "Each row of cells holds a unit's incoming weights; orange is positive, blue negative, gray zero",
    alt: describe(views, blocks),
    data: views.flatMap(({ weights }, v) =>
      blocks[v].map((block) => ({
        type: "heatmap",
        z: cellsOf(block, weights),
        x: Array.from({ length: block.cols }, (_, i) => block.left + i + 0.5),
        y: Array.from({ length: block.rows }, (_, i) => block.top + i + 0.5),
        coloraxis: "coloraxis",
        hoverinfo: "skip",
      })),
    ),
    axes: {
      xaxis: bareAxis("", { visible: false, range: [0, cols + right] }),
      yaxis: bareAxis("", { visible: false, range: [rows, 0] }),
    },
    width,
    left: sides.left,
    plotHeight: Math.round(rows * cell),
    coloraxis: houseColorAxis("weight", [-bound, bound], { scale: divergingScale }),
    shapes: blocks.flat().map(outline),
    annotations: views.flatMap(({ name }, v) => names(name, blocks[v])),
  });
}

/** Vectors are a column of cells; a convolution's kernel has a row for each filter. */
function layOut(views: readonly WeightView[]) {
  let top = 0;
  let cols = 0;
  const blocks = views.map(({ layout }) => {
    let left = 0;
    top += between.views;
    const row = layout.tensors.map((tensor): Block => {
      const [first, ...rest] = tensor.shape;
      const size = rest.reduce((product, n) => product * n, 1);
      const block = { tensor, rows: first, cols: size, left, top };
      left += size + between.tensors;
      return block;
    });
    cols = Math.max(cols, left - between.tensors);
    top += Math.max(...row.map(({ rows }) => rows));
    return row;
  });
  return { blocks, cols, rows: top };
}

function cellsOf({ tensor, rows, cols }: Block, weights: ArrayLike<number>): number[][] {
  return Array.from({ length: rows }, (_, r) =>
    Array.from({ length: cols }, (_, c) => weights[tensor.offset + r * cols + c]),
  );
}

function outline({ left, top, rows, cols }: Block): PlotlyShape {
  return {
    type: "rect",
    xref: "x",
    yref: "y",
    x0: left,
    x1: left + cols,
    y0: top,
    y1: top + rows,
    line: { color: house.axis, width: 1 },
  };
}

/** The view's name above its first tensor, each tensor's own name above it. */
function names(view: string, blocks: readonly Block[]): PlotlyAnnotation[] {
  const note = (text: string, block: Block, yshift: number, color: string): PlotlyAnnotation => ({
    text,
    x: block.left,
    y: block.top,
    xref: "x",
    yref: "y",
    xanchor: "left",
    yanchor: "bottom",
    yshift,
    showarrow: false,
    font: { size: house.tick, color },
  });
  return [
    note(`<b>${plain(view)}</b>`, blocks[0], 17, house.ink),
    ...blocks.map((block) => note(tensorName(block.tensor), block, 2, house.quiet)),
  ];
}

function tensorName({ layer, name, shape }: WeightTensor): string {
  return `layer ${layer} ${name}, ${shape.join(" x ")}`;
}

function describe(views: readonly WeightView[], blocks: readonly (readonly Block[])[]): string {
  const tensors = (blocks[0] ?? []).map(({ tensor }) => tensorName(tensor)).join("; ");
  return `Weights as heat maps of ${views.map(({ name }) => name).join(", ")}. Tensors: ${tensors}.`;
}
