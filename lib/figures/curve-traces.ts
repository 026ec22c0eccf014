import { withAlpha } from "./color.js";
import { plain } from "./figure.js";
import type { ScatterTrace } from "./plotly.js";

/** A line, and where there is a spread a band around it. Equal lengths. */
interface Curve {
  readonly name: string;
  readonly x: readonly number[];
  readonly middle: ArrayLike<number>;
  readonly low?: ArrayLike<number>;
  readonly high?: ArrayLike<number>;
}

/** How a curve is drawn, and in which panel. */
interface CurveStyle {
  readonly color: string;
  /** Pixels drawn and left out; a solid line by default. */
  readonly dash?: string;
  /** Of the panel's axes, see axisSuffix. */
  readonly suffix: string;
  /** What x counts, e.g. "epoch". */
  readonly unit: string;
  /** Whether the legend names it. */
  readonly listed: boolean;
}

/** The band as two invisible borders with a fill between them, and the line on top. */
export function curveTraces(curve: Curve, style: CurveStyle): ScatterTrace[] {
  const { x } = curve;
  const { color, dash, suffix } = style;
  const axes = { xaxis: `x${suffix}`, yaxis: `y${suffix}`, legendgroup: curve.name };
  const line: ScatterTrace = {
    type: "scatter",
    mode: x.length === 1 ? "markers" : "lines",
    name: plain(curve.name),
    x,
    y: Array.from(curve.middle),
    line: { color, width: 2, ...(dash ? { dash } : {}) },
    marker: { color, size: 6 },
    showlegend: style.listed,
    hovertemplate: `${plain(curve.name)}<br>${style.unit} %{x}<br>%{y:.4g}<extra></extra>`,
    ...axes,
  };
  if (!curve.low || !curve.high) return [line];
  const border = {
    type: "scatter",
    mode: "lines",
    x,
    showlegend: false,
    hoverinfo: "skip",
    ...axes,
  } as const;
  return [
    { ...border, y: Array.from(curve.low), line: { color, width: 0 } },
    {
      ...border,
      y: Array.from(curve.high),
      line: { color, width: 0 },
      fill: "tonexty",
      fillcolor: withAlpha(color, 0.2),
    },
    line,
  ];
}
