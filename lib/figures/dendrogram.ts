import type { DendrogramLayout } from "../analysis/dendrogram.js";
import { checkOptions } from "../core/errors.js";
import { highestLinks, linkTraces } from "./dendrogram-links.js";
import type { Figure } from "./figure.js";
import { makeFigure } from "./make-figure.js";
import { extent, logTicks } from "./numbers.js";
import type { PlotlyAnnotation, PlotlyAxis, PlotlyShape } from "./plotly.js";
import { bareAxis, categoryPalette, house, houseAxis } from "./style.js";

export interface DendrogramOptions {
  readonly title?: string;
  readonly subtitle?: string;
  /** What the heights are, with the space: "distance between merged clusters" by default. */
  readonly axis?: string;
  /** Writes the epoch below each leaf: for a detail of one cluster. By default when there are at most 60 leaves. */
  readonly leafLabels?: boolean;
  /** Links drawn at most, 1,500 by default; of larger trees the highest of each model are kept. */
  readonly maxLinks?: number;
  /** Scale of the heights; logarithmic by default where merges within models would be invisible on a linear one. */
  readonly scale?: "linear" | "log";
}

const known = ["title", "subtitle", "axis", "leafLabels", "maxLinks", "scale"];

/**
 * A dendrogram with one colour a model and gray links above the cut (Figs. 4, 8, 9 of the trajectory papers; with
 * leaves labelled by epoch it is the saw-tooth detail of one cluster).
 */
export function dendrogramFigure(tree: DendrogramLayout, options: DendrogramOptions = {}): Figure {
  checkOptions(options, known, "dendrogramFigure");
  const kept = highestLinks(tree.links, options.maxLinks ?? 1500);
  const models = [...new Set(tree.leaves.map((leaf) => leaf.model))].sort((a, b) => a - b);
  const isCollapsed = tree.leaves.some((leaf) => leaf.size > 1);
  const labelled = options.leafLabels ?? (tree.leaves.length <= 60 && !isCollapsed);
  const checkpoints = tree.leaves.reduce((sum, leaf) => sum + leaf.size, 0).toLocaleString("en");
  const heights = heightAxis(tree, models.length, options);
  const thinned =
    kept.length < tree.links.length ? `; of each cluster only the highest merges are drawn` : "";
  const many = models.length > categoryPalette.length ? " (colours repeat)" : "";
  const oneModel = models.length === 1;
  return makeFigure({
    title:
      options.title ?? (oneModel ? "How the epochs of one model merge" : "How checkpoints merge into models"),
    subtitle:
      options.subtitle ??
      (oneModel
        ? `Single linkage of ${checkpoints} checkpoints of model ${models[0]}${labelled ? ", labelled by epoch" : ""}`
        : `Single linkage of ${checkpoints} checkpoints of ${models.length} models; a colour is a model${many}, gray links join models${thinned}`),
    alt: describe(tree, models.length),
    data: linkTraces(kept, models, heights.floor),
    axes: {
      xaxis: leafAxis(tree, labelled),
      yaxis: heights.axis,
    },
    plotHeight: 360,
    width: tree.leaves.length > 3000 ? 900 : 760,
    ...cutMarks(tree, heights.top, heights.axis.type === "log"),
    ...(models.length > 1 && models.length <= categoryPalette.length
      ? { legend: { labels: [...models.map((model) => `model ${model}`), "between models"] } }
      : {}),
  });
}

/** Axis of the heights, its top, and the height below which nothing can be drawn. */
function heightAxis(tree: DendrogramLayout, models: number, options: DendrogramOptions) {
  const [lowest, highest] = extent(tree.links.map((link) => link.height)) ?? [0, 1];
  const top = Math.max(highest, tree.cutHeight ?? 0) * 1.04;
  const within = extent(tree.links.filter((link) => link.model !== null).map((link) => link.height));
  const isInvisible = models > 1 && within !== undefined && within[1] < top / 20;
  const title = options.axis ?? "distance between merged clusters";
  const scale = options.scale ?? (isInvisible ? "log" : "linear");
  if (scale === "log" && highest > 0) {
    const positive = extent(tree.links.map((link) => link.height).filter((height) => height > 0)) ?? [0.1, 1];
    // Leaves have no place on this scale: their legs start a little below the lowest merge.
    const base = positive[0] * 0.7;
    const range: [number, number] = [Math.log10(base), Math.log10(top * 1.1)];
    const ticks = logTicks(...range);
    const more: PlotlyAxis = { type: "log", range, tickvals: ticks, ticktext: ticks.map(String) };
    return { floor: base, top: top * 1.1, axis: houseAxis(`${title} (log scale)`, more) };
  }
  // A detail of one cluster starts near its lowest merge: the saw-tooth is lost when heights start at zero.
  const base = models === 1 ? Math.max(0, lowest - 0.35 * (highest - lowest)) : 0;
  return { floor: 0, top, axis: houseAxis(title, { range: [base, top] }) };
}

function leafAxis(tree: DendrogramLayout, labelled: boolean) {
  const range: [number, number] = [-0.5 - tree.leaves.length * 0.01, tree.leaves.length * 1.01 - 0.5];
  if (!labelled) {
    const isCollapsed = tree.leaves.some((leaf) => leaf.size > 1);
    return bareAxis(`${isCollapsed ? "clusters" : "checkpoints"}, side by side as they merge`, { range });
  }
  return houseAxis("epoch of the checkpoint", {
    range,
    showgrid: false,
    ticks: "",
    tickvals: tree.leaves.map((_, i) => i),
    ticktext: tree.leaves.map((leaf) => String(leaf.epoch)),
    tickangle: tree.leaves.length > 28 ? -90 : undefined,
    tickfont: { size: 10, color: house.ink },
  });
}

function cutMarks(
  tree: DendrogramLayout,
  top: number,
  isLog: boolean,
): { shapes?: PlotlyShape[]; annotations?: PlotlyAnnotation[] } {
  const cut = tree.cutHeight;
  if (cut === undefined || cut >= top) return {};
  const line = { color: house.ink, width: 1, dash: "6px,4px" } as const;
  return {
    shapes: [{ type: "line", xref: "x domain", yref: "y", x0: 0, x1: 1, y0: cut, y1: cut, line }],
    annotations: [
      {
        text: "cut",
        xref: "x domain",
        yref: "y",
        x: 1,
        // Unlike shapes, annotations on a logarithmic axis are placed by powers of ten.
        y: isLog ? Math.log10(cut) : cut,
        xanchor: "right",
        yanchor: "bottom",
        showarrow: false,
        font: { size: house.tick, color: house.ink },
      },
    ],
  };
}

function describe(tree: DendrogramLayout, models: number): string {
  const [lowest, highest] = extent(tree.links.map((link) => link.height)) ?? [0, 0];
  const cut = tree.cutHeight === undefined ? "" : ` The tree is cut at ${tree.cutHeight.toPrecision(3)}.`;
  return `Dendrogram with ${tree.leaves.length} leaves, checkpoints of ${models} model${models === 1 ? "" : "s"}; merges at distances from ${lowest.toPrecision(3)} to ${highest.toPrecision(3)}.${cut}`;
}
