import { describe, expect, test } from "vitest";
import { SpecError } from "#lib/core/errors.js";
import { matrix } from "#lib/core/matrix.js";
import {
  latentScatter,
  predictionScatter,
  renderSvg,
  scoreBars,
  trainingCurves,
  weightViews,
} from "#lib/figures/index.js";
import type { HeatmapTrace, PlotlyTrace, ScatterTrace } from "#lib/figures/plotly.js";
import { tetrisMlp, weightLayout } from "#lib/networks/index.js";
import { latentPanels, scoreTables } from "../helpers/representation-figures.js";

const title = "what it shows";
const scatters = (data: readonly PlotlyTrace[]) =>
  data.filter((trace): trace is ScatterTrace => trace.type === "scatter");
const heatmaps = (data: readonly PlotlyTrace[]) =>
  data.filter((trace): trace is HeatmapTrace => trace.type === "heatmap");
const labels = (figure: { layout: { annotations?: readonly { text: string }[] } }) =>
  figure.layout.annotations?.map(({ text }) => text) ?? [];

describe("curves of trainings", () => {
  const points = [
    { x: 0, y: 1 },
    { x: 10, y: 60 },
    { x: 100, y: 80 },
  ];
  const panel = { name: "R2", curves: [{ name: "ED", points }, { name: "EcD", points }] }; // biome-ignore format: short

  test("one training is drawn alike in all panels and listed once; another differs in colour and dash", () => {
    const figure = trainingCurves([panel, { ...panel, name: "accuracy" }], { title, x: "epoch" });
    const traces = scatters(figure.data);
    expect(traces.map(({ name }) => name)).toEqual(["ED", "EcD", "ED", "EcD"]);
    expect(traces.map(({ showlegend }) => showlegend)).toEqual([true, true, false, false]);
    expect(traces[2].line).toEqual(traces[0].line);
    expect(traces[1].line?.color).not.toBe(traces[0].line?.color);
    expect(traces[1].line?.dash).not.toBe(traces[0].line?.dash);
    expect(labels(figure)).toContain("<b>accuracy</b>");
    expect(figure.layout.xaxis?.title?.text).toBe("epoch");
  });

  test("a reference is a labelled line inside the axis, even above all curves", () => {
    const references = [{ label: "published <96.1>", value: 96.1 }];
    const figure = trainingCurves([{ ...panel, references }], { title, x: "seconds" });
    expect(figure.layout.shapes).toMatchObject([{ y0: 96.1, y1: 96.1, xref: "x domain", yref: "y" }]);
    expect(figure.layout.yaxis?.range?.[1]).toBeGreaterThan(96.1);
    expect(labels(figure)).toContain("published &lt;96.1&gt;");
    expect(renderSvg(figure)).toContain("published &lt;96.1&gt;");
  });

  test("words of a reference stand above a curve that ends on it, and below where another is in the way", () => {
    const ending = (name: string, y: number) => ({ name, points: [{ x: 0, y: 0 }, { x: 10, y }] }); // biome-ignore format: short
    const references = [{ label: "on it", value: 50 }];
    const notes = (...ends: number[]) => {
      const curves = ends.map((end) => ending(`ends at ${end}`, end));
      const panel = { name: "R2", curves, references, range: [0, 100] as const };
      return trainingCurves([panel], { title, x: "epoch" }).layout.annotations?.find(
        ({ text }) => text === "on it",
      );
    };
    expect(notes(20)).toMatchObject({ yanchor: "bottom", yshift: 0, xanchor: "right" });
    expect(notes(52)).toMatchObject({ yanchor: "bottom" });
    expect(notes(52)?.yshift).toBeGreaterThan(3);
    expect(notes(52, 55)).toMatchObject({ yanchor: "top", yshift: 0 });
  });

  test("of two references close to each other, the lower one has its words below", () => {
    const references = [
      { label: "upper", value: 82 },
      { label: "lower", value: 80 },
      { label: "far", value: 20 },
    ];
    const { annotations } = trainingCurves([{ ...panel, references }], { title, x: "epoch" }).layout;
    const anchor = (text: string) => annotations?.find((note) => note.text === text)?.yanchor;
    expect(["upper", "lower", "far"].map(anchor)).toEqual(["bottom", "top", "bottom"]);
  });

  test("a logarithmic axis starts after 0 and has ticks of whole numbers", () => {
    const figure = trainingCurves([panel], { title, x: "seconds", scale: "log" });
    expect(scatters(figure.data)[0].x).toEqual([10, 100]);
    expect(figure.layout.xaxis).toMatchObject({ type: "log", ticktext: ["10", "20", "50", "100"] });
  });

  test("points with a spread get a band below their line", () => {
    const banded = points.map(({ x, y }) => ({ x, y, low: y - 5, high: y + 7 }));
    const figure = trainingCurves([{ name: "R2", curves: [{ name: "ED", points: banded }] }], {
      title,
      x: "epoch",
    });
    const [low, high, line] = scatters(figure.data);
    expect([low.y, high.y, line.y]).toEqual([[-4, 55, 75], [8, 67, 87], [1, 60, 80]]); // biome-ignore format: short
    expect(high.fill).toBe("tonexty");
    expect(figure.layout.yaxis?.range?.[0]).toBeLessThan(-4);
  });
});

describe("tables of scores", () => {
  const [published, ours] = scoreTables(["ED", "EcD"], ["R2", "epoch", "accuracy", "gap", "F1"]);

  test("each column has a panel, each row a line with both values, and bars span the intervals", () => {
    const figure = scoreBars(published, ours, { title });
    expect(labels(figure).slice(-5)).toEqual(published.columns.map((name) => `<b>${name}</b>`));
    const ofPanel = scatters(figure.data).filter(({ xaxis }) => xaxis === "x3");
    const [theirs, bars, own] = ofPanel;
    expect(theirs.x).toEqual(published.values.map((row) => row[2]));
    expect(own.x).toEqual(ours.values.map((row) => row[2]));
    expect(bars.x).toEqual([0, 1].flatMap((r) => [ours.low?.[r][2], ours.high?.[r][2], null]));
    expect(figure.layout.yaxis3?.ticktext).toEqual(["ED", "EcD"]);
    expect(figure.layout.xaxis5?.range).toEqual(figure.layout.xaxis?.range);
    // Eight panels and fewer stand in two rows.
    expect(figure.layout.yaxis5?.domain?.[1]).toBeLessThan(figure.layout.yaxis?.domain?.[0] ?? 0);
  });

  test("turned, each row has a panel; a missing value has no mark and no bar", () => {
    const values = ours.values.map((row, r) => row.map((value, c) => (r === 1 && c === 0 ? null : value)));
    const low = ours.low?.map((row, r) => row.map((value, c) => (r === 1 && c === 0 ? null : value)));
    const figure = scoreBars(published, { ...ours, values, low }, { title, panels: "rows" });
    expect(labels(figure).slice(-2)).toEqual(["<b>ED</b>", "<b>EcD</b>"]);
    const [, bars, own] = scatters(figure.data).filter(({ xaxis }) => xaxis === "x2");
    expect(own.x[0]).toBeNull();
    expect(bars.x.length).toBe(4 * 3);
    expect(() => renderSvg(figure)).not.toThrow();
  });

  test("tables of different rows are refused, with both named", () => {
    const other = { ...ours, rows: ["ED", "Ec"] };
    expect(() => scoreBars(published, other, { title })).toThrow(/has the rows ED, Ec but .* ED, EcD/);
  });
});

describe("latents in two dimensions", () => {
  const { accuracy, epoch, activation } = latentPanels(400);

  test("numbers get a colour bar with their range below the panel, words a mark with each name", () => {
    const figure = latentScatter([accuracy, activation], { title });
    const [bar] = heatmaps(figure.data);
    expect(bar.z[0][0]).toBe(0);
    expect(bar.z[0].at(-1)).toBe(1);
    const values = Array.from(accuracy.color as number[]);
    expect(figure.layout.xaxis3?.range).toEqual([Math.min(...values), Math.max(...values)]);
    expect(labels(figure)).toEqual(
      expect.arrayContaining(["test accuracy", "activation", "leaky-relu", "relu", "sigmoid", "tanh"]),
    );
    const kinds = scatters(figure.data).filter(({ xaxis }) => xaxis === "x2");
    expect(kinds.map(({ name }) => name)).toEqual(["leaky-relu", "relu", "sigmoid", "tanh"]);
    expect(new Set(kinds.map(({ marker }) => marker?.color)).size).toBe(4);
    expect(kinds.reduce((sum, { x }) => sum + x.length, 0)).toBe(400);
  });

  test("panels of one fact share its scale, panels of another have their own", () => {
    const half = { ...accuracy, name: "s(W)", color: Array.from(accuracy.color as number[], (v) => v / 2) };
    const { layout } = latentScatter([accuracy, half, epoch], { title });
    expect(layout.xaxis5?.range).toEqual(layout.xaxis4?.range);
    expect(layout.xaxis6?.range).toEqual([0, 50]);
  });

  test("of many rows every panel draws the same choice, which the subtitle says", () => {
    const large = latentPanels(7000);
    const figure = latentScatter([large.accuracy, large.epoch], { title });
    const [first, second] = scatters(figure.data);
    expect(first.x.length).toBe(1500);
    expect(second.x).toEqual(first.x);
    expect(new Set(Array.from(first.x as number[])).size).toBeGreaterThan(1490);
    expect(labels(figure)[1]).toContain("of 7,000, a random 1,500 are drawn");
  });

  test("points that are not two columns, or not one a colour, are refused by the panel's name", () => {
    const wrong = { ...accuracy, points: matrix(400, 3) };
    expect(() => latentScatter([wrong], { title })).toThrow(/panel "EcD": 400 x 3 points and 400 colours/);
    expect(() => latentScatter([{ ...accuracy, color: [1] }], { title })).toThrow(SpecError);
  });
});

describe("predictions of probes", () => {
  const truth = [0.1, 0.5, 0.9];
  const panel = { name: "EcD", truth, predicted: [0.2, 0.5, 0.7] };

  test("all panels share both axes, and the diagonal runs from corner to corner", () => {
    const wild = { name: "W", truth, predicted: [-1, 0.5, 2] };
    const { layout } = predictionScatter([panel, wild], { title, target: "accuracy" });
    const range = layout.xaxis?.range ?? [0, 0];
    for (const axis of [layout.yaxis, layout.xaxis2, layout.yaxis2]) expect(axis?.range).toEqual(range);
    expect(range[0]).toBeLessThan(-1);
    expect(layout.shapes).toMatchObject([
      { x0: range[0], y0: range[0], x1: range[1], y1: range[1], xref: "x" },
      { x0: range[0], y0: range[0], xref: "x2" },
    ]);
    expect(layout.xaxis?.title?.text).toBe("true accuracy");
    expect(layout.yaxis?.title?.text).toBe("predicted accuracy");
  });

  test("every pair is drawn, and the description tells the error", () => {
    const figure = predictionScatter([panel], { title, target: "accuracy" });
    const [{ x, y }] = scatters(figure.data);
    const pairs = Array.from(x as number[], (value, i) => [value, (y as number[])[i]]).sort();
    expect(pairs).toEqual([[0.1, 0.2], [0.5, 0.5], [0.9, 0.7]]); // biome-ignore format: short
    expect(figure.alt).toContain("mean absolute error 0.100");
  });

  test("columns of different lengths are refused", () => {
    const wrong = { ...panel, predicted: [1] };
    expect(() => predictionScatter([wrong], { title, target: "gap" })).toThrow(/3 true values and 1/);
  });
});

describe("views of weights", () => {
  const layout = weightLayout(tetrisMlp());
  const weights = Float32Array.from({ length: 100 }, (_, i) => (i - 40) / 30);

  test("each view shows both matrices with their shapes, zero in the middle of the scale", () => {
    const permuted = weights.slice().reverse();
    const figure = weightViews([{ name: "before", weights, layout }, { name: "after", weights: permuted, layout }], { title }); // biome-ignore format: short
    const [first, second, third] = heatmaps(figure.data);
    expect([first.z.length, first.z[0].length, second.z.length, second.z[0].length]).toEqual([5, 16, 4, 5]);
    expect(first.z[1][2]).toBe(weights[18]);
    expect(second.z[3][4]).toBe(weights[99]);
    expect(third.z[0][0]).toBe(weights[99]);
    const { cmin, cmax } = figure.layout.coloraxis ?? { cmin: 0, cmax: 0 };
    expect(cmin).toBe(-cmax);
    expect(cmax).toBeCloseTo(59 / 30, 2);
    expect(labels(figure).slice(2)).toEqual([
      "<b>before</b>",
      "layer 0 kernel, 5 x 16",
      "layer 2 kernel, 4 x 5",
      "<b>after</b>",
      "layer 0 kernel, 5 x 16",
      "layer 2 kernel, 4 x 5",
    ]);
  });

  test("erased weights have the scale's middle colour in the static picture, too", () => {
    const erased = weights.map((value, i) => (i < 80 ? 0 : value));
    const svg = renderSvg(weightViews([{ name: "erased", weights: erased, layout }], { title }));
    expect(svg).toMatch(/<path d="[^"]+" stroke="#f4f4f4"\/>/);
  });

  test("matrices of a view do not overlap and stay within the picture", () => {
    const figure = weightViews([{ name: "one", weights, layout }], { title });
    const [left, right] = figure.layout.shapes ?? [];
    expect(left.x1).toBeLessThan(right.x0);
    expect(right.x1).toBeLessThanOrEqual(figure.layout.xaxis?.range?.[1] ?? 0);
  });

  test("weights of another network are refused", () => {
    const short = weights.subarray(1);
    expect(() => weightViews([{ name: "one", weights: short, layout }], { title })).toThrow(
      /99 weights.*100/,
    );
  });
});

test("misspelt options are refused by every figure", () => {
  const wrong = { title, titel: "x" };
  const [published, ours] = scoreTables(["a"], ["b"]);
  expect(() => trainingCurves([], { ...wrong, x: "epoch" })).toThrow(/no option "titel"/);
  expect(() => scoreBars(published, ours, wrong)).toThrow(/no option "titel"/);
  expect(() => latentScatter([latentPanels(3).epoch], wrong)).toThrow(/no option "titel"/);
  expect(() => predictionScatter([], { ...wrong, target: "x" })).toThrow(/no option "titel"/);
  expect(() => weightViews([], wrong)).toThrow(/no option "titel"/);
});

test("a figure of nothing is refused", () => {
  const empty: readonly (() => unknown)[] = [
    () => trainingCurves([], { title, x: "epoch" }),
    () => latentScatter([], { title }),
    () => predictionScatter([], { title, target: "x" }),
    () => weightViews([], { title }),
  ];
  for (const draw of empty) expect(draw).toThrow(/has nothing to draw; give at least one panel/);
});
