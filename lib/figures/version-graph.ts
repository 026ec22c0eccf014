import type { VersionLog } from "../analysis/index.js";
import { checkOptions, SpecError } from "../core/errors.js";
import type { Figure } from "./figure.js";
import { makeFigure } from "./make-figure.js";
import type { PlotlyAnnotation } from "./plotly.js";
import { bareAxis, house, houseAxis } from "./style.js";
import { type Lane, lanesOf } from "./version-graph-lanes.js";
import { laneTraces } from "./version-graph-traces.js";

export interface VersionGraphOptions {
  readonly title?: string;
  readonly subtitle?: string;
  /** Name of each row of the points, e.g. its file: shown under the pointer where there are at most 1,000. */
  readonly names?: readonly string[];
}

/** Rows up to which each has its run's number beside it. */
const mostLabels = 60;
/** Checkpoints up to which each has its name under the pointer: names of more would not fit a notebook. */
const mostNames = 1000;
/** Checkpoints up to which all are marked; of more only the ends of runs, those that a run left, and copies. */
const mostMarks = 5000;
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
  const { names } = options;
  const lanes = lanesOf(log);
  const rows = Math.max(...lanes.map(({ row }) => row)) + 1;
  const last = Math.max(...lanes.flatMap(({ places }) => places));
  const forks = log.runs.filter(({ fork }) => fork !== null).length;
  const checkpoints = log.runs.reduce((sum, run) => sum + run.checkpoints.length, 0);
  const height = Math.min(rowHeight.most, Math.max(rowHeight.least, tallest / rows));
  const isSmall = checkpoints <= mostMarks;
  const what = `${words(checkpoints, "checkpoint")}: ${words(log.runs.length, "run")}, ${words(forks, "fork")}`;
  return makeFigure({
    title:
      options.title ?? `${words(checkpoints, "checkpoint")} sorted into ${words(log.runs.length, "run")}`,
    subtitle:
      options.subtitle ??
      `From the weights alone. A line is a run, its checkpoints in the order of training${
        forks > 0 ? "; a link leads from the checkpoint that a run left" : ""
      }${log.copies.length > 0 ? "; a ring stands for several equal ones" : ""}${
        isSmall ? "" : "; not every checkpoint is marked"
      }`,
    alt: `${what}. ${lanes
      .slice(0, 12)
      .map((lane) => laneWords(log, lane))
      .join(" ")}`,
    data: laneTraces(log, lanes, {
      isSmall,
      ...(checkpoints <= mostNames ? { nameOf: (row: number) => names?.[row] ?? `row ${row}` } : {}),
    }),
    axes: {
      xaxis: houseAxis("place in the order of training", {
        range: [-0.7, last + 0.7],
        showgrid: false,
        tickvals: tickPlaces(last),
        ticktext: tickPlaces(last).map((place) => String(place + 1)),
      }),
      yaxis: bareAxis("", { range: [rows - 0.2, -0.6], showline: false }),
    },
    annotations: lanes.length <= mostLabels ? lanes.map((lane) => laneLabel(log, lane)) : [],
    left: lanes.length <= mostLabels ? 66 : 30,
    plotHeight: Math.round(Math.max(60, rows * height)),
  });
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
