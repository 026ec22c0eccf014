import { scaleColor } from "../color.js";
import { extent, px } from "../numbers.js";
import type { ColorScale, HeatmapTrace, PlotlyColorAxis } from "../plotly.js";
import { continuousScale, house } from "../style.js";
import type { AxisFrame, Panel } from "./frame.js";
import { PathWriter } from "./path.js";

/**
 * Shades that a heat map is drawn in; runs of one shade in a row become one stroke. A scale with a colour in its middle
 * gets a shade of that colour.
 */
const shadesOf = (scale: ColorScale) => (scale.length % 2 === 1 ? 17 : 16);

/** Cells of an evenly spaced grid as one path a shade; cells of the paper's colour are left out. */
export function drawHeatmap(trace: HeatmapTrace, panel: Panel, coloraxis?: PlotlyColorAxis): string {
  const columns = Math.max(0, ...trace.z.map((row) => row.length));
  if (columns === 0) return "";
  const { scale, low, high } = colorRange(trace, coloraxis);
  const shades = shadesOf(scale);
  const paths = new Map<number, PathWriter>();
  trace.z.forEach((row, r) => {
    for (let c = 0; c < row.length; ) {
      const shade = shadeOf(row[c], low, high, shades);
      let end = c + 1;
      while (end < row.length && shadeOf(row[end], low, high, shades) === shade) end++;
      if (shade >= 0) {
        const path = paths.get(shade) ?? new PathWriter({ decimals: 0, tolerance: 0, cell: 0 });
        paths.set(shade, path);
        path.move({ x: c, y: r });
        path.lineTo({ x: end, y: r });
      }
      c = end;
    }
  });
  const drawn = [...paths]
    .sort(([a], [b]) => a - b)
    .map(([shade, path]) => ({ color: scaleColor(scale, shade / (shades - 1)), path }))
    .filter(({ color }) => color !== house.paper)
    .map(({ color, path }) => `<path d="${path.data}" stroke="${color}"/>`);
  // Strokes run through the middles of the rows, in units of cells.
  const x = gridPlace(panel.x, trace.x);
  const y = gridPlace(panel.y, trace.y);
  const grid = `translate(${px(x.first - x.step / 2, 2)} ${px(y.first, 2)}) scale(${px(x.step, 4)} ${px(y.step, 4)})`;
  return `<g transform="${grid}" shape-rendering="crispEdges" fill="none">${drawn.join("")}</g>`;
}

function shadeOf(value: number | null, low: number, high: number, shades: number): number {
  if (value === null || value === undefined || !Number.isFinite(value)) return -1;
  const share = high > low ? (value - low) / (high - low) : 0;
  return Math.round(Math.min(1, Math.max(0, share)) * (shades - 1));
}

function colorRange(trace: HeatmapTrace, coloraxis?: PlotlyColorAxis) {
  if (trace.coloraxis && coloraxis) {
    return { scale: coloraxis.colorscale, low: coloraxis.cmin, high: coloraxis.cmax };
  }
  const [low, high] = extent(trace.z.flat()) ?? [0, 1];
  return { scale: trace.colorscale ?? continuousScale, low: trace.zmin ?? low, high: trace.zmax ?? high };
}

/** Pixel of the first centre and pixels from one centre to the next; a single column or row is one unit wide, as plotly's. */
function gridPlace(frame: AxisFrame, centres: HeatmapTrace["x"]): { first: number; step: number } {
  const first = frame.place(centres?.[0] ?? 0);
  const second = frame.place(centres && centres.length > 1 ? centres[1] : Number(centres?.[0] ?? 0) + 1);
  return { first, step: second - first };
}
