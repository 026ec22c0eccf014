import { hexColor, oklabToRgb } from "./color.js";
import { type Figure, plain } from "./figure.js";
import type {
  ColorScale,
  PlotlyAnnotation,
  PlotlyAxis,
  PlotlyColorAxis,
  PlotlyLayout,
  PlotlyShape,
  PlotlyTrace,
} from "./plotly.js";
import { textWidth, wrapText } from "./text.js";

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
export function panelHeading(text: string, axis: string): PlotlyAnnotation {
  return {
    text: `<b>${plain(text)}</b>`,
    x: 0,
    y: 1,
    xref: `x${axis} domain`,
    yref: `y${axis} domain`,
    xanchor: "left",
    yanchor: "bottom",
    yshift: 4,
    showarrow: false,
    font: { size: house.axisTitle, color: house.ink },
  };
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

export interface FigureParts {
  readonly title: string;
  /** What is drawn, on which data: one or two plain sentences in quiet type. */
  readonly subtitle: string;
  readonly alt: string;
  readonly data: readonly PlotlyTrace[];
  readonly axes: {
    readonly [name: `xaxis${string}`]: PlotlyAxis;
    readonly [name: `yaxis${string}`]: PlotlyAxis;
  };
  readonly width?: number;
  /** Height of the plotting area; the title, the axes and the margins come on top. */
  readonly plotHeight?: number;
  /** Labels of the legend at the right, to make room for the longest. */
  readonly legend?: { readonly labels: readonly string[]; readonly title?: string };
  readonly coloraxis?: PlotlyColorAxis;
  readonly annotations?: readonly PlotlyAnnotation[];
  readonly shapes?: readonly PlotlyShape[];
  /** Room above the plotting area for panel headings. */
  readonly headings?: boolean;
  readonly left?: number;
  readonly more?: Partial<PlotlyLayout>;
}

/** Left edge of the titles in pixels. */
const titleLeft = 14;

/** Titles are broken for columns as narrow as this (pixels): a live figure shrinks with its page, its titles do not. */
const narrowColumn = 680;

/** Assembles a figure in the house style: claim as a bold title, a quiet subtitle, room for legend or colour bar. */
export function makeFigure(parts: FigureParts): Figure {
  const width = parts.width ?? 760;
  const room = Math.min(width, narrowColumn) - 2 * titleLeft;
  const titleLines = wrapText(parts.title, room, house.title, true);
  const subtitleLines = wrapText(parts.subtitle, room, house.subtitle);
  const titles = 12 + (titleLines.length * house.title + subtitleLines.length * house.subtitle) * 1.3;
  const margin = {
    l: parts.left ?? 66,
    r: rightMargin(parts),
    t: Math.round(titles + 14 + (parts.headings ? 22 : 0)),
    b: 54,
  };
  const height = Math.round(margin.t + margin.b + (parts.plotHeight ?? 340));
  const layout: PlotlyLayout = {
    width,
    height,
    margin,
    font: { family: fontFamily, size: house.tick, color: house.ink },
    paper_bgcolor: house.paper,
    plot_bgcolor: house.paper,
    hovermode: "closest",
    ...legendLayout(parts),
    ...(parts.coloraxis ? { coloraxis: parts.coloraxis } : {}),
    annotations: [...titleNotes(titleLines, subtitleLines, margin), ...(parts.annotations ?? [])],
    ...(parts.shapes?.length ? { shapes: parts.shapes } : {}),
    ...parts.axes,
    ...parts.more,
  };
  return { title: parts.title, alt: parts.alt, data: parts.data, layout, width, height };
}

/**
 * Title and subtitle as annotations at the top left: plotly moves a title of several lines up, off the picture, while
 * annotations stay where they are put.
 */
function titleNotes(
  titleLines: readonly string[],
  subtitleLines: readonly string[],
  margin: { readonly l: number; readonly t: number },
): PlotlyAnnotation[] {
  const note = (
    lines: readonly string[],
    below: number,
    font: PlotlyAnnotation["font"],
  ): PlotlyAnnotation => ({
    text: lines.join("<br>"),
    x: 0,
    y: 1,
    xref: "paper",
    yref: "paper",
    xanchor: "left",
    yanchor: "top",
    xshift: titleLeft - margin.l,
    yshift: Math.round(margin.t - below),
    align: "left",
    showarrow: false,
    font,
  });
  const title = titleLines.map((line) => `<b>${plain(line)}</b>`);
  const below = 10 + titleLines.length * house.title * 1.3 + 1;
  return [
    note(title, 10, { size: house.title, color: house.ink }),
    ...(subtitleLines.length
      ? [note(subtitleLines.map(plain), below, { size: house.subtitle, color: house.quiet })]
      : []),
  ];
}

function rightMargin(parts: FigureParts): number {
  if (parts.coloraxis && parts.coloraxis.showscale !== false) return 96;
  if (!parts.legend) return 22;
  const labels = [...parts.legend.labels.map((label) => textWidth(label, house.tick) + 50)];
  if (parts.legend.title) labels.push(textWidth(parts.legend.title, house.tick, true) + 14);
  return Math.round(Math.max(...labels) + 14);
}

function legendLayout(parts: FigureParts): Partial<PlotlyLayout> {
  if (!parts.legend) return { showlegend: false };
  return {
    showlegend: true,
    legend: {
      x: 1.02,
      xanchor: "left",
      y: 1,
      yanchor: "top",
      tracegroupgap: 4,
      font: { size: house.tick, color: house.ink },
      ...(parts.legend.title ? { title: { text: `<b>${plain(parts.legend.title)}</b>` } } : {}),
    },
  };
}
