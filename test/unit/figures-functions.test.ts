import { describe, expect, test } from "vitest";
import {
  dendrogramFigure,
  embeddingScatter,
  histogramFigure,
  imageGrid,
  learningCurves,
  meanDeviationScatter,
  spaceCurves,
} from "#lib/figures/index.js";
import type { BarTrace, HeatmapTrace, ScatterTrace } from "#lib/figures/plotly.js";
import { cycleLength } from "#lib/figures/style.js";
import { measured, published, tree, walks } from "../helpers/figures.js";

describe("figures of trajectories", () => {
  test("each trajectory is drawn in the order of its epochs, whatever the order of the rows", () => {
    const figure = embeddingScatter({
      x: [3, 1, 2, 9],
      y: [0, 0, 0, 0],
      model: [0, 0, 0, 1],
      epoch: [3, 1, 2, 1],
    });
    const [first, second] = figure.data as ScatterTrace[];
    expect(first.x).toEqual([1, 2, 3]);
    expect(second.x).toEqual([9]);
  });

  test("the last epoch of every model has a mark of its own", () => {
    const { data } = embeddingScatter(walks(60, 10)) as { data: readonly ScatterTrace[] };
    const marks = data.filter((trace) => trace.mode === "markers");
    expect(marks.reduce((sum, trace) => sum + trace.x.length, 0)).toBe(60);
  });

  test("a few models get a legend, many share a cycle of colours", () => {
    expect(embeddingScatter(walks(8, 3)).layout.showlegend).toBe(true);
    const many = embeddingScatter(walks(100, 3));
    expect(many.layout.showlegend).toBe(false);
    expect(many.data.filter((trace) => "mode" in trace && trace.mode === "lines+markers").length).toBe(
      cycleLength,
    );
  });

  test("columns of different lengths are refused", () => {
    expect(() => embeddingScatter({ x: [1], y: [1, 2], model: [0], epoch: [1] })).toThrow(/equal length/);
  });

  test("misspelt options are refused", () => {
    expect(() => embeddingScatter(walks(2, 2), { titel: "x" } as object)).toThrow(/no option "titel"/);
  });
});

describe("dendrograms", () => {
  test("a link is an upside-down U from its parts to its height", () => {
    const figure = dendrogramFigure({
      links: [{ x0: 0, x1: 1, y0: 0, y1: 0.2, height: 0.5, model: 3, cluster: 0 }],
      leaves: [
        { index: 1, model: 3, epoch: 1, size: 1 },
        { index: 2, model: 3, epoch: 2, size: 1 },
      ],
    });
    const [trace] = figure.data as ScatterTrace[];
    expect([trace.x, trace.y]).toEqual([
      [0, 0, 1, 1],
      [0, 0.5, 0.5, 0.2],
    ]);
  });

  test("links between models are gray and the cut is a line across", () => {
    const figure = dendrogramFigure(tree(5, 10));
    const traces = figure.data as ScatterTrace[];
    expect(traces.map((trace) => trace.name)).toContain("between models");
    expect(new Set(traces.map((trace) => trace.line?.color)).size).toBe(6);
    expect(figure.layout.shapes?.[0]).toMatchObject({ y0: 1, y1: 1 });
  });

  test("merges too small to be seen beside those between models get a logarithmic scale, which is said", () => {
    const low = tree(3, 10);
    const links = low.links.map((link) =>
      link.model === null ? link : { ...link, y0: link.y0 / 50, y1: link.y1 / 50, height: link.height / 50 },
    );
    const figure = dendrogramFigure({ ...low, links });
    expect(figure.layout.yaxis).toMatchObject({ type: "log" });
    expect(figure.layout.yaxis?.title?.text).toContain("log scale");
    const heights = (figure.data as ScatterTrace[]).flatMap((trace) =>
      Array.from(trace.y as (number | null)[]),
    );
    expect(Math.min(...heights.map((height) => height ?? 1))).toBeGreaterThan(0);
    // Plotly reads an annotation's place on such an axis as a power of ten, and a shape's as it is.
    expect(figure.layout.annotations?.at(-1)).toMatchObject({ text: "cut", y: 0 });
    expect(figure.layout.shapes?.[0]).toMatchObject({ y0: 1 });
    expect(dendrogramFigure(low).layout.yaxis?.type).toBeUndefined();
    expect(dendrogramFigure(low, { scale: "log" }).layout.yaxis?.type).toBe("log");
  });

  test("models stand in the legend in their order, whatever the order of the leaves", () => {
    const one = tree(3, 4);
    const figure = dendrogramFigure({
      ...one,
      links: [...one.links].reverse(),
      leaves: [...one.leaves].reverse(),
    });
    expect(figure.data.map((trace) => trace.name)).toEqual([
      "model 0",
      "model 1",
      "model 2",
      "between models",
    ]);
  });

  test("a detail of one model names the epoch of every leaf", () => {
    const figure = dendrogramFigure(tree(1, 30));
    expect(figure.layout.xaxis?.ticktext).toEqual(Array.from({ length: 30 }, (_, i) => String(i + 1)));
  });

  test("of a very large tree each cluster keeps its highest links, and the subtitle says so", () => {
    const whole = tree(100, 50);
    const figure = dendrogramFigure(whole, { maxLinks: 600 });
    const points = (figure.data as ScatterTrace[]).reduce((sum, trace) => sum + trace.x.length, 0);
    expect(points).toBeLessThan(600 * 5);
    const heights = new Set(
      (figure.data as ScatterTrace[]).flatMap((trace) => Array.from(trace.y as number[])),
    );
    for (const link of whole.links.filter(({ model }) => model === null))
      expect(heights).toContain(link.height);
    expect(figure.layout.annotations?.[1].text.replaceAll("<br>", " ")).toContain("only the highest merges");
  });
});

describe("figures of results", () => {
  test("published and ours share their spaces; missing values are gaps, intervals error bars", () => {
    const figure = spaceCurves([{ name: "CNN", published, ours: measured }], "clusterPurity");
    const [theirs, ours] = figure.data as ScatterTrace[];
    expect(theirs.x).toEqual(["all", "50", "5"]);
    expect(ours.y).toEqual([1, 0.98, null]);
    expect(ours.error_y?.array[1]).toBeCloseTo(0.02, 10);
    expect(ours.error_y?.arrayminus[1]).toBeCloseTo(0.02, 10);
    expect(ours.error_y?.array[2]).toBeNull();
  });

  test("a column that a table does not have is named with those it has", () => {
    expect(() => spaceCurves([{ name: "CNN", published }], "purity")).toThrow(
      /no column "purity".*clusterPurity/,
    );
  });

  test("one colour scale spans the accuracies of all panels", () => {
    const point = (accuracy: number) => ({ mean: 0, deviation: 1, accuracy });
    const figure = meanDeviationScatter([
      { name: "CNN", points: [point(0.2), point(0.4)] },
      { name: "MLP", points: [point(0.9)] },
    ]);
    expect(figure.layout.coloraxis).toMatchObject({ cmin: 0.2, cmax: 0.9 });
    expect(figure.layout.xaxis2?.domain?.[0]).toBeGreaterThan(0.5);
  });

  test("curves of one name share a colour and one entry of the legend", () => {
    const curve = { name: "MLP", epochs: [1, 2], middle: [2, 1] };
    const figure = learningCurves([
      { name: "loss", axis: "loss", curves: [curve] },
      { name: "accuracy", axis: "accuracy", curves: [curve, { ...curve, name: "CNN" }] },
    ]);
    const traces = figure.data as ScatterTrace[];
    expect(traces.map(({ showlegend }) => showlegend)).toEqual([true, false, true]);
    expect(traces[0].line?.color).toBe(traces[1].line?.color);
    expect(traces[2].line?.color).not.toBe(traces[1].line?.color);
  });

  test("a histogram is a density: its bars have an area of one, and NaN does not count", () => {
    const figure = histogramFigure([{ name: "w", values: [0, 0.1, 0.9, 1, 1, Number.NaN] }], { bins: 4 });
    const [trace] = figure.data as BarTrace[];
    expect(Array.from(trace.y as number[])).toEqual([1.6, 0, 0, 2.4]);
    const area = Array.from(trace.y as number[]).reduce((sum, value) => sum + value * (trace.width ?? 0), 0);
    expect(area).toBeCloseTo(1, 10);
  });

  test("values outside a given range are counted in the subtitle; no values at all are refused", () => {
    const figure = histogramFigure([{ name: "w", values: [0, 5] }], { range: [-1, 1] });
    expect(figure.layout.annotations?.[1].text).toContain("1 outside");
    expect(() => histogramFigure([{ name: "w", values: [Number.NaN] }])).toThrow(/finite value/);
  });

  test("images stand in rows with their classes", () => {
    const images = Uint8Array.from({ length: 3 * 4 }, (_, i) => i);
    const set = { images, labels: Uint8Array.of(1, 0, 1), count: 3, height: 2, width: 2 };
    const figure = imageGrid(set, { columns: 2, classNames: ["cat", "dog"] });
    const { z } = figure.data[0] as HeatmapTrace;
    expect([z[0].slice(0, 2), z[1].slice(0, 2)]).toEqual([
      [0, 1],
      [2, 3],
    ]);
    expect([z[0].slice(3, 5), z[1].slice(3, 5)]).toEqual([
      [4, 5],
      [6, 7],
    ]);
    expect(z.flat().filter((value) => value === 11).length).toBe(1);
    const labels = figure.layout.annotations?.slice(2).map((note) => note.text);
    expect(labels).toEqual(["dog", "cat", "dog"]);
  });
});
