import { checkOptions, SpecError } from "../core/errors.js";
import { checkPanels } from "./check-panels.js";
import { scaleColor } from "./color.js";
import { type Figure, plain } from "./figure.js";
import { makeFigure } from "./make-figure.js";
import { extent } from "./numbers.js";
import type { PlotlyAnnotation, PlotlyShape, ScatterTrace } from "./plotly.js";
import { continuousScale, house, houseAxis, houseColorAxis } from "./style.js";

/** An axis: numbers from their least to their largest, or words in the order of `values`. */
export interface CoordinateAxis {
  readonly name: string;
  /** By model. */
  readonly column: ArrayLike<number> | readonly string[];
  /** All words (or the ends of the numbers), e.g. of a whole library; those of the column by default. */
  readonly values?: readonly string[] | readonly [number, number];
}

export interface ParallelCoordinatesOptions {
  /** The claim that the picture shows. */
  readonly title: string;
  readonly subtitle?: string;
  /** By model: what colours the lines, 0..1, e.g. normalised accuracy. */
  readonly color: ArrayLike<number>;
  /** What the colour is; "normalised accuracy" by default. */
  readonly label?: string;
}

const shades = 8;

/** Where a value stands on its axis, 0..1, and the ticks of the axis. */
interface Scale {
  place(row: number): number;
  readonly ticks: readonly { readonly at: number; readonly text: string }[];
}

/**
 * Models as lines across parallel axes, coloured by a number (Fig. 5 of Eilertsen et al. 2024). Lines of one value are
 * spread a little around it, by a fixed sequence, so that many do not become one.
 * @throws SpecError "figure/empty" without axes; "figure/lengths" when columns and colours differ in length;
 *   "figure/values" for a word that is not among the values of its axis
 */
export function parallelCoordinates(
  axes: readonly CoordinateAxis[],
  options: ParallelCoordinatesOptions,
): Figure {
  checkOptions(options, ["title", "subtitle", "color", "label"], "parallelCoordinates");
  checkPanels(axes, "parallelCoordinates");
  const { color, label = "normalised accuracy" } = options;
  const models = color.length;
  for (const { name, column } of axes) {
    if (column.length === models) continue;
    const message = `parallelCoordinates: axis "${name}" has ${column.length} values for ${models} colours; give one of each a model`;
    throw new SpecError("figure/lengths", message, { value: column.length });
  }
  const scales = axes.map(scaleOf);
  const rows = Array.from({ length: models }, (_, row) => row);
  const shadeOf = (row: number) => Math.min(shades - 1, Math.max(0, Math.floor(color[row] * shades)));
  const data = Array.from({ length: shades }, (_, shade): ScatterTrace => {
    const own = rows.filter((row) => shadeOf(row) === shade);
    return {
      type: "scatter",
      mode: "lines",
      x: own.flatMap(() => [...axes.keys(), null]),
      y: own.flatMap((row) => [...scales.map(({ place }) => place(row)), null]),
      line: { color: scaleColor(continuousScale, (shade + 0.5) / shades), width: 1.2 },
      opacity: models > 100 ? 0.5 : 0.8,
      showlegend: false,
      hoverinfo: "skip",
    };
  }).filter(({ x }) => x.length > 0);
  return makeFigure({
    title: options.title,
    subtitle: options.subtitle ?? `Each of ${models} lines is a model, coloured by ${label}`,
    alt: `Parallel coordinates of ${models} models: ${axes.map(({ name }) => name).join(", ")}, coloured by ${label}.`,
    data,
    axes: {
      xaxis: houseAxis("", {
        range: [-0.25, axes.length - 0.4],
        tickvals: axes.map((_, a) => a),
        ticktext: axes.map(({ name }) => plain(name)),
        tickangle: 0,
        showgrid: false,
        showline: false,
        ticks: "",
      }),
      yaxis: { range: [-0.11, 1.11], visible: false },
    },
    left: 22,
    bottom: 40,
    width: 860,
    shapes: axes.map((_, a): PlotlyShape => {
      const line = { color: house.axis, width: 1 };
      return { type: "line", x0: a, x1: a, y0: -0.09, y1: 1.09, xref: "x", yref: "y", line };
    }),
    annotations: scales.flatMap(({ ticks }, a) => ticks.map(({ at, text }) => tickText(text, a, at))),
    coloraxis: houseColorAxis(label, [0, 1]),
  });
}

function scaleOf({ name, column, values }: CoordinateAxis): Scale {
  const words = Array.from(column as ArrayLike<number | string>);
  if (words.every((word) => typeof word === "number")) {
    const [low, high] = (values as readonly [number, number] | undefined) ?? extent(words) ?? [0, 1];
    const span = high > low ? high - low : 1;
    const text = (value: number) => String(Number(value.toPrecision(3)));
    return {
      place: (row) => (words[row] - low) / span,
      ticks: (high > low ? [low, high] : [low]).map((value) => ({
        at: (value - low) / span,
        text: text(value),
      })),
    };
  }
  const names = ((values as readonly string[] | undefined) ??
    [...new Set(words.map(String))].sort()) as string[];
  const unknown = words.find((word) => !names.includes(String(word)));
  if (unknown !== undefined) {
    const message = `parallelCoordinates: axis "${name}" has the value "${unknown}", which is none of ${names.join(", ")}; give all its values`;
    throw new SpecError("figure/values", message, { value: unknown });
  }
  const at = (index: number) => (names.length > 1 ? index / (names.length - 1) : 0.5);
  const spread = 0.5 / Math.max(2, names.length) / 2;
  return {
    place: (row) => at(names.indexOf(String(words[row]))) + spread * (2 * ((row * 0.6180339887) % 1) - 1),
    ticks: names.map((text, i) => ({ at: at(i), text })),
  };
}

function tickText(text: string, axis: number, at: number): PlotlyAnnotation {
  return {
    text: plain(text),
    x: axis,
    y: at,
    xref: "x",
    yref: "y",
    xanchor: "left",
    yanchor: "middle",
    xshift: 4,
    showarrow: false,
    font: { size: 11, color: house.ink },
    bgcolor: "rgba(255,255,255,0.8)",
  };
}
