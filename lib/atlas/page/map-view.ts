import { parseColor } from "../../figures/color.js";
import { fitCamera, pointSize } from "../state/camera.js";
import type { Camera } from "../state/state.js";
import { currentTheme, pointColors, type Theme } from "./colors.js";
import { h, oncePerFrame } from "./dom.js";
import { drawOverlay, type Trace } from "./map-overlay.js";
import { canvasRenderer } from "./scatter-canvas.js";
import type { ScatterRenderer } from "./scatter-renderer.js";
import { webglRenderer } from "./scatter-webgl.js";
import type { Store } from "./store.js";

/** What dragging on the map does. */
export type Tool = "pan" | "lasso" | "box";

/** The map of models: the points, and above them what belongs to the hand: traces, rings, letters, guests. */
export class MapView {
  readonly element: HTMLElement;
  /** Takes pointer and keys. */
  readonly surface: HTMLCanvasElement;
  tool: Tool = "lasso";
  /** The line that the hand is drawing. */
  trace: Trace | undefined;
  /** The model under the pointer. */
  hovered: number | undefined;
  width = 0;
  height = 0;
  private theme: Theme = currentTheme();
  private readonly renderer: ScatterRenderer;
  private readonly ask: () => void;
  private points: Float32Array | undefined;
  private wasBlank = false;
  private fitted: Camera = { x: 0, y: 0, scale: 1 };

  constructor(private readonly store: Store) {
    const canvas = h("canvas", { className: "points" });
    const webgl = webglRenderer(canvas);
    // A canvas that was asked for WebGL gives nothing else.
    const plain = webgl ? undefined : h("canvas", { className: "points" });
    this.renderer = webgl ?? canvasRenderer(plain!);
    this.surface = h("canvas", {
      className: "surface",
      tabIndex: 0,
      role: "application",
      "aria-label": "Map of models",
      "aria-roledescription": "map",
      "aria-describedby": "map-help",
    });
    this.element = h("div", { className: "plane" }, plain ?? canvas, this.surface);
    this.element.dataset.renderer = this.renderer.kind;
    this.ask = oncePerFrame(() => this.draw());
    new ResizeObserver(() => this.resize()).observe(this.element);
    store.onChange((before) => {
      const { state } = store;
      const recolored =
        state.color !== before.color ||
        state.isNormalized !== before.isNormalized ||
        state.picked !== before.picked ||
        state.brushes !== before.brushes;
      if (recolored) this.recolor();
      this.ask();
    });
  }

  /** Where the camera stands now. */
  get camera(): Camera {
    return this.store.state.camera ?? this.fitted;
  }

  /** Takes the theme's colours anew. */
  retheme(): void {
    this.theme = currentTheme();
    this.recolor();
    this.ask();
  }

  /** Draws in the next frame. */
  redraw(): void {
    this.ask();
  }

  /** A place of the embedding in pixels from the map's upper left corner. */
  toScreen(x: number, y: number): [number, number] {
    const { camera, width, height } = this;
    return [width / 2 + (x - camera.x) * camera.scale, height / 2 - (y - camera.y) * camera.scale];
  }

  /** The place of the embedding at a pixel. */
  toPlane(left: number, top: number): [number, number] {
    const { camera, width, height } = this;
    return [camera.x + (left - width / 2) / camera.scale, camera.y - (top - height / 2) / camera.scale];
  }

  /** Moves the camera so that a model can be seen, if it cannot. */
  reveal(model: number): void {
    const { points } = this.store;
    const [left, top] = this.toScreen(points[2 * model], points[2 * model + 1]);
    if (left > 10 && top > 10 && left < this.width - 10 && top < this.height - 10) return;
    const [x, y] = [points[2 * model], points[2 * model + 1]];
    this.store.amend({ camera: { ...this.camera, x, y } });
  }

  /** Diameter of a point in pixels. */
  get size(): number {
    return pointSize(this.store.data.models, this.camera.scale / this.fitted.scale);
  }

  /** Draws everything now. */
  draw(): void {
    const { store, width, height } = this;
    if (width === 0) return;
    if (this.points !== store.points) {
      this.points = store.points;
      this.renderer.setPoints(this.points);
      this.fitted = fitCamera(this.points, width, height);
    }
    const { x, y, scale } = this.camera;
    const ratio = window.devicePixelRatio || 1;
    const ground = parseColor(this.theme.paper).rgb;
    this.renderer.draw({ width, height, ratio, x, y, scale, size: this.size, ground });
    // A layer that stays empty costs nothing while the map is moved.
    const isBlank = this.isBlank();
    if (!isBlank || !this.wasBlank) drawOverlay(this, store, this.theme);
    this.wasBlank = isBlank;
  }

  /** Whether nothing stands above the points. */
  private isBlank(): boolean {
    const { guests, state } = this.store;
    const marked = state.focus !== undefined || this.hovered !== undefined || this.trace !== undefined;
    return !marked && guests.length === 0 && state.saved.length === 0;
  }

  private recolor(): void {
    const { coloring, mask, selection, state } = this.store;
    // Brushes that leave nothing select nothing: then all points are gray.
    const hasSelection = selection.length > 0 || Object.keys(state.brushes).length > 0;
    this.renderer.setColors(pointColors(coloring, mask, hasSelection, this.theme));
  }

  private resize(): void {
    const { width, height } = this.element.getBoundingClientRect();
    if (width === 0 || (width === this.width && height === this.height)) return;
    [this.width, this.height] = [width, height];
    if (!this.points) this.recolor();
    else this.fitted = fitCamera(this.points, width, height);
    this.draw();
  }
}
