import { hexColor, oklabToRgb } from "./color.js";
import { plain } from "./figure.js";
import type { ColorScale, PlotlyAnnotation, PlotlyAxis, PlotlyColorAxis } from "./plotly.js";
import { wrapText } from "./text.js";

/** Faces that need no download; the SVG writer names the same ones. */
export const fontFamily = "Helvetica Neue, Helvetica, Arial, DejaVu Sans, sans-serif";

/** Sizes in pixels and grays that every figure shares. */
export const house = {
  title: 16,
  subtitle: 13,
  axisTitle: 13,
  tick: 12,
  ink: "#1f1f1f",
  quiet: "#5a5a5a",
  axis: "#8a8a8a",
  grid: "#e6e6e6",
  faint: "#b4b4b4",
  paper: "#ffffff",
} as const;

/**
 * Eight colours that readers with red-green blindness tell apart (Okabe and Ito 2008), the strongest on white first.
 */
export const categoryPalette: readonly string[] = [
  "#0072B2",
  "#D55E00",
  "#009E73",
  "#CC79A7",
  "#E69F00",
  "#56B4E9",
  "#000000",
  "#F0E442",
];

/** Viridis (van der Walt and Smith 2015), sampled at ten stops: even lightness, safe in gray and for the colour-blind. */
export const continuousScale: ColorScale = [
  "#440154",
  "#482878",
  "#3e4989",
  "#31688e",
  "#26828e",
  "#1f9e89",
  "#35b779",
  "#6ece58",
  "#b5de2b",
  "#fde725",
].map((color, i) => [Number((i / 9).toFixed(4)), color] as const);

/**
 * Blue below the middle, orange above it, light gray at it: the first two colours of the categorical palette, which
 * readers with red-green blindness tell apart, darker towards the ends.
 */
export const divergingScale: ColorScale = [
  "#00426b",
  "#0072b2",
  "#7fb4d6",
  "#f4f4f4",
  "#efac7d",
  "#d55e00",
  "#7d3600",
].map((color, i) => [Number((i / 6).toFixed(4)), color] as const);

/** Black on white, for images of digits. */
export const inkScale: ColorScale = [
  [0, "#ffffff"],
  [1, "#000000"],
];

/** How many colours the cycle for many models has. */
export const cycleLength = 24;

/**
 * A colour for one of many models: a circle of hues of even chroma (OKLab) whose neighbours in number lie far apart
 * in hue and alternate in lightness. Repeats after `cycleLength` models; for up to eight use `categoryPalette`.
 */
export function modelColor(model: number): string {
  const place = ((model * 7) % cycleLength) / cycleLength;
  const angle = 2 * Math.PI * place + 0.4;
  const lightness = [0.46, 0.7, 0.58][model % 3];
  return hexColor(oklabToRgb(lightness, 0.125 * Math.cos(angle), 0.125 * Math.sin(angle)));
}

/** Colours for a number of groups: the categorical palette while it lasts, then the cycle. */
export function groupColor(index: number, groups: number): string {
  return groups <= categoryPalette.length ? categoryPalette[index] : modelColor(index);
}

/** Settings of plotly's drawing that are no part of the picture: no upload button, no logo, no links out. */
export const plotlyConfig: Readonly<Record<string, unknown>> = {
  displaylogo: false,
  showLink: false,
  showSendToCloud: false,
  showEditInChartStudio: false,
  responsive: false,
  modeBarButtonsToRemove: ["sendDataToCloud", "editInChartStudio", "select2d", "lasso2d", "autoScale2d"],
};

/** An axis in the house style. */
export function houseAxis(title: string, more: PlotlyAxis = {}): PlotlyAxis {
  return {
    ...(title
      ? { title: { text: plain(title), font: { size: house.axisTitle, color: house.ink }, standoff: 8 } }
      : {}),
    showgrid: true,
    gridcolor: house.grid,
    zeroline: false,
    showline: true,
    linecolor: house.axis,
    ticks: "outside",
    ticklen: 4,
    tickcolor: house.axis,
    tickfont: { size: house.tick, color: house.ink },
    ...more,
  };
}

/** An axis without marks, for pictures whose coordinates mean nothing by themselves. */
export function bareAxis(title: string, more: PlotlyAxis = {}): PlotlyAxis {
  return houseAxis(title, { showgrid: false, showticklabels: false, ticks: "", ...more });
}

/** A colour axis with a slim bar at the right. */
export function houseColorAxis(
  title: string,
  range: readonly [number, number],
  more: { scale?: ColorScale; tickformat?: string } = {},
): PlotlyColorAxis {
  return {
    colorscale: more.scale ?? continuousScale,
    cmin: range[0],
    cmax: range[1],
    colorbar: {
      title: { text: plain(title), side: "right", font: { size: house.axisTitle, color: house.ink } },
      thickness: 12,
      outlinewidth: 0,
      ticks: "outside",
      tickfont: { size: house.tick, color: house.ink },
      ...(more.tickformat ? { tickformat: more.tickformat } : {}),
    },
  };
}

/** The words above one panel. */
export function panelHeading(text: string, axis: string, width?: number): PlotlyAnnotation {
  const lines = width === undefined ? [text] : headingLines(text, width);
  return {
    text: `<b>${lines.map(plain).join("<br>")}</b>`,
    x: 0,
    y: 1,
    xref: `x${axis} domain`,
    yref: `y${axis} domain`,
    xanchor: "left",
    yanchor: "bottom",
    yshift: 4,
    showarrow: false,
    font: { size: house.axisTitle, color: house.ink },
    align: "left",
  };
}

/** Lines of a heading that is no wider than so many pixels. */
export function headingLines(text: string, width: number): string[] {
  return wrapText(text, width, house.axisTitle, true);
}

/** Shares of the width (or height) that panels in a row take. */
export function panelDomains(count: number, gap: number): [number, number][] {
  const width = (1 - gap * (count - 1)) / count;
  return Array.from({ length: count }, (_, i) => [
    Number((i * (width + gap)).toFixed(4)),
    Number((i * (width + gap) + width).toFixed(4)),
  ]);
}

/** Suffix of the axes of panel `index`: "", "2", "3" ... */
export const axisSuffix = (index: number): string => (index === 0 ? "" : String(index + 1));
