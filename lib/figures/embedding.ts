import { checkOptions, SpecError } from "../core/errors.js";
import { mixColors } from "./color.js";
import type { Figure } from "./figure.js";
import { makeFigure } from "./make-figure.js";
import { extent, paddedRange } from "./numbers.js";
import type { ScatterTrace } from "./plotly.js";
import { bareAxis, categoryPalette, cycleLength, groupColor, house } from "./style.js";

/** A two-dimensional picture of checkpoints: equal lengths, any order. */
export interface EmbeddedCheckpoints {
  readonly x: ArrayLike<number>;
  readonly y: ArrayLike<number>;
  readonly model: ArrayLike<number>;
  readonly epoch: ArrayLike<number>;
}

export interface EmbeddingOptions {
  readonly title?: string;
  readonly subtitle?: string;
  /** What the axes are, e.g. "UMAP" (default) or "SVD component". */
  readonly axis?: string;
  /** Draws ticks: for axes whose units mean something, such as SVD components. */
  readonly ticks?: boolean;
  /**
   * Models drawn in colour, spread over all; the others are gray points. By default all of up to 60 models, and 32 of
   * more, whose lines would cover each other.
   */
  readonly highlight?: number;
}

const mostInColour = 60;
const fewInColour = 32;

/** One model's checkpoints in epoch order. */
interface Trajectory {
  readonly model: number;
  readonly rows: readonly number[];
}

/**
 * Checkpoints in two dimensions, coloured by model, joined in the order of their epochs by a thin line (Figs. 5-7 of
 * the trajectory papers). The last epoch has a larger, darker mark. Up to eight models get a colour and a legend entry each; more share
 * a cycle of colours whose neighbours differ.
 * @throws SpecError when the columns differ in length, or `highlight` is no number of models
 */
export function embeddingScatter(checkpoints: EmbeddedCheckpoints, options: EmbeddingOptions = {}): Figure {
  checkOptions(options, ["title", "subtitle", "axis", "ticks", "highlight"], "embeddingScatter");
  const { x, y, model, epoch } = checkpoints;
  if ([y, model, epoch].some((column) => column.length !== x.length)) {
    throw new SpecError("figure/lengths", "embeddingScatter needs x, y, model and epoch of equal length", {
      value: [x.length, y.length, model.length, epoch.length],
    });
  }
  const all = trajectoriesOf(model, epoch);
  const [trajectories, others] = highlighted(all, options.highlight);
  const lastEpoch = extent(Array.from(epoch))?.[1] ?? 1;
  const isFew = trajectories.length <= categoryPalette.length;
  const isMany = x.length > 2000;
  const colored = groups(trajectories, isFew).map((group, i) => ({
    group,
    color: groupColor(i, trajectories.length),
  }));
  const data = [
    ...(others.length > 0 ? [grayPoints(checkpoints, others)] : []),
    ...colored.map(({ group, color }) => groupTrace(checkpoints, group, color, isMany)),
    ...colored.map(({ group, color }) => lastMarks(checkpoints, group, color, isMany)),
  ];
  const name = options.axis ?? "UMAP";
  const axis = options.ticks
    ? (title: string, more: object) => ({ ...bareAxis(title, more), ...ticked })
    : bareAxis;
  return makeFigure({
    title: options.title ?? "Training trajectories in weight space",
    subtitle:
      options.subtitle ??
      `${name} of ${x.length.toLocaleString("en")} checkpoints of ${all.length} models; ${
        others.length > 0 ? `${trajectories.length} models in colour (repeating)` : "a colour is a model"
      }${isFew || others.length > 0 ? "" : " (repeating)"}, a line joins its epochs, the large mark is the last`,
    alt: `${name} in two dimensions of ${x.length} checkpoints of ${all.length} models, up to epoch ${lastEpoch}. Points of one colour joined by a line are one model's epochs in order.`,
    data,
    axes: {
      xaxis: axis(`${name} 1`, { range: paddedRange(Array.from(x), 0.03) }),
      yaxis: axis(`${name} 2`, { range: paddedRange(Array.from(y), 0.03) }),
    },
    left: options.ticks ? 66 : 40,
    plotHeight: 460,
    ...(isFew ? { legend: { labels: trajectories.map((one) => `model ${one.model}`) } } : {}),
  });
}

/** The models to draw in colour, evenly spread over all, and the rest. */
function highlighted(all: readonly Trajectory[], wanted: number | undefined): [Trajectory[], Trajectory[]] {
  const count = wanted ?? (all.length <= mostInColour ? all.length : fewInColour);
  if (!Number.isInteger(count) || count < 1) {
    throw new SpecError("figure/highlight", `highlight is ${count}; give a positive whole number of models`, {
      value: count,
    });
  }
  const step = Math.max(1, all.length / count);
  const chosen = new Set(Array.from({ length: Math.min(count, all.length) }, (_, i) => Math.floor(i * step)));
  return [all.filter((_, i) => chosen.has(i)), all.filter((_, i) => !chosen.has(i))];
}

/** The models that are not in colour: where they are, without lines. */
function grayPoints(
  { x, y, model, epoch }: EmbeddedCheckpoints,
  others: readonly Trajectory[],
): ScatterTrace {
  const rows = others.flatMap(({ rows: own }) => [...own]);
  return {
    type: "scattergl",
    mode: "markers",
    name: "other models",
    showlegend: false,
    x: rows.map((row) => x[row]),
    y: rows.map((row) => y[row]),
    customdata: rows.map((row) => [model[row], epoch[row]]),
    marker: { color: house.grid, size: 2.2 },
    hovertemplate: hover,
  };
}

const ticked = { showgrid: true, showticklabels: true, ticks: "outside" } as const;

function trajectoriesOf(model: ArrayLike<number>, epoch: ArrayLike<number>): Trajectory[] {
  const rows = new Map<number, number[]>();
  for (let i = 0; i < model.length; i++) {
    const own = rows.get(model[i]);
    if (own) own.push(i);
    else rows.set(model[i], [i]);
  }
  return [...rows]
    .sort(([a], [b]) => a - b)
    .map(([id, own]) => ({ model: id, rows: own.sort((a, b) => epoch[a] - epoch[b]) }));
}

/** Trajectories that share a colour share a trace, with gaps between them: 24 traces are quick to draw, 250 are not. */
function groups(trajectories: readonly Trajectory[], isFew: boolean): Trajectory[][] {
  if (isFew) return trajectories.map((one) => [one]);
  const found: Trajectory[][] = Array.from({ length: cycleLength }, () => []);
  trajectories.forEach((one, i) => {
    found[i % cycleLength].push(one);
  });
  return found.filter((group) => group.length > 0);
}

function groupTrace(
  { x, y, model, epoch }: EmbeddedCheckpoints,
  group: readonly Trajectory[],
  color: string,
  isMany: boolean,
): ScatterTrace {
  const rows = group.flatMap(({ rows: own }, i) => (i ? [-1, ...own] : [...own]));
  return {
    type: isMany ? "scattergl" : "scatter",
    mode: "lines+markers",
    name: `model ${group[0].model}`,
    x: rows.map((row) => (row < 0 ? null : x[row])),
    y: rows.map((row) => (row < 0 ? null : y[row])),
    customdata: rows.map((row) => (row < 0 ? [0, 0] : [model[row], epoch[row]])),
    line: { color, width: isMany ? 0.6 : 1 },
    marker: { color, size: isMany ? 2.6 : 4 },
    hovertemplate: hover,
  };
}

const hover = "model %{customdata[0]}, epoch %{customdata[1]}<extra></extra>";

/** The last checkpoint of each trajectory, larger and darker, so that each shows its direction. */
function lastMarks(
  { x, y }: EmbeddedCheckpoints,
  group: readonly Trajectory[],
  color: string,
  isMany: boolean,
): ScatterTrace {
  const rows = group.map((one) => one.rows[one.rows.length - 1]);
  return {
    type: isMany ? "scattergl" : "scatter",
    mode: "markers",
    showlegend: false,
    x: rows.map((row) => x[row]),
    y: rows.map((row) => y[row]),
    marker: {
      color: mixColors(color, "#000000", 0.35),
      size: isMany ? 6 : 10,
      line: { color: house.paper, width: 0.8 },
    },
    hoverinfo: "skip",
  };
}
