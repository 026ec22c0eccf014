import { bounds } from "./geometry.js";
import type { Camera } from "./state.js";

/** The camera that shows all points with some room around them. */
export function fitCamera(points: Float32Array, width: number, height: number): Camera {
  const [left, right, low, high] = bounds(points);
  const room = Math.min(40, Math.min(width, height) / 8);
  const wide = (width - 2 * room) / Math.max(right - left, 1e-9);
  const tall = (height - 2 * room) / Math.max(high - low, 1e-9);
  return { x: (left + right) / 2, y: (low + high) / 2, scale: Math.min(wide, tall, 1e6) };
}

/** The camera after zooming by a factor at a place of the screen, which stays where it is. */
export function zoomAt(camera: Camera, factor: number, dx: number, dy: number): Camera {
  const scale = camera.scale * factor;
  const shift = 1 / camera.scale - 1 / scale;
  return { x: camera.x + dx * shift, y: camera.y - dy * shift, scale };
}

/** Diameter of a point in pixels: smaller the more there are, larger when one looks closer. */
export function pointSize(models: number, zoom: number): number {
  const base = Math.min(9, Math.max(2.2, 10.5 - 1.65 * Math.log10(models + 1)));
  return Math.min(14, base * Math.max(0.8, zoom) ** 0.35);
}
