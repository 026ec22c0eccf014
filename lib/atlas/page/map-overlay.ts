import { middleOf } from "../state/geometry.js";
import { placeOf } from "../weights/place.js";
import type { Theme } from "./colors.js";
import { fitCanvas } from "./dom.js";
import type { Store } from "./store.js";

/** A line that is being drawn, in the embedding's units: x0, y0, x1, y1, ... */
export interface Trace {
  readonly corners: readonly number[];
}

/** What the overlay needs of the map. */
export interface OverlayPlane {
  readonly surface: HTMLCanvasElement;
  readonly width: number;
  readonly height: number;
  /** Diameter of a point in pixels. */
  readonly size: number;
  readonly hovered: number | undefined;
  readonly trace: Trace | undefined;
  toScreen(x: number, y: number): [number, number];
}

/** Draws what stands above the points. */
export function drawOverlay(map: OverlayPlane, store: Store, theme: Theme): void {
  const context = fitCanvas(map.surface, map.width, map.height);
  context.clearRect(0, 0, map.width, map.height);
  context.font = "600 13px system-ui, 'DejaVu Sans', sans-serif";
  context.textAlign = "center";
  context.textBaseline = "middle";
  const { points, state } = store;
  const at = (model: number) => map.toScreen(points[2 * model], points[2 * model + 1]);
  for (const { name, members } of state.saved) {
    if (members.length > 0) label(context, map.toScreen(...middleOf(points, members)), name, theme);
  }
  if (map.hovered !== undefined) ring(context, at(map.hovered), map.size / 2 + 3, theme.quiet, 1.5);
  if (state.focus !== undefined) {
    ring(context, at(state.focus), map.size / 2 + 5, theme.paper, 5);
    ring(context, at(state.focus), map.size / 2 + 5, theme.ink, 2);
  }
  for (const guest of store.guests)
    diamond(context, map.toScreen(...placeOf(guest, points)), guest.name, theme);
  if (map.trace) traceLine(context, map, map.trace, theme);
}

function ring(
  context: CanvasRenderingContext2D,
  [x, y]: readonly [number, number],
  radius: number,
  color: string,
  width: number,
): void {
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.strokeStyle = color;
  context.lineWidth = width;
  context.stroke();
}

/** Words with a rim in the ground's colour, so that they can be read above points. */
function label(
  context: CanvasRenderingContext2D,
  [x, y]: readonly [number, number],
  text: string,
  theme: Theme,
): void {
  context.lineWidth = 4;
  context.lineJoin = "round";
  context.strokeStyle = theme.paper;
  context.strokeText(text, x, y);
  context.fillStyle = theme.ink;
  context.fillText(text, x, y);
}

function diamond(
  context: CanvasRenderingContext2D,
  [x, y]: readonly [number, number],
  name: string,
  theme: Theme,
): void {
  context.beginPath();
  for (const [dx, dy] of [[0, -9], [9, 0], [0, 9], [-9, 0]]) context.lineTo(x + dx, y + dy); // biome-ignore format: corners
  context.closePath();
  context.fillStyle = theme.link;
  context.fill();
  context.strokeStyle = theme.paper;
  context.lineWidth = 2;
  context.stroke();
  label(context, [x, y - 20], name, theme);
}

function traceLine(
  context: CanvasRenderingContext2D,
  map: OverlayPlane,
  { corners }: Trace,
  theme: Theme,
): void {
  context.beginPath();
  for (let i = 0; i < corners.length; i += 2) context.lineTo(...map.toScreen(corners[i], corners[i + 1]));
  context.closePath();
  context.globalAlpha = 0.12;
  context.fillStyle = theme.link;
  context.fill();
  context.globalAlpha = 1;
  context.strokeStyle = theme.link;
  context.lineWidth = 1.5;
  context.setLineDash([5, 3]);
  context.stroke();
  context.setLineDash([]);
}
