import type { RandomStream } from "../core/random.js";
import { type Glyph, glyphs } from "./strokes-glyphs.js";

/** How much the handwriting varies; lengths in pixels of a 28 x 28 image, angles in radians. */
const variation = {
  heightMean: 18.5,
  heightSpread: 2.5,
  /** Width over height, as a factor on the glyph. */
  widthLow: 0.8,
  widthHigh: 1.15,
  rotation: 0.2,
  shear: 0.25,
  shift: 2.5,
  /** Standard deviation of each point of the pen's path. */
  jitter: 0.7,
  radiusLow: 0.9,
  radiusHigh: 1.6,
  inkLow: 0.7,
  /** Largest noise of a pixel as a share of full ink; triangular, so a pixel's deviation is this over sqrt(6). */
  noise: 0.15,
} as const;

/** Straight pieces that a curve has between two of its points. */
const piecesPerPoint = 4;

/** From glyph coordinates (hundredths) to pixels: x' = xx x + xy y + x0, y' = yx x + yy y + y0. */
interface Placement {
  readonly xx: number;
  readonly xy: number;
  readonly x0: number;
  readonly yx: number;
  readonly yy: number;
  readonly y0: number;
}

function drawPlacement(rng: RandomStream, size: number): Placement {
  const pixel = size / 28;
  const height = (pixel * (variation.heightMean + variation.heightSpread * rng.uniform(-1, 1))) / 100;
  const width = height * rng.uniform(variation.widthLow, variation.widthHigh);
  const angle = rng.uniform(-variation.rotation, variation.rotation);
  const shear = rng.uniform(-variation.shear, variation.shear);
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const shiftX = pixel * rng.uniform(-variation.shift, variation.shift);
  const shiftY = pixel * rng.uniform(-variation.shift, variation.shift);
  return {
    xx: width * cos,
    xy: height * (-shear * cos - sin),
    x0: size / 2 + shiftX,
    yx: width * sin,
    yy: height * (cos - shear * sin),
    y0: size / 2 + shiftY,
  };
}

/** A pen's path in pixels, drawn into a plane of ink (0..1) by distance to its straight pieces. */
class Pen {
  private x = 0;
  private y = 0;

  constructor(
    private readonly ink: Float32Array,
    private readonly size: number,
    private readonly radius: number,
  ) {}

  moveTo(x: number, y: number): void {
    this.x = x;
    this.y = y;
  }

  /** Draws a straight piece with round ends; a pixel at distance d of it gets clamp(radius + 1/2 - d) ink. */
  lineTo(x: number, y: number): void {
    const { ink, size, x: ax, y: ay } = this;
    const reach = this.radius + 0.5;
    const [dx, dy] = [x - ax, y - ay];
    const inverse = 1 / Math.max(dx * dx + dy * dy, 1e-9);
    const left = Math.max(0, Math.floor(Math.min(ax, x) - reach));
    const right = Math.min(size - 1, Math.ceil(Math.max(ax, x) + reach));
    const top = Math.max(0, Math.floor(Math.min(ay, y) - reach));
    const bottom = Math.min(size - 1, Math.ceil(Math.max(ay, y) + reach));
    for (let row = top; row <= bottom; row++) {
      for (let column = left; column <= right; column++) {
        const px = column + 0.5 - ax;
        const py = row + 0.5 - ay;
        const along = Math.min(1, Math.max(0, (px * dx + py * dy) * inverse));
        const offX = px - along * dx;
        const offY = py - along * dy;
        const square = offX * offX + offY * offY;
        if (square >= reach * reach) continue;
        const amount = Math.min(1, reach - Math.sqrt(square));
        const at = row * size + column;
        if (amount > ink[at]) ink[at] = amount;
      }
    }
    this.moveTo(x, y);
  }

  /** Draws a Catmull-Rom curve through points [x, y, ...]: it passes each, without corners. */
  curve(points: Float64Array): void {
    const last = points.length / 2 - 1;
    for (let i = 0; i < last; i++) {
      const [p, q, r, s] = [Math.max(0, i - 1), i, i + 1, Math.min(last, i + 2)];
      for (let piece = 1; piece <= piecesPerPoint; piece++) {
        const t = piece / piecesPerPoint;
        const x = catmullRom(points[2 * p], points[2 * q], points[2 * r], points[2 * s], t);
        const y = catmullRom(points[2 * p + 1], points[2 * q + 1], points[2 * r + 1], points[2 * s + 1], t);
        this.lineTo(x, y);
      }
    }
  }
}

/** The uniform Catmull-Rom spline between b (t = 0) and c (t = 1); Catmull and Rom 1974. */
function catmullRom(a: number, b: number, c: number, d: number, t: number): number {
  return b + 0.5 * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)));
}

/** Draws one way of writing a digit, each of its points moved a little, into a plane of ink. */
function drawGlyph(glyph: Glyph, rng: RandomStream, ink: Float32Array, size: number): void {
  const place = drawPlacement(rng, size);
  const pixel = size / 28;
  const jitter = variation.jitter * pixel;
  const pen = new Pen(ink, size, pixel * rng.uniform(variation.radiusLow, variation.radiusHigh));
  for (const stroke of glyph) {
    const points = new Float64Array(stroke.points.length);
    for (let i = 0; i < points.length; i += 2) {
      const [x, y] = [stroke.points[i], stroke.points[i + 1]];
      points[i] = place.xx * x + place.xy * y + place.x0 + rng.normal(0, jitter);
      points[i + 1] = place.yx * x + place.yy * y + place.y0 + rng.normal(0, jitter);
    }
    pen.moveTo(points[0], points[1]);
    if (stroke.kind === "curve") pen.curve(points);
    else for (let i = 2; i < points.length; i += 2) pen.lineTo(points[i], points[i + 1]);
  }
}

/**
 * Draws one digit in a random hand: one of its ways of writing; rotated, sheared, scaled and shifted; each point of
 * the pen's path jittered; of random thickness and darkness; with noise on every pixel.
 * @param digit 0..9
 * @param rng the image's own stream
 * @param pixels receives size x size values 0..255 (ink is bright, as in MNIST)
 * @param ink scratch of the same length
 */
export function drawDigit(
  digit: number,
  rng: RandomStream,
  pixels: Uint8Array,
  ink: Float32Array,
  size: number,
): void {
  ink.fill(0);
  drawGlyph(rng.pick(glyphs[digit]), rng, ink, size);
  const darkness = 255 * rng.uniform(variation.inkLow, 1);
  let bits = 0;
  for (let i = 0; i < pixels.length; i++) {
    // The sum of two random bytes is triangular on 0..510: cheaper than a normal deviate, two pixels a draw.
    bits = i % 2 === 0 ? rng.uint32() : bits >>> 16;
    const noise = variation.noise * ((bits & 255) + ((bits >>> 8) & 255) - 255);
    pixels[i] = Math.min(255, Math.max(0, Math.round(darkness * ink[i] + noise)));
  }
}
