import { readFileSync } from "node:fs";

import { expect, test } from "vitest";
import { takeLanes } from "#lib/compute/lanes.js";
import { activate } from "#lib/networks/activate.js";
import { activations } from "#lib/networks/shapes.js";

test("activations and their kept slopes are accurate, keep NaN and saturate", () => {
  const module = takeLanes();
  const points = Float32Array.from({ length: 40_000 }, (_, i) => {
    const size = Math.exp(-16 + (20.4 * i) / 40_000);
    return i % 2 ? size : -size;
  });
  const values = module.allocate(4 * points.length);
  const special = Float32Array.of(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0);
  const slopes = module.allocate(4 * points.length);
  // GELU's tail is a product of exponentials: rounding x^2 / 2 alone costs that much.
  const limit = (name: string, x: number) =>
    name === "gelu" ? 6e-7 + 5e-8 * x * x : name === "elu" || name === "silu" ? 6e-7 : 4e-7;
  activations.forEach((name, kind) => {
    module.floats(values, points.length).set(points);
    module.kernel.activate(kind, values, 4 * points.length, slopes);
    const exact = activate(name);
    const derivatives = module.floats(slopes, points.length);
    module.floats(values, points.length).forEach((value, i) => {
      const expected = exact(points[i]);
      if (Math.abs(points[i]) < 9) {
        const error = Math.abs(value - expected) / Math.max(Math.abs(expected), 1e-30);
        if (!(error < limit(name, points[i])))
          expect.fail(`${name}(${points[i]}) is ${value}, not ${expected}`);
      }
      if (Math.abs(points[i]) < 1e-3) return;
      const step = 1e-5;
      const slope = (exact(points[i] + step) - exact(points[i] - step)) / (2 * step);
      if (!(Math.abs(derivatives[i] - slope) < 2e-6))
        expect.fail(`${name}'(${points[i]}) is ${derivatives[i]}, not ${slope}`);
    });
    module.floats(values, 4).set(special);
    module.kernel.activate(kind, values, 16, 0);
    const [nan, high, low, zero] = module.floats(values, 4);
    const bounded = name === "sigmoid" || name === "tanh";
    const lowest = {
      sigmoid: 0,
      tanh: -1,
      relu: 0,
      "leaky-relu": Number.NEGATIVE_INFINITY,
      elu: -1,
      gelu: 0,
      silu: 0,
    };
    expect(nan, name).toBeNaN();
    expect(high, name).toBe(bounded ? 1 : Number.POSITIVE_INFINITY);
    // Where x times a vanishing share is not a number at minus infinity, a model has diverged anyway.
    if (name !== "gelu" && name !== "silu") expect(low, name).toBeCloseTo(lowest[name]);
    expect(zero, name).toBeCloseTo(name === "sigmoid" ? 0.5 : 0);
  });
});

test("the module brings no data of its own into memory", () => {
  const bytes = readFileSync("dist/compute/assembly/lanes.wasm");
  const sections: number[] = [];
  for (let at = 8; at < bytes.length; ) {
    sections.push(bytes[at++]);
    let size = 0;
    for (let shift = 0, more = true; more; shift += 7) {
      size |= (bytes[at] & 127) << shift;
      more = bytes[at++] > 127;
    }
    at += size;
  }
  expect(sections).toContain(10);
  // Section 11 would hold data segments.
  expect(sections).not.toContain(11);
});
