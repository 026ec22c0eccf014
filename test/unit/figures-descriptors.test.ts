import { describe, expect, test } from "vitest";
import {
  descriptorFigure,
  type Figure,
  groupedBars,
  parallelCoordinates,
  renderSvg,
} from "#lib/figures/index.js";
import type { BarTrace, HeatmapTrace, ScatterTrace } from "#lib/figures/plotly.js";

const ofType = <T>(figure: Figure, type: string) => figure.data.filter((trace) => trace.type === type) as T[];

describe("groupedBars", () => {
  const options = { title: "Bars", groups: ["MI-WD", "raw"], series: ["64", "256"], seriesKey: "dimensions" };
  const panels = ["activation", "initialiser"].map((name, i) => ({
    name,
    baseline: 25,
    values: [
      [
        { value: 40 + i, deviation: 2 },
        { value: 60, deviation: 3 },
      ],
      [{ value: 30 }, null],
    ],
  }));

  test("draws a bar for each value, with its error bar, side by side", () => {
    const figure = groupedBars(panels, options);
    const bars = ofType<BarTrace>(figure, "bar");
    expect(bars.map(({ y }) => y)).toEqual([[40, 30], [60], [41, 30], [60]]);
    expect(bars[0].error_y?.array).toEqual([2, null]);
    expect(Number(bars[1].x[0]) - Number(bars[0].x[0])).toBeCloseTo(0.39, 10);
    expect(bars.filter(({ showlegend }) => showlegend).map(({ name }) => name)).toEqual(["64", "256"]);
    expect(figure.layout.shapes).toHaveLength(2);
    expect(figure.alt).toMatch(/activation: MI-WD 40.0 \(64\), 60.0 \(256\); raw 30.0 \(64\)/);
    expect(renderSvg(figure)).toContain("initialiser");
  });

  test("refuses values of another shape, and no panels", () => {
    const ragged = [{ name: "activation", values: [[null, null]] }];
    expect(() => groupedBars(ragged, options)).toThrow(/"activation": the values are not 2 groups of 2 bars/);
    expect(() => groupedBars([], options)).toThrow(expect.objectContaining({ code: "figure/empty" }));
  });
});

describe("descriptorFigure", () => {
  const values = Float32Array.from({ length: 16 }, (_, i) => (i % 4 === Math.floor(i / 4) ? 0.81 : 0.04));

  test("has rows of histograms above a colour map, the first window on top", () => {
    const figure = descriptorFigure([{ name: "one", values }], { title: "Descriptor", range: [-2, 2] });
    const [map] = ofType<HeatmapTrace>(figure, "heatmap");
    expect(map.z.map((row) => row.map((value) => Number(value!.toFixed(3))))).toEqual([
      [0.9, 0.2, 0.2, 0.2],
      [0.2, 0.9, 0.2, 0.2],
      [0.2, 0.2, 0.9, 0.2],
      [0.2, 0.2, 0.2, 0.9],
    ]);
    expect(map.x).toEqual([-1.5, -0.5, 0.5, 1.5]);
    const [rows] = ofType<ScatterTrace>(figure, "scatter");
    expect(rows.y).toHaveLength(20);
    // The tallest bin of the first window is three windows high.
    expect(rows.y[0]).toBeCloseTo(-3, 6);
    const axis = figure.layout.yaxis2!.range!;
    expect(axis[0]).toBeGreaterThan(axis[1]);
    expect(renderSvg(figure)).toContain("one");
  });

  test("of many windows and no histograms is colour maps alone; shapes must be equal", () => {
    const panels = ["a", "b", "c", "d", "e"].map((name) => ({ name, values }));
    const figure = descriptorFigure(panels, { title: "Maps", windows: 2, histograms: false });
    expect(ofType(figure, "heatmap")).toHaveLength(5);
    expect(ofType(figure, "scatter")).toHaveLength(0);
    const odd = [...panels, { name: "odd", values: [1, 2] }];
    expect(() => descriptorFigure(odd, { title: "Maps" })).toThrow(/"odd": 2 values are not 4 windows of 4/);
    expect(() => descriptorFigure([], { title: "" })).toThrow(
      expect.objectContaining({ code: "figure/empty" }),
    );
  });
});

describe("parallelCoordinates", () => {
  const color = [0, 0.5, 1];
  const axes = [
    { name: "rate", column: Float64Array.of(1, 2, 3) },
    { name: "init", column: ["normal", "constant", "normal"], values: ["constant", "normal", "uniform"] },
  ];

  test("draws each model as a line across the axes, coloured", () => {
    const figure = parallelCoordinates(axes, { title: "Models", color });
    const lines = ofType<ScatterTrace>(figure, "scatter");
    expect(lines).toHaveLength(3);
    expect(new Set(lines.map(({ line }) => line?.color)).size).toBe(3);
    expect(lines.map(({ y }) => y[0])).toEqual([0, 0.5, 1]);
    // Words stand near their place, and not on each other's.
    expect(Math.abs(Number(lines[0].y[1]) - 0.5)).toBeLessThan(0.1);
    expect(Math.abs(Number(lines[1].y[1]) - 0)).toBeLessThan(0.1);
    expect(lines[0].y[1]).not.toBe(lines[2].y[1]);
    expect(renderSvg(figure)).toContain("uniform");
  });

  test("keeps the ends of a library's numbers, and refuses unknown words and ragged columns", () => {
    const wide = [{ name: "rate", column: [2, 3], values: [0, 4] as const }];
    const [line] = ofType<ScatterTrace>(parallelCoordinates(wide, { title: "", color: [0, 0] }), "scatter");
    expect([...Array.from(line.y as number[])]).toEqual([0.5, null, 0.75, null]);
    const unknown = [{ name: "init", column: ["he"], values: ["normal"] }];
    expect(() => parallelCoordinates(unknown, { title: "", color: [0] })).toThrow(
      /"he", which is none of normal/,
    );
    expect(() => parallelCoordinates(axes, { title: "", color: [0] })).toThrow(/"rate" has 3 values for 1/);
  });
});
