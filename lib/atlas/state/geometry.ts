import { type Members, membersOf } from "./members.js";

/** Corners of a polygon: x0, y0, x1, y1, ... in the embedding's units. */
export type Polygon = ArrayLike<number>;

/** Models whose points lie inside a polygon, by the even-odd rule. */
export function insidePolygon(points: Float32Array, polygon: Polygon): Members {
  const [left, right, low, high] = bounds(polygon);
  const mask = new Uint8Array(points.length / 2);
  for (let model = 0; model < mask.length; model++) {
    const x = points[2 * model];
    const y = points[2 * model + 1];
    if (x < left || x > right || y < low || y > high) continue;
    mask[model] = isInside(x, y, polygon) ? 1 : 0;
  }
  return membersOf(mask);
}

function isInside(x: number, y: number, polygon: Polygon): boolean {
  let inside = false;
  const { length } = polygon;
  for (let i = 0, j = length - 2; i < length; j = i, i += 2) {
    const [yi, yj] = [polygon[i + 1], polygon[j + 1]];
    if (yi > y !== yj > y && x < ((polygon[j] - polygon[i]) * (y - yi)) / (yj - yi) + polygon[i]) {
      inside = !inside;
    }
  }
  return inside;
}

/** Least and greatest x, least and greatest y of x0, y0, x1, y1, ... */
export function bounds(places: ArrayLike<number>): [number, number, number, number] {
  const box: [number, number, number, number] = [Infinity, -Infinity, Infinity, -Infinity];
  for (let i = 0; i < places.length; i += 2) {
    box[0] = Math.min(box[0], places[i]);
    box[1] = Math.max(box[1], places[i]);
    box[2] = Math.min(box[2], places[i + 1]);
    box[3] = Math.max(box[3], places[i + 1]);
  }
  return box;
}

/** The corners of a box between two opposite ones. */
export function boxPolygon(x0: number, y0: number, x1: number, y1: number): number[] {
  return [x0, y0, x1, y0, x1, y1, x0, y1];
}

/** The model nearest to a place, if it is within `reach`. */
export function nearestPoint(points: Float32Array, x: number, y: number, reach: number): number | undefined {
  let best: number | undefined;
  let least = reach * reach;
  for (let model = 0; 2 * model < points.length; model++) {
    const distance = (points[2 * model] - x) ** 2 + (points[2 * model + 1] - y) ** 2;
    if (distance <= least) {
      least = distance;
      best = model;
    }
  }
  return best;
}

/**
 * The next model in a direction: the nearest within 45 degrees of it, so that repeated steps lead across the plane.
 * @param direction (1, 0), (-1, 0), (0, 1) or (0, -1)
 */
export function nextPoint(
  points: Float32Array,
  from: number,
  [dx, dy]: readonly [number, number],
): number | undefined {
  let best: number | undefined;
  let least = Infinity;
  for (let model = 0; 2 * model < points.length; model++) {
    const x = points[2 * model] - points[2 * from];
    const y = points[2 * model + 1] - points[2 * from + 1];
    const along = x * dx + y * dy;
    const across = Math.abs(x * dy - y * dx);
    if (along <= 0 || across > along) continue;
    const distance = along * along + 4 * across * across;
    if (distance < least) {
      least = distance;
      best = model;
    }
  }
  return best;
}

/** The places of some models on average. */
export function middleOf(points: Float32Array, models: ArrayLike<number>): [number, number] {
  let [x, y] = [0, 0];
  for (let i = 0; i < models.length; i++) {
    x += points[2 * models[i]];
    y += points[2 * models[i] + 1];
  }
  return [x / models.length, y / models.length];
}
