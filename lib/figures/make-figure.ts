import { mimeBundle } from "../core/mime.js";
import { figureBundle } from "./bundle.js";
import { type Figure, plain } from "./figure.js";
import type {
  PlotlyAnnotation,
  PlotlyAxis,
  PlotlyColorAxis,
  PlotlyLayout,
  PlotlyShape,
  PlotlyTrace,
} from "./plotly.js";
import { fontFamily, house } from "./style.js";
import { textWidth, wrapText } from "./text.js";

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
  /** Room above the plotting area for panel headings, of one line or of so many. */
  readonly headings?: boolean | number;
  readonly left?: number;
  /** Room below the plotting area, by default for ticks and the axis' title. */
  readonly bottom?: number;
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
    t: Math.round(titles + 14 + headingRoom(Number(parts.headings ?? 0))),
    b: parts.bottom ?? 54,
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
  return showing({ title: parts.title, alt: parts.alt, data: parts.data, layout, width, height });
}

/** Pixels above a panel for a heading of so many lines. */
export function headingRoom(lines: number): number {
  return lines > 0 ? Math.round(22 + (lines - 1) * 1.3 * house.axisTitle) : 0;
}

/** The figure as the last value of a cell is its picture. Not enumerable: as data it stays what it was. */
function showing(figure: Figure): Figure {
  return Object.defineProperty(figure, mimeBundle, { value: () => figureBundle(figure) });
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
