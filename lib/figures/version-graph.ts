import type { VersionLog } from "../analysis/index.js";
import { checkOptions, SpecError } from "../core/errors.js";
import { type Figure, plain } from "./figure.js";
import { makeFigure } from "./make-figure.js";
import type { PlotlyAnnotation, ScatterTrace } from "./plotly.js";
import { bareAxis, groupColor, house, houseAxis } from "./style.js";
import { type Lane, lanesOf } from "./version-graph-lanes.js";

export interface VersionGraphOptions {
  readonly title?: string;
  readonly subtitle?: string;
  /** Name of each row of the points, e.g. its file: shown under the pointer, and beside the marks of small graphs. */
  readonly names?: readonly string[];
}

/** Rows up to which each has its run's number beside it. */
const mostLabels = 60;
/** Pixels of a row: as high as the figure allows. */
const rowHeight = { most: 34, least: 5 } as const;
const tallest = 900;

/**
 * A version log as lanes: a line a run, a point a checkpoint in the order of training from left to right, and a link
 * from the checkpoint that a run left to its first own. Rings are checkpoints of which there are copies. Unrelated runs
 * have colours of their own, forks that of their family.
 * @throws SpecError when the log is empty
 */
export function versionGraph(log: VersionLog, options: VersionGraphOptions = {}): Figure {
  checkOptions(options, ["title", "subtitle", "names"], "versionGraph");
  if (log.runs.length === 0) throw new SpecError("figure/empty", "versionGraph got a log without runs");
  const lanes = lanesOf(log);
  const rows = Math.max(...lanes.map(({ row }) => row)) + 1;
  const last = Math.max(...lanes.flatMap(({ places }) => places));
  const forks = log.runs.filter(({ fork }) => fork !== null).length;
  const checkpoints = log.runs.reduce((sum, run) => sum + run.checkpoints.length, 0);
  const height = Math.min(rowHeight.most, Math.max(rowHeight.least, tallest / rows));
  const what = `${words(checkpoints, "checkpoint")}: ${words(log.runs.length, "run")}, ${words(forks, "fork")}`;
  return makeFigure({
    title:
      options.title ?? `${words(checkpoints, "checkpoint")} sorted into ${words(log.runs.length, "run")}`,
    subtitle:
      options.subtitle ??
      `From the weights alone. A line is a run, its checkpoints in the order of training${
        forks > 0 ? "; a link leads from the checkpoint that a run left" : ""
      }${log.copies.length > 0 ? "; a ring stands for several equal ones" : ""}`,
    alt: `${what}. ${lanes
      .slice(0, 12)
      .map((lane) => laneWords(log, lane))
      .join(" ")}`,
    data: traces(log, lanes, options.names),
    axes: {
      xaxis: houseAxis("place in the order of training", {
        range: [-0.7, last + 0.7],
        showgrid: false,
        tickvals: tickPlaces(last),
        ticktext: tickPlaces(last).map((place) => String(place + 1)),
      }),
      yaxis: bareAxis("", { range: [rows - 0.4, -0.6], showline: false }),
    },
    annotations: lanes.length <= mostLabels ? lanes.map((lane) => laneLabel(log, lane)) : [],
    left: lanes.length <= mostLabels ? 66 : 30,
    plotHeight: Math.round(Math.max(60, rows * height)),
  });
}

function traces(
  log: VersionLog,
  lanes: readonly Lane[],
  names: readonly string[] | undefined,
): ScatterTrace[] {
  const copied = new Set(log.copies.map(([first]) => first));
  const families = new Map<number, Lane[]>();
  for (const lane of lanes) {
    const { family } = log.runs[lane.run];
    families.set(family, [...(families.get(family) ?? []), lane]);
  }
  return [...families].flatMap(([family, own]) => {
    const color = groupColor(family, log.families);
    const points = own.flatMap(({ run, places, row }) =>
      places.map((x, i) => ({ x, y: row, run, checkpoint: log.runs[run].checkpoints[i] })),
    );
    const rings = points.filter(({ checkpoint }) => copied.has(checkpoint));
    const discs = points.filter(({ checkpoint }) => !copied.has(checkpoint));
    const marks = (some: typeof points, symbol: "circle" | "circle-open"): ScatterTrace[] =>
      some.length === 0
        ? []
        : [
            {
              type: "scatter",
              mode: "markers",
              name: `family ${family + 1}`,
              showlegend: false,
              x: some.map(({ x }) => x),
              y: some.map(({ y }) => y),
              customdata: some.map(
                ({ checkpoint, run }) =>
                  `run ${run + 1}: ${plain(names?.[checkpoint] ?? `row ${checkpoint}`)}`,
              ),
              marker: { color, size: symbol === "circle" ? 7 : 9, symbol },
              hovertemplate: "%{customdata}<extra></extra>",
            },
          ];
    return [...lines(log, lanes, own, color), ...marks(discs, "circle"), ...marks(rings, "circle-open")];
  });
}

/** The lines of a family's runs, and the links of its forks. */
function lines(log: VersionLog, all: readonly Lane[], own: readonly Lane[], color: string): ScatterTrace[] {
  const trace = (
    pieces: readonly (readonly [number, number])[][],
    width: number,
    dash?: string,
  ): ScatterTrace[] => {
    const points = pieces.flatMap((piece, i) => (i > 0 ? [[null, null] as const, ...piece] : piece));
    if (points.length === 0) return [];
    return [
      {
        type: "scatter",
        mode: "lines",
        showlegend: false,
        x: points.map(([x]) => x),
        y: points.map(([, y]) => y),
        line: { color, width, ...(dash ? { dash } : {}) },
        hoverinfo: "skip",
      },
    ];
  };
  const runs = own.map(({ places, row }) => places.map((place) => [place, row] as const));
  const links = own.flatMap(({ run, places, row }) => {
    const { fork } = log.runs[run];
    if (!fork) return [];
    const parent = all[fork.parent];
    const left = parent.places[log.runs[fork.parent].checkpoints.indexOf(fork.checkpoint)];
    return [[[left, parent.row] as const, [places[0], row] as const]];
  });
  return [...trace(runs, 2), ...trace(links, 1.5, "4px,3px")];
}

function laneLabel({ runs }: VersionLog, { run, places, row }: Lane): PlotlyAnnotation {
  const isFork = runs[run].fork !== null;
  return {
    text: isFork ? String(run + 1) : `run ${run + 1}`,
    x: places[0],
    y: row,
    xref: "x",
    yref: "y",
    xanchor: isFork ? "center" : "right",
    yanchor: isFork ? "top" : "middle",
    ...(isFork ? { yshift: -4 } : { xshift: -10 }),
    showarrow: false,
    font: { size: house.tick, color: house.quiet },
  };
}

/** At most ten places, the first among them. */
function tickPlaces(last: number): number[] {
  const step =
    [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000].find((one) => last / one <= 10) ?? 10_000;
  const rest = Array.from({ length: Math.floor((last + 1) / step) }, (_, i) => (i + 1) * step - 1);
  return rest[0] === 0 ? rest : [0, ...rest];
}

function laneWords({ runs }: VersionLog, { run }: Lane): string {
  const { checkpoints, fork } = runs[run];
  const parent = fork
    ? `, which left run ${fork.parent + 1} after its checkpoint ${placeOf(runs, fork) + 1}`
    : "";
  return `Run ${run + 1} has ${words(checkpoints.length, "checkpoint")}${parent}.`;
}

function placeOf(runs: VersionLog["runs"], fork: NonNullable<VersionLog["runs"][number]["fork"]>): number {
  return runs[fork.parent].checkpoints.indexOf(fork.checkpoint);
}

function words(count: number, one: string): string {
  return `${count === 0 ? "no" : count.toLocaleString("en")} ${one}${count === 1 ? "" : "s"}`;
}
