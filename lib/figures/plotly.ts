/**
 * The part of plotly's figure format that our figures use, written down structurally so that neither plotly's types
 * nor its code are needed to make one. Both plotly and our SVG writer (static.ts) draw exactly this part.
 */

/** Coordinates; null (or NaN) makes a gap. Text stands on a category axis. */
export type PlotlyArray = ArrayLike<number> | readonly (number | null)[] | readonly string[];

/** Stops from 0 to 1 with colours as #rrggbb. */
export type ColorScale = readonly (readonly [number, string])[];

export interface PlotlyFont {
  readonly family?: string;
  readonly size?: number;
  readonly color?: string;
  readonly weight?: number;
}

export interface PlotlyLine {
  readonly color?: string;
  readonly width?: number;
  /** Pixels drawn and left out, e.g. "6px,4px". */
  readonly dash?: string;
}

export interface PlotlyMarker {
  /** One colour, or numbers that `coloraxis` turns into colours. */
  readonly color?: string | readonly number[];
  readonly coloraxis?: "coloraxis";
  /** Diameter(s) in pixels. */
  readonly size?: number | readonly number[];
  readonly opacity?: number;
  readonly symbol?: "circle" | "square" | "diamond" | "circle-open";
  readonly line?: PlotlyLine;
}

export interface PlotlyErrorBars {
  readonly type: "data";
  readonly symmetric: false;
  /** Lengths upwards from the point. */
  readonly array: readonly (number | null)[];
  /** Lengths downwards from the point. */
  readonly arrayminus: readonly (number | null)[];
  readonly color?: string;
  readonly thickness?: number;
  readonly width?: number;
}

export interface TraceBase {
  readonly name?: string;
  readonly xaxis?: string;
  readonly yaxis?: string;
  readonly showlegend?: boolean;
  readonly legendgroup?: string;
  readonly hovertemplate?: string;
  readonly hoverinfo?: "skip";
  readonly opacity?: number;
}

export interface ScatterTrace extends TraceBase {
  readonly type: "scatter" | "scattergl";
  readonly mode: "lines" | "markers" | "lines+markers";
  readonly x: PlotlyArray;
  readonly y: PlotlyArray;
  readonly customdata?: readonly (number | string)[] | readonly (readonly number[])[];
  readonly marker?: PlotlyMarker;
  readonly line?: PlotlyLine;
  readonly fill?: "tonexty" | "tozeroy" | "toself";
  readonly fillcolor?: string;
  readonly error_y?: PlotlyErrorBars;
}

export interface BarTrace extends TraceBase {
  readonly type: "bar";
  readonly x: PlotlyArray;
  readonly y: PlotlyArray;
  /** Of every bar, in units of the x axis. */
  readonly width?: number;
  readonly marker?: PlotlyMarker;
  readonly error_y?: PlotlyErrorBars;
}

export interface HeatmapTrace extends TraceBase {
  readonly type: "heatmap";
  /** Rows from the bottom (unless the y axis is reversed); null where nothing is drawn. */
  readonly z: readonly (readonly (number | null)[])[];
  /** Centres of the columns; 0, 1, 2 ... when left out. */
  readonly x?: PlotlyArray;
  readonly y?: PlotlyArray;
  readonly coloraxis?: "coloraxis";
  readonly colorscale?: ColorScale;
  readonly zmin?: number;
  readonly zmax?: number;
  readonly showscale?: boolean;
}

export type PlotlyTrace = ScatterTrace | BarTrace | HeatmapTrace;

export interface PlotlyAxis {
  readonly type?: "linear" | "log" | "category";
  readonly title?: { readonly text: string; readonly font?: PlotlyFont; readonly standoff?: number };
  /** Share of the plotting area, 0..1. */
  readonly domain?: readonly [number, number];
  /** In axis units; powers of ten for "log"; reversed when the first is larger. */
  readonly range?: readonly [number, number];
  readonly anchor?: string;
  readonly matches?: string;
  readonly categoryarray?: readonly string[];
  readonly tickvals?: readonly (number | string)[];
  readonly ticktext?: readonly string[];
  readonly nticks?: number;
  readonly tickformat?: string;
  readonly tickangle?: number;
  readonly showgrid?: boolean;
  readonly showticklabels?: boolean;
  readonly showline?: boolean;
  readonly zeroline?: boolean;
  readonly visible?: boolean;
  readonly ticks?: "outside" | "";
  readonly ticklen?: number;
  readonly tickfont?: PlotlyFont;
  readonly gridcolor?: string;
  readonly linecolor?: string;
  readonly tickcolor?: string;
  readonly constrain?: "domain";
  readonly scaleanchor?: string;
  readonly separatethousands?: boolean;
  readonly exponentformat?: "none" | "power";
}

export interface PlotlyAnnotation {
  readonly text: string;
  readonly x: number | string;
  readonly y: number;
  /** "paper", or an axis as "x", "x2" ... */
  readonly xref: string;
  readonly yref: string;
  readonly xanchor?: "left" | "center" | "right";
  readonly yanchor?: "top" | "middle" | "bottom";
  readonly xshift?: number;
  readonly yshift?: number;
  readonly showarrow: false;
  readonly align?: "left" | "center" | "right";
  readonly textangle?: number;
  readonly font?: PlotlyFont;
  /** Behind the text. */
  readonly bgcolor?: string;
}

export interface PlotlyShape {
  readonly type: "line" | "rect";
  readonly x0: number;
  readonly x1: number;
  readonly y0: number;
  readonly y1: number;
  readonly xref: string;
  readonly yref: string;
  readonly line?: PlotlyLine;
  readonly fillcolor?: string;
  readonly opacity?: number;
  readonly layer?: "above" | "below";
}

export interface PlotlyColorAxis {
  readonly colorscale: ColorScale;
  readonly cmin: number;
  readonly cmax: number;
  readonly showscale?: boolean;
  readonly colorbar?: {
    readonly title?: { readonly text: string; readonly side?: "right" | "top"; readonly font?: PlotlyFont };
    readonly x?: number;
    readonly thickness?: number;
    readonly len?: number;
    readonly outlinewidth?: number;
    readonly tickvals?: readonly number[];
    readonly ticktext?: readonly string[];
    readonly tickformat?: string;
    readonly tickfont?: PlotlyFont;
    readonly ticks?: "outside" | "";
  };
}

export interface PlotlyLegend {
  readonly x?: number;
  readonly y?: number;
  readonly xanchor?: "left" | "right";
  readonly yanchor?: "top" | "bottom" | "middle";
  readonly orientation?: "v" | "h";
  readonly title?: { readonly text: string; readonly font?: PlotlyFont };
  readonly font?: PlotlyFont;
  readonly traceorder?: "normal" | "grouped";
  readonly tracegroupgap?: number;
  readonly itemsizing?: "constant" | "trace";
}

export interface PlotlyLayout {
  readonly width: number;
  readonly height: number;
  readonly margin: { readonly l: number; readonly r: number; readonly t: number; readonly b: number };
  readonly font?: PlotlyFont;
  readonly showlegend?: boolean;
  readonly legend?: PlotlyLegend;
  readonly barmode?: "overlay" | "group";
  readonly bargap?: number;
  readonly hovermode?: "closest" | "x unified" | false;
  readonly paper_bgcolor?: string;
  readonly plot_bgcolor?: string;
  readonly annotations?: readonly PlotlyAnnotation[];
  readonly shapes?: readonly PlotlyShape[];
  readonly coloraxis?: PlotlyColorAxis;
  readonly [axis: `xaxis${string}`]: PlotlyAxis | undefined;
  readonly [axis: `yaxis${string}`]: PlotlyAxis | undefined;
}
