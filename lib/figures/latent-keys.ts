import { plain } from "./figure.js";
import { extent, niceTicks, tickLabels } from "./numbers.js";
import type { PlotlyAnnotation, PlotlyAxis, PlotlyTrace } from "./plotly.js";
import { groupColor, house, houseAxis } from "./style.js";
import { textWidth } from "./text.js";

/** How a fact's values become colours. */
export type ColorKey =
  | { readonly kind: "numbers"; readonly range: readonly [number, number] }
  | { readonly kind: "categories"; readonly names: readonly string[]; readonly colors: readonly string[] };

/** A fact by its label; see LatentPanel. */
interface Fact {
  readonly label: string;
  readonly color: ArrayLike<number> | readonly string[];
}

const lineHeight = 18;
const barHeight = 10;

/** The keys of several panels' facts; facts of one label have one key. */
export function colorKeys(facts: readonly Fact[]): ColorKey[] {
  return facts.map(({ label }) => {
    const values = facts.filter((other) => other.label === label).map(({ color }) => color);
    const words = values.flatMap((color) => Array.from(color as ArrayLike<unknown>).filter(isText));
    if (words.length > 0) {
      const names = [...new Set(words)].sort();
      return { kind: "categories", names, colors: names.map((_, i) => groupColor(i, names.length)) };
    }
    const [low, high] = extent(values.flatMap((color) => extent(numbers(color)) ?? [])) ?? [0, 1];
    return { kind: "numbers", range: high > low ? [low, high] : [low - 0.5, high + 0.5] };
  });
}

const isText = (value: unknown): value is string => typeof value === "string";

function* numbers(values: Fact["color"]): Generator<number> {
  for (let i = 0; i < values.length; i++) yield Number(values[i]);
}

/** Pixels that a key takes, without the ticks of a colour bar. */
export function keyHeight(key: ColorKey, width: number): number {
  return key.kind === "numbers" ? barHeight : lineHeight * (entries(key.names, width).at(-1)!.line + 1);
}

/** Where a key stands: its axes' suffix, shares of the plotting area, width in pixels. */
interface KeyPlace {
  readonly label: string;
  readonly suffix: string;
  readonly x: readonly [number, number];
  readonly y: readonly [number, number];
  readonly pixels: number;
}

/** What draws a key below its panel: a bar with ticks, or marks with their names. */
export function keyParts(key: ColorKey, place: KeyPlace) {
  const { suffix } = place;
  const label: PlotlyAnnotation = {
    text: plain(place.label),
    x: 0,
    y: 1,
    xref: `x${suffix} domain`,
    yref: `y${suffix} domain`,
    xanchor: "left",
    yanchor: "bottom",
    yshift: 3,
    showarrow: false,
    font: { size: house.tick, color: house.quiet },
  };
  const parts = key.kind === "numbers" ? barParts(key.range, place) : markParts(key, place);
  return { ...parts, annotations: [label, ...parts.annotations] };
}

interface KeyParts {
  readonly data: readonly PlotlyTrace[];
  readonly xaxis: PlotlyAxis;
  readonly yaxis: PlotlyAxis;
  readonly annotations: readonly PlotlyAnnotation[];
}

function barParts([low, high]: readonly [number, number], { suffix, x, y, pixels }: KeyPlace): KeyParts {
  const cells = 64;
  const step = (high - low) / cells;
  const ticks = niceTicks(low, high, Math.max(4, Math.floor(pixels / 80)));
  const centres = Array.from({ length: cells }, (_, i) => low + (i + 0.5) * step);
  return {
    data: [
      {
        type: "heatmap",
        z: [centres.map((_, i) => i / (cells - 1))],
        x: centres,
        xaxis: `x${suffix}`,
        yaxis: `y${suffix}`,
        coloraxis: "coloraxis",
        hoverinfo: "skip",
      },
    ],
    xaxis: houseAxis("", {
      range: [low, high],
      domain: x,
      anchor: `y${suffix}`,
      showgrid: false,
      showline: false,
      tickvals: ticks,
      ticktext: tickLabels(ticks),
      tickangle: 0,
    }),
    yaxis: { range: [-0.5, 0.5], domain: y, anchor: `x${suffix}`, visible: false },
    annotations: [],
  };
}

/** Names beside their marks, in lines as wide as the panel; places in pixels. */
function entries(names: readonly string[], width: number) {
  let [left, line] = [0, 0];
  return names.map((name) => {
    const room = textWidth(name, house.tick) + 28;
    if (left > 0 && left + room > width) [left, line] = [0, line + 1];
    const entry = { name, left, line };
    left += room;
    return entry;
  });
}

function markParts(
  { names, colors }: Extract<ColorKey, { kind: "categories" }>,
  { suffix, x, y, pixels }: KeyPlace,
): KeyParts {
  const placed = entries(names, pixels);
  const lines = placed[placed.length - 1].line + 1;
  const middle = (line: number) => (line + 0.5) * lineHeight;
  return {
    data: placed.map(({ name, left, line }, i) => ({
      type: "scatter",
      mode: "markers",
      name: plain(name),
      x: [left + 6],
      y: [middle(line)],
      xaxis: `x${suffix}`,
      yaxis: `y${suffix}`,
      marker: { color: colors[i], size: 8 },
      showlegend: false,
      hoverinfo: "skip",
    })),
    xaxis: { range: [0, pixels], domain: x, anchor: `y${suffix}`, visible: false },
    yaxis: { range: [lines * lineHeight, 0], domain: y, anchor: `x${suffix}`, visible: false },
    annotations: placed.map(({ name, left, line }) => ({
      text: plain(name),
      x: left + 14,
      y: middle(line),
      xref: `x${suffix}`,
      yref: `y${suffix}`,
      xanchor: "left",
      yanchor: "middle",
      showarrow: false,
      font: { size: house.tick, color: house.ink },
    })),
  };
}
