import type { ScatterRenderer, ScatterView } from "./scatter-renderer.js";

/** Points on a plain canvas, for browsers without WebGL 2: small squares, written into the picture's bytes. */
export function canvasRenderer(canvas: HTMLCanvasElement): ScatterRenderer {
  const context = canvas.getContext("2d", { alpha: false, willReadFrequently: true })!;
  let points: Float32Array = new Float32Array(0);
  let colors: Uint8Array = new Uint8Array(0);
  return {
    kind: "canvas",
    setPoints(next) {
      points = next;
    },
    setColors(next) {
      colors = next;
    },
    draw(view) {
      const [width, height] = [Math.round(view.width * view.ratio), Math.round(view.height * view.ratio)];
      canvas.width = Math.max(1, width);
      canvas.height = Math.max(1, height);
      const image = context.createImageData(canvas.width, canvas.height);
      const pixels = new Uint32Array(image.data.buffer);
      const [r, g, b] = view.ground;
      pixels.fill(word(r, g, b));
      for (const shown of [0, 255]) splat(pixels, canvas.width, canvas.height, view, points, colors, shown);
      context.putImageData(image, 0, 0);
    },
  };
}

/** Writes the points of one pass into pixels. */
function splat(
  pixels: Uint32Array,
  width: number,
  height: number,
  view: ScatterView,
  points: Float32Array,
  colors: Uint8Array,
  shown: number,
): void {
  const scale = view.scale * view.ratio;
  const side = Math.max(1, Math.round(view.size * view.ratio * 0.85));
  for (let model = 0; 2 * model < points.length; model++) {
    if (colors[4 * model + 3] !== shown) continue;
    const left = Math.round((points[2 * model] - view.x) * scale + width / 2 - side / 2);
    const top = Math.round(height / 2 - (points[2 * model + 1] - view.y) * scale - side / 2);
    if (left < 0 || top < 0 || left + side > width || top + side > height) continue;
    const color = word(colors[4 * model], colors[4 * model + 1], colors[4 * model + 2]);
    for (let y = top; y < top + side; y++) pixels.fill(color, y * width + left, y * width + left + side);
  }
}

/** An opaque pixel, red in the lowest byte. */
const word = (r: number, g: number, b: number): number => ((255 << 24) | (b << 16) | (g << 8) | r) >>> 0;
