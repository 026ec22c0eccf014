import type { DendrogramLayout, DendrogramLink } from "../analysis/dendrogram.js";
import { checkOptions } from "../core/errors.js";
import type { Figure } from "./figure.js";
import { plain } from "./figure.js";
import { extent } from "./numbers.js";
import type { PlotlyAnnotation, PlotlyShape, ScatterTrace } from "./plotly.js";
import { bareAxis, categoryPalette, groupColor, house, houseAxis, makeFigure } from "./style.js";

export interface DendrogramOptions {
  readonly title?: string;
  readonly subtitle?: string;
  /** What the heights are, with the space: "distance between merged clusters" by default. */
  readonly axis?: string;
  /** Writes the epoch below each leaf: for a detail of one cluster. By default when there are at most 60 leaves. */
  readonly leafLabels?: boolean;
  /** Links drawn at most, 1,500 by default; of larger trees the highest of each cluster are kept. */
  readonly maxLinks?: number;
}

/**
 * A dendrogram with one colour a model and gray links above the cut (Figs. 4, 8, 9 of the trajectory papers; with
 * leaves labelled by epoch it is the saw-tooth detail of one cluster).
 */
export function dendrogramFigure(tree: DendrogramLayout, options: DendrogramOptions = {}): Figure {
  checkOptions(options, ["title", "subtitle", "axis", "leafLabels", "maxLinks"], "dendrogramFigure");
  const kept = highestLinks(tree.links, options.maxLinks ?? 1500);
  const models = [...new Set(tree.leaves.map((leaf) => leaf.model))].sort((a, b) => a - b);
  const isCollapsed = tree.leaves.some((leaf) => leaf.size > 1);
  const labelled = options.leafLabels ?? (tree.leaves.length <= 60 && !isCollapsed);
  const checkpoints = tree.leaves.reduce((sum, leaf) => sum + leaf.size, 0).toLocaleString("en");
  const [lowest, highest] = extent(tree.links.map((link) => link.height)) ?? [0, 1];
  // A detail of one cluster starts near its lowest merge: the saw-tooth is lost when heights start at zero.
  const base = models.length === 1 ? Math.max(0, lowest - 0.35 * (highest - lowest)) : 0;
  const top = Math.max(highest, tree.cutHeight ?? 0) * 1.04;
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
    alt: describe(tree, models.length, lowest, highest),
    data: traces(kept, models),
    axes: {
      xaxis: leafAxis(tree, labelled),
      yaxis: houseAxis(options.axis ?? "distance between merged clusters", { range: [base, top] }),
    },
    plotHeight: 360,
    width: tree.leaves.length > 3000 ? 900 : 760,
    ...cutMarks(tree, top),
    ...(models.length > 1 && models.length <= categoryPalette.length
      ? { legend: { labels: [...models.map((model) => `model ${model}`), "between models"] } }
      : {}),
  });
}

/** One trace a colour, the links between models last. */
function traces(links: readonly DendrogramLink[], models: readonly number[]): ScatterTrace[] {
  const order = new Map(models.map((model, i) => [model, i]));
  const byColor = new Map<string, DendrogramLink[]>();
  const gray = links.filter((link) => link.model === null);
  for (const link of links) {
    if (link.model === null) continue;
    const color = groupColor(order.get(link.model) ?? 0, models.length);
    const group = byColor.get(color);
    if (group) group.push(link);
    else byColor.set(color, [link]);
  }
  const found = [...byColor].map(([color, group]) =>
    linkTrace(group, color, `model ${group[0].model}`, models.length > 500 ? 0.8 : 1.2),
  );
  return gray.length ? [...found, linkTrace(gray, house.faint, "between models", 1)] : found;
}

function linkTrace(
  links: readonly DendrogramLink[],
  color: string,
  name: string,
  width: number,
): ScatterTrace {
  const x: (number | null)[] = [];
  const y: (number | null)[] = [];
  for (const link of links) {
    if (x.length) {
      x.push(null);
      y.push(null);
    }
    x.push(link.x0, link.x0, link.x1, link.x1);
    y.push(link.y0, link.height, link.height, link.y1);
  }
  return {
    type: "scatter",
    mode: "lines",
    name,
    x,
    y,
    line: { color, width },
    hovertemplate: `${plain(name)}<br>distance %{y:.4g}<extra></extra>`,
  };
}

/** The highest links of each model (all links between models stay), so that at most about `limit` are left. */
function highestLinks(links: readonly DendrogramLink[], limit: number): readonly DendrogramLink[] {
  if (links.length <= limit) return links;
  const byModel = new Map<number | null, DendrogramLink[]>();
  for (const link of links) {
    const group = byModel.get(link.model);
    if (group) group.push(link);
    else byModel.set(link.model, [link]);
  }
  const between = byModel.get(null)?.length ?? 0;
  const models = byModel.size - (between ? 1 : 0);
  const each = Math.max(1, Math.floor((limit - between) / Math.max(1, models)));
  const kept = new Set<DendrogramLink>();
  for (const [model, group] of byModel) {
    const chosen = model === null ? group : [...group].sort((a, b) => b.height - a.height).slice(0, each);
    for (const link of chosen) kept.add(link);
  }
  return links.filter((link) => kept.has(link));
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
        y: cut,
        xanchor: "right",
        yanchor: "bottom",
        showarrow: false,
        font: { size: house.tick, color: house.ink },
      },
    ],
  };
}

function describe(tree: DendrogramLayout, models: number, lowest: number, highest: number): string {
  const cut = tree.cutHeight === undefined ? "" : ` The tree is cut at ${tree.cutHeight.toPrecision(3)}.`;
  return `Dendrogram with ${tree.leaves.length} leaves, checkpoints of ${models} model${models === 1 ? "" : "s"}; merges at distances from ${lowest.toPrecision(3)} to ${highest.toPrecision(3)}.${cut}`;
}
