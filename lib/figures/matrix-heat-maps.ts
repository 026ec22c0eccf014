import { checkOptions, SpecError } from "../core/errors.js";
import type { ResultTable } from "../core/tables.js";
import { checkPanels } from "./check-panels.js";
import { scaleColor } from "./color.js";
import { type Figure, plain } from "./figure.js";
import { makeFigure } from "./make-figure.js";
import type { PlotlyAnnotation, PlotlyAxis } from "./plotly.js";
import {
  axisSuffix,
  divergingScale,
  house,
  houseAxis,
  houseColorAxis,
  panelDomains,
  panelHeading,
} from "./style.js";
import { textWidth } from "./text.js";

/** A matrix with names, e.g. of rank correlations from zoo to zoo. */
export interface MatrixPanel {
  /** Heading, e.g. "W, published". */
  readonly name: string;
  readonly rows: readonly string[];
  readonly columns: readonly string[];
  readonly values: readonly (readonly (number | null)[])[];
}

export interface MatrixHeatMapsOptions {
  /** The claim that the picture shows. */
  readonly title: string;
  readonly subtitle?: string;
  /** What the values are, e.g. "tau-b". */
  readonly label: string;
  /** Panels beside each other; all by default. */
  readonly across?: number;
  /** Largest value of the scale, which has zero in its middle; the largest magnitude by default. */
  readonly bound?: number;
  /** What rows and columns are, e.g. "fitted on" and "applied to". */
  readonly axes?: { readonly rows: string; readonly columns: string };
  /** Decimals of the numbers in the cells. Default 2. */
  readonly digits?: number;
}

const rowHeight = 34;
/** Between rows of panels: names of the columns and the next heading. */
const rowGap = 74;

/**
 * Small matrices as heat maps with their numbers in the cells, one scale for all with zero in its middle. All panels have
 * the same rows, which the first panel of each line names.
 * @throws SpecError "figure/empty" without panels; "figure/shape" when a panel's values are not its rows x columns, or its
 *   rows are not those of the first panel; "figure/options" for a bound that is not positive or fewer than one panel across
 */
export function matrixHeatMaps(panels: readonly MatrixPanel[], options: MatrixHeatMapsOptions): Figure {
  const known = ["title", "subtitle", "label", "across", "bound", "axes", "digits"];
  checkOptions(options, known, "matrixHeatMaps");
  checkPanels(panels, "matrixHeatMaps");
  for (const panel of panels) checkShape(panel, panels[0]);
  checkNumbers(options);
  const { across = panels.length, axes: names = { rows: "", columns: "" }, digits = 2 } = options;
  const found = panels.flatMap(({ values }) => values.flat().map((value) => Math.abs(value ?? 0)));
  const bound = options.bound ?? (Math.max(...found) || 1);
  const lines = Math.ceil(panels.length / across);
  const height = panels[0].rows.length * rowHeight;
  const plotHeight = lines * height + (lines - 1) * rowGap;
  return makeFigure({
    title: options.title,
    subtitle: options.subtitle ?? `Orange is positive, blue negative; the numbers are ${options.label}`,
    alt: describe(panels, options.label, digits),
    data: panels.map(({ columns, values }, i) => ({
      type: "heatmap",
      z: values,
      x: columns.map((_, c) => c),
      y: values.map((_, r) => r),
      xaxis: `x${axisSuffix(i)}`,
      yaxis: `y${axisSuffix(i)}`,
      coloraxis: "coloraxis",
      hoverinfo: "skip",
    })),
    axes: gridAxes(panels, across, names, { lines, plotHeight }),
    plotHeight,
    bottom: 64,
    headings: true,
    left: 44 + Math.max(...panels[0].rows.map((row) => textWidth(row, house.tick))),
    coloraxis: houseColorAxis(options.label, [-bound, bound], { scale: divergingScale }),
    annotations: panels.flatMap((panel, i) => [
      panelHeading(panel.name, axisSuffix(i)),
      ...cellTexts(panel, axisSuffix(i), bound, digits),
    ]),
  });
}

function checkNumbers({ across = 1, bound = 1, digits = 2 }: MatrixHeatMapsOptions): void {
  const areWhole = Number.isInteger(across) && across > 0 && Number.isInteger(digits) && digits >= 0;
  if (areWhole && bound > 0) return;
  const message = `matrixHeatMaps: across is ${across}, bound ${bound} and digits ${digits}; give a positive whole number, a positive number and a whole number`;
  throw new SpecError("figure/options", message, { value: { across, bound, digits } });
}

function checkShape({ name, rows, columns, values }: MatrixPanel, first: MatrixPanel): void {
  const fits = values.length === rows.length && values.every((row) => row.length === columns.length);
  if (fits && rows.join("\n") === first.rows.join("\n")) return;
  const message = `matrixHeatMaps, panel "${name}": ${values.length} rows of values for ${rows.length} x ${columns.length} names; give a value for each cell, and every panel the rows of the first`;
  throw new SpecError("figure/shape", message, { value: name });
}

function gridAxes(
  panels: readonly MatrixPanel[],
  across: number,
  names: { readonly rows: string; readonly columns: string },
  { lines, plotHeight }: { readonly lines: number; readonly plotHeight: number },
) {
  const axes: Record<`${"x" | "y"}axis${string}`, PlotlyAxis> = {};
  const wide = panelDomains(across, 0.03);
  const high = panelDomains(lines, rowGap / plotHeight);
  const bare = { showgrid: false, showline: false, ticks: "" } as const;
  panels.forEach(({ rows, columns }, i) => {
    const [line, place] = [Math.floor(i / across), i % across];
    const suffix = axisSuffix(i);
    axes[`xaxis${suffix}`] = houseAxis(line === lines - 1 ? names.columns : "", {
      ...bare,
      domain: wide[place],
      anchor: `y${suffix}`,
      range: [-0.5, columns.length - 0.5],
      tickvals: columns.map((_, c) => c),
      ticktext: columns.map(plain),
      tickangle: 0,
    });
    axes[`yaxis${suffix}`] = houseAxis(place === 0 ? names.rows : "", {
      ...bare,
      domain: high[lines - 1 - line],
      anchor: `x${suffix}`,
      range: [rows.length - 0.5, -0.5],
      tickvals: rows.map((_, r) => r),
      ticktext: rows.map(plain),
      showticklabels: place === 0,
    });
  });
  return axes;
}

/** The number of each cell, in black or white, whichever is read more easily on its colour. */
function cellTexts(
  { values }: MatrixPanel,
  suffix: string,
  bound: number,
  digits: number,
): PlotlyAnnotation[] {
  return values.flatMap((row, r) =>
    row.map((value, c): PlotlyAnnotation => {
      const share = Math.min(1, Math.max(0, ((value ?? 0) / bound + 1) / 2));
      return {
        text: value === null ? "–" : shown(value, digits),
        x: c,
        y: r,
        xref: `x${suffix}`,
        yref: `y${suffix}`,
        showarrow: false,
        font: {
          size: house.tick,
          color: isDark(scaleColor(divergingScale, share)) ? house.paper : house.ink,
        },
      };
    }),
  );
}

/** With the typographic minus; zero has none. */
function shown(value: number, digits: number): string {
  const text = value.toFixed(digits);
  return Number(text) === 0 ? (0).toFixed(digits) : text.replace("-", "−");
}

/** Whether white is read better on a colour: by its luma. */
function isDark(color: string): boolean {
  const [r, g, b] = [1, 3, 5].map((at) => Number.parseInt(color.slice(at, at + 2), 16));
  return 0.299 * r + 0.587 * g + 0.114 * b < 140;
}

/** A table whose columns are "zoo/representation" as one panel for each representation. */
export function representationPanels(table: ResultTable, suffix: string): MatrixPanel[] {
  const representations = [...new Set(table.columns.map((column) => column.split("/")[1]))];
  return representations.map((representation) => {
    const places = table.columns.flatMap((column, c) => (column.split("/")[1] === representation ? [c] : []));
    return {
      name: `${representation}, ${suffix}`,
      rows: table.rows.map(shortName),
      columns: places.map((place) => shortName(table.columns[place].split("/")[0])),
      values: table.values.map((row) => places.map((place) => row[place] ?? null)),
    };
  });
}

/** In how many columns of these panels the largest value, ties counted, lies on the diagonal. */
export function diagonalWins(panels: readonly MatrixPanel[]): number {
  const wins = panels.map(({ rows, columns, values }) => {
    return columns.filter((column, c) => {
      const own = values[rows.indexOf(column)]?.[c];
      return typeof own === "number" && values.every((row) => (row[c] ?? Number.NEGATIVE_INFINITY) <= own);
    }).length;
  });
  return wins.reduce((sum, count) => sum + count, 0);
}

function shortName(zoo: string): string {
  return zoo.replace(/-HYP$/, "");
}

function describe(panels: readonly MatrixPanel[], label: string, digits: number): string {
  const parts = panels.map(({ name, rows, columns, values }) => {
    const cells = rows.map(
      (row, r) =>
        `${row}: ${columns.map((column, c) => `${column} ${values[r][c]?.toFixed(digits) ?? "none"}`).join(", ")}`,
    );
    return `${name}: ${cells.join("; ")}`;
  });
  return `Heat maps of ${label}. ${parts.join(". ")}.`;
}
