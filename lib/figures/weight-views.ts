import { checkOptions, SpecError } from "../core/errors.js";
import { volume } from "../networks/layout.js";
import type { WeightLayout, WeightTensor } from "../networks/types.js";
import { checkPanels } from "./check-panels.js";
import { type Figure, plain } from "./figure.js";
import { makeFigure } from "./make-figure.js";
import type { PlotlyAnnotation, PlotlyShape } from "./plotly.js";
import { bareAxis, divergingScale, house, houseColorAxis } from "./style.js";
import { textWidth } from "./text.js";

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

const sides = { left: 30, right: 96 };
const width = 760;
const area = width - sides.left - sides.right;
/** Pixels above a view for its name and those of its tensors, above a further line of tensors, and between tensors. */
const room = { view: 44, line: 22, tensor: 16 };
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
 * Weights of small networks as cells of colour, view below view, tensor beside tensor: a row of cells is a unit's
 * incoming weights. One scale for all, with zero in its middle.
 * @throws SpecError "figure/empty" without panels; "figure/lengths" when weights are not the layout's
 */
export function weightViews(views: readonly WeightView[], options: WeightViewsOptions): Figure {
  checkOptions(options, ["title", "subtitle"], "weightViews");
  checkPanels(views, "weightViews");
  for (const { name, weights, layout } of views) {
    if (weights.length === layout.parameters) continue;
    const message = `weightViews, "${name}": ${weights.length} weights, but its layout has ${layout.parameters}`;
    throw new SpecError("figure/lengths", message, { value: weights.length });
  }
  const { blocks, rows, cell } = layOut(views);
  const largest = Math.max(...views.flatMap(({ weights }) => Array.from(weights, Math.abs)));
  const bound = Number((largest > 0 ? largest : 1).toPrecision(3));
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
      xaxis: bareAxis("", { visible: false, range: [0, area / cell] }),
      yaxis: bareAxis("", { visible: false, range: [rows, 0] }),
    },
    width,
    left: sides.left,
    plotHeight: Math.round(rows * cell),
    bottom: 20,
    coloraxis: houseColorAxis("weight", [-bound, bound], { scale: divergingScale }),
    shapes: blocks.flat().map(outline),
    annotations: views.flatMap(({ name }, v) => names(name, blocks[v])),
  });
}

/**
 * Places in cells, tensors from left to right in as many lines as they need. Vectors are a column of cells; a
 * convolution's kernel has a row for each filter.
 */
function layOut(views: readonly WeightView[]) {
  const widest = Math.max(
    ...views.flatMap(({ layout }) => layout.tensors.map(({ shape }) => columnsOf(shape))),
  );
  const cell = Math.min(largestCell, area / widest);
  let bottom = 0;
  const blocks = views.map(({ layout }) => {
    let left = 0;
    let top = bottom + room.view / cell;
    return layout.tensors.map((tensor): Block => {
      const [rows, cols] = [tensor.shape[0], columnsOf(tensor.shape)];
      const wide = Math.max(cols, textWidth(tensorName(tensor), house.tick) / cell);
      if (left > 0 && left + wide > area / cell) [left, top] = [0, bottom + room.line / cell];
      const block = { tensor, rows, cols, left, top };
      left += wide + room.tensor / cell;
      bottom = Math.max(bottom, top + rows);
      return block;
    });
  });
  return { blocks, rows: bottom, cell };
}

const columnsOf = (shape: readonly number[]) => volume(shape.slice(1));

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
