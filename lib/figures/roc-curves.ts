import { checkOptions } from "../core/errors.js";
import { checkPanels } from "./check-panels.js";
import { type Figure, plain } from "./figure.js";
import { makeFigure } from "./make-figure.js";
import type { PlotlyAxis, ScatterTrace } from "./plotly.js";
import { axisSuffix, categoryPalette, house, houseAxis, panelDomains, panelHeading } from "./style.js";

/** An alarm's curve: shares of runs without and with what it is to tell, from no alarm to always. */
export interface RocLine {
  /** E.g. "step length"; equal names get one colour and one legend entry. */
  readonly name: string;
  /** Drawn in dashes, e.g. because it needs what the others do without. */
  readonly isDashed?: boolean;
  readonly points: readonly { readonly falseAlarms: number; readonly hits: number }[];
}

/** One panel, e.g. one kind of shift. */
export interface RocPanel {
  readonly name: string;
  readonly lines: readonly RocLine[];
}

export interface RocCurvesOptions {
  /** The claim that the picture shows. */
  readonly title: string;
  readonly subtitle?: string;
  /** Panels beside each other; 3 by default. */
  readonly across?: number;
}

const side = 150;
const rowGap = 54;

/**
 * Receiver operating characteristics in small panels: hits against false alarms, the diagonal of chance in gray.
 * @throws SpecError "figure/empty" without panels
 */
export function rocCurves(panels: readonly RocPanel[], options: RocCurvesOptions): Figure {
  checkOptions(options, ["title", "subtitle", "across"], "rocCurves");
  checkPanels(panels, "rocCurves");
  const across = Math.min(options.across ?? 3, panels.length);
  const lines = Math.ceil(panels.length / across);
  const plotHeight = lines * side + (lines - 1) * rowGap;
  const names = [...new Set(panels.flatMap((panel) => panel.lines.map(({ name }) => name)))];
  const wide = panelDomains(across, 0.04);
  const high = panelDomains(lines, lines > 1 ? rowGap / plotHeight : 0);
  const axes: Record<`${"x" | "y"}axis${string}`, PlotlyAxis> = {};
  const data: ScatterTrace[] = [];
  panels.forEach((panel, i) => {
    const suffix = axisSuffix(i);
    const [line, place] = [Math.floor(i / across), i % across];
    const isLowest = i + across >= panels.length;
    const ticks = { tickvals: [0, 0.5, 1], range: [-0.03, 1.03] } as const;
    axes[`xaxis${suffix}`] = houseAxis(isLowest ? "false alarms" : "", {
      ...ticks,
      domain: wide[place],
      anchor: `y${suffix}`,
      showticklabels: isLowest,
    });
    axes[`yaxis${suffix}`] = houseAxis(place === 0 ? "hits" : "", {
      ...ticks,
      domain: high[lines - 1 - line],
      anchor: `x${suffix}`,
      showticklabels: place === 0,
    });
    data.push(
      chanceLine(suffix),
      ...panel.lines.map((own) => rocTrace(own, names.indexOf(own.name), suffix, i === 0)),
    );
  });
  return makeFigure({
    title: options.title,
    subtitle:
      options.subtitle ??
      "Share of runs with a shift that sound an alarm against that of runs without, as the threshold falls",
    alt: describe(panels),
    data,
    axes,
    plotHeight,
    bottom: 56,
    headings: true,
    annotations: panels.map(({ name }, i) => panelHeading(name, axisSuffix(i))),
    legend: { labels: names },
  });
}

function chanceLine(suffix: string): ScatterTrace {
  return {
    type: "scatter",
    mode: "lines",
    x: [0, 1],
    y: [0, 1],
    line: { color: house.faint, width: 1 },
    showlegend: false,
    hoverinfo: "skip",
    xaxis: `x${suffix}`,
    yaxis: `y${suffix}`,
  };
}

function rocTrace(
  { name, points, isDashed }: RocLine,
  index: number,
  suffix: string,
  listed: boolean,
): ScatterTrace {
  return {
    type: "scatter",
    mode: "lines",
    name: plain(name),
    legendgroup: name,
    showlegend: listed,
    x: points.map(({ falseAlarms }) => falseAlarms),
    y: points.map(({ hits }) => hits),
    line: {
      color: categoryPalette[index % categoryPalette.length],
      width: 2,
      ...(isDashed ? { dash: "6,3" } : {}),
    },
    hovertemplate: `${plain(name)}<br>false alarms %{x:.0%}<br>hits %{y:.0%}<extra></extra>`,
    xaxis: `x${suffix}`,
    yaxis: `y${suffix}`,
  };
}

function describe(panels: readonly RocPanel[]): string {
  const words = panels.map(({ name, lines }) => {
    const hits = lines.map((line) => {
      const silent = line.points.filter(({ falseAlarms }) => falseAlarms <= 0.05).map((point) => point.hits);
      return `${line.name} ${Math.round(100 * Math.max(0, ...silent))} percent`;
    });
    return `${name}: ${hits.join(", ")}`;
  });
  return `ROC curves of alarms. Hits at five percent of false alarms: ${words.join("; ")}.`;
}
