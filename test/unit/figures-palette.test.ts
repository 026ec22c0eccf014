import { describe, expect, test } from "vitest";
import { parseColor } from "#lib/figures/color.js";
import {
  categoryPalette,
  continuousScale,
  cycleLength,
  divergingScale,
  modelColor,
} from "#lib/figures/style.js";

type Triple = [number, number, number];

const linear = (hex: string): Triple =>
  parseColor(hex).rgb.map((v) => {
    const c = v / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  }) as Triple;

const times = (m: readonly Triple[], v: Triple): Triple =>
  m.map((row) => row[0] * v[0] + row[1] * v[1] + row[2] * v[2]) as Triple;

/** Full dichromacy in linear RGB (Machado, Oliveira and Fernandes 2009, severity 1). */
const visions: Record<string, readonly Triple[]> = {
  normal: [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
  protanopia: [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
  deuteranopia: [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
}; // biome-ignore format: matrices

/** CIE L*a*b* (D65) of linear RGB. */
function lab(rgb: Triple): Triple {
  const clamped = rgb.map((v) => Math.min(1, Math.max(0, v))) as Triple;
  const xyz = times([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]], clamped); // biome-ignore format: a matrix
  const [x, y, z] = [xyz[0] / 0.95047, xyz[1], xyz[2] / 1.08883].map((t) =>
    t > 0.008856 ? Math.cbrt(t) : 7.787 * t + 16 / 116,
  );
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

function seen(hex: string, vision: string): Triple {
  return lab(times(visions[vision], linear(hex)));
}

const distance = (a: Triple, b: Triple) => Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);

describe.each(Object.keys(visions))("colours under %s", (vision) => {
  test("any two of the eight categories are at least 15 units of L*a*b* apart", () => {
    const colors = categoryPalette.map((color) => seen(color, vision));
    const distances = colors.flatMap((a, i) => colors.slice(i + 1).map((b) => distance(a, b)));
    expect(distances.length).toBe(28);
    expect(Math.min(...distances)).toBeGreaterThan(15);
  });

  test("the continuous scale grows lighter at every step", () => {
    const lightness = continuousScale.map(([, color]) => seen(color, vision)[0]);
    for (let i = 1; i < lightness.length; i++) expect(lightness[i]).toBeGreaterThan(lightness[i - 1] + 2);
  });

  test("the diverging scale is lightest in its middle and its two sides differ at every distance from it", () => {
    const colors = divergingScale.map(([, color]) => seen(color, vision));
    expect(colors.map(([lightness]) => lightness).indexOf(Math.max(...colors.map(([l]) => l)))).toBe(3);
    for (const away of [1, 2, 3]) {
      for (const side of [-1, 1]) {
        expect(colors[3 + side * away][0]).toBeLessThan(colors[3 + side * (away - 1)][0] - 5);
      }
      expect(distance(colors[3 - away], colors[3 + away])).toBeGreaterThan(15);
    }
  });

  test("models that follow each other in the cycle differ", () => {
    for (let model = 0; model < cycleLength; model++) {
      expect(distance(seen(modelColor(model), vision), seen(modelColor(model + 1), vision))).toBeGreaterThan(
        12,
      );
    }
  });
});

test("the cycle's colours are all different and readable on white", () => {
  const colors = Array.from({ length: cycleLength }, (_, i) => modelColor(i));
  expect(new Set(colors).size).toBe(cycleLength);
  for (const color of colors) expect(seen(color, "normal")[0]).toBeLessThan(75);
});
