import type { DendrogramLink } from "../analysis/dendrogram.js";
import { plain } from "./figure.js";
import type { ScatterTrace } from "./plotly.js";
import { groupColor, house } from "./style.js";

/**
 * One trace a colour, in the order of the models, the links between models last.
 * @param base height below which nothing is drawn: legs start there at the lowest
 */
export function linkTraces(
  links: readonly DendrogramLink[],
  models: readonly number[],
  base: number,
): ScatterTrace[] {
  const byModel = groupByModel(links);
  const byColor = new Map<string, { name: string; links: DendrogramLink[] }>();
  models.forEach((model, i) => {
    const color = groupColor(i, models.length);
    const own = byModel.get(model) ?? [];
    const group = byColor.get(color);
    if (group) group.links.push(...own);
    else if (own.length) byColor.set(color, { name: `model ${model}`, links: [...own] });
  });
  const found = [...byColor].map(([color, group]) => linkTrace(group.links, color, group.name, base));
  const between = byModel.get(null);
  return between ? [...found, linkTrace(between, house.faint, "between models", base)] : found;
}

function linkTrace(
  links: readonly DendrogramLink[],
  color: string,
  name: string,
  base: number,
): ScatterTrace {
  const x: (number | null)[] = [];
  const y: (number | null)[] = [];
  for (const link of links) {
    if (x.length) {
      x.push(null);
      y.push(null);
    }
    x.push(link.x0, link.x0, link.x1, link.x1);
    y.push(Math.max(base, link.y0), link.height, link.height, Math.max(base, link.y1));
  }
  return {
    type: "scatter",
    mode: "lines",
    name,
    x,
    y,
    line: { color, width: color === house.faint ? 1 : 1.2 },
    hovertemplate: `${plain(name)}<br>distance %{y:.4g}<extra></extra>`,
  };
}

/**
 * The highest links of each model, so that at most about `limit` are left; links between models (all those above the
 * cut are) may take up to two thirds.
 */
export function highestLinks(links: readonly DendrogramLink[], limit: number): readonly DendrogramLink[] {
  if (links.length <= limit) return links;
  const byModel = groupByModel(links);
  const between = Math.min(byModel.get(null)?.length ?? 0, Math.floor((limit * 2) / 3));
  const models = byModel.size - (byModel.has(null) ? 1 : 0);
  const each = Math.max(1, Math.floor((limit - between) / Math.max(1, models)));
  const kept = new Set<DendrogramLink>();
  for (const [model, group] of byModel) {
    const highest = [...group].sort((a, b) => b.height - a.height);
    for (const link of highest.slice(0, model === null ? between : each)) kept.add(link);
  }
  return links.filter((link) => kept.has(link));
}

function groupByModel(links: readonly DendrogramLink[]): Map<number | null, DendrogramLink[]> {
  const found = new Map<number | null, DendrogramLink[]>();
  for (const link of links) {
    const group = found.get(link.model);
    if (group) group.push(link);
    else found.set(link.model, [link]);
  }
  return found;
}
