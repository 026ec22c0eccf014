/** What the points are drawn with. */
export interface ScatterRenderer {
  /** "webgl" or "canvas". */
  readonly kind: string;
  /** [models, 2] in the embedding's units. */
  setPoints(points: Float32Array): void;
  /** [models, 4]: red, green, blue, and 0 where a point is grayed; see pointColors. */
  setColors(colors: Uint8Array): void;
  /** Draws all points at once. */
  draw(view: ScatterView): void;
}

/** Where the points come to lie, in CSS pixels. */
export interface ScatterView {
  readonly width: number;
  readonly height: number;
  /** Device pixels a CSS pixel. */
  readonly ratio: number;
  /** The embedding's place in the middle. */
  readonly x: number;
  readonly y: number;
  /** CSS pixels a unit. */
  readonly scale: number;
  /** Diameter of a point. */
  readonly size: number;
  /** The ground's red, green and blue. */
  readonly ground: readonly [number, number, number];
}
