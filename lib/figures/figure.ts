import type { PlotlyLayout, PlotlyTrace } from "./plotly.js";

/**
 * A picture as data: what plotly draws interactively and what our own SVG writer draws for readers without a
 * browser's scripts. Pure: the same results give the same figure, byte for byte.
 */
export interface Figure {
  /** The claim that the picture shows, as one plain sentence. */
  readonly title: string;
  /** What a reader who cannot see the picture should know: axes, groups, and what stands out. Plain text. */
  readonly alt: string;
  readonly data: readonly PlotlyTrace[];
  readonly layout: PlotlyLayout;
  /** Pixels. */
  readonly width: number;
  readonly height: number;
}

/** Escapes plain text for plotly's labels, which read a few HTML tags and entities. */
export function plain(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
