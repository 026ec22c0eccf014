import type { VersionLog } from "../analysis/index.js";
import { plain } from "./figure.js";
import type { PlotlyMarker, ScatterTrace } from "./plotly.js";
import { groupColor } from "./style.js";
import type { Lane } from "./version-graph-lanes.js";

/** How a graph's checkpoints are marked. */
export interface MarkOptions {
  /** Marks every checkpoint; otherwise the ends of runs, those that a run left, and copies. */
  readonly isSmall: boolean;
  /** What the pointer shows; without it run and row, which are numbers and take far less room than names. */
  readonly nameOf?: (row: number) => string;
}

/** Lines, links and marks of all runs, a colour a family. */
export function laneTraces(
  log: VersionLog,
  lanes: readonly Lane[],
  { isSmall, nameOf }: MarkOptions,
): ScatterTrace[] {
  const copied = new Set(log.copies.map(([first]) => first));
  const left = new Set(log.runs.map(({ fork }) => fork?.checkpoint));
  const isMarked = (row: number) => isSmall || left.has(row) || copied.has(row);
  // Families that share a colour share their traces: many are slow to draw.
  const byColor = new Map<string, Lane[]>();
  for (const lane of lanes) {
    const color = groupColor(log.runs[lane.run].family, log.families);
    const own = byColor.get(color);
    if (own) own.push(lane);
    else byColor.set(color, [lane]);
  }
  return [...byColor].flatMap(([color, own]) => {
    const points = own.flatMap(({ run, places, row }) =>
      places
        .map((x, i) => ({ x, y: row, run, checkpoint: log.runs[run].checkpoints[i] }))
        .filter(({ checkpoint }, i) => isMarked(checkpoint) || i === 0 || i === places.length - 1),
    );
    const rings = points.filter(({ checkpoint }) => copied.has(checkpoint));
    const discs = points.filter(({ checkpoint }) => !copied.has(checkpoint));
    return [
      ...lines(log, lanes, own, color),
      ...markTrace(discs, { color, size: 7, symbol: "circle" }, nameOf),
      ...markTrace(rings, { color, size: 9, symbol: "circle-open" }, nameOf),
    ];
  });
}

interface Mark {
  readonly x: number;
  readonly y: number;
  readonly run: number;
  readonly checkpoint: number;
}

function markTrace(
  marks: readonly Mark[],
  marker: PlotlyMarker,
  nameOf: MarkOptions["nameOf"],
): ScatterTrace[] {
  if (marks.length === 0) return [];
  const hover = nameOf
    ? {
        customdata: marks.map(({ run, checkpoint }) => `run ${run + 1}: ${plain(nameOf(checkpoint))}`),
        hovertemplate: "%{customdata}<extra></extra>",
      }
    : {
        customdata: marks.map(({ run, checkpoint }) => [run + 1, checkpoint]),
        hovertemplate: "run %{customdata[0]}: row %{customdata[1]}<extra></extra>",
      };
  return [
    {
      ...{ type: "scatter", mode: "markers", showlegend: false, marker },
      ...{ x: marks.map(({ x }) => x), y: marks.map(({ y }) => y) },
      ...hover,
    },
  ];
}

/** Lines along some runs from their first checkpoint to their last, and the links of forks. */
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
  const runs = own.map(({ places, row }) => [
    [places[0], row] as const,
    [places[places.length - 1], row] as const,
  ]);
  const links = own.flatMap(({ run, places, row }) => {
    const { fork } = log.runs[run];
    if (!fork) return [];
    const parent = all[fork.parent];
    const left = parent.places[log.runs[fork.parent].checkpoints.indexOf(fork.checkpoint)];
    return [[[left, parent.row] as const, [places[0], row] as const]];
  });
  return [...trace(runs, 2), ...trace(links, 1.5, "4px,3px")];
}
