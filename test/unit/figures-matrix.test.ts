import { describe, expect, test } from "vitest";
import { SpecError } from "#lib/core/errors.js";
import { publishedTable } from "#lib/experiments/index.js";
import { diagonalWins, matrixHeatMaps, renderSvg, representationPanels } from "#lib/figures/index.js";
import type { HeatmapTrace } from "#lib/figures/plotly.js";

const options = { title: "what it shows", label: "tau-b" };
const panel = (name: string, values: (number | null)[][]) => ({
  name,
  rows: ["MNIST", "SVHN"],
  columns: ["MNIST", "SVHN"],
  values,
});
const first = panel("W", [
  [0.8, -0.25],
  [null, 0.031],
]);

describe("matrices as heat maps", () => {
  test("one scale with zero in its middle for all panels, as wide as the largest magnitude", () => {
    const second = panel("E", [
      [-0.9, 0],
      [0, 0],
    ]);
    const figure = matrixHeatMaps([first, second], options);
    expect(figure.layout.coloraxis).toMatchObject({ cmin: -0.9, cmax: 0.9 });
    const traces = figure.data as HeatmapTrace[];
    expect(traces.map(({ type, coloraxis }) => [type, coloraxis])).toEqual([
      ["heatmap", "coloraxis"],
      ["heatmap", "coloraxis"],
    ]);
    expect(matrixHeatMaps([first], { ...options, bound: 1 }).layout.coloraxis).toMatchObject({
      cmin: -1,
      cmax: 1,
    });
  });

  test("each cell holds its number in a colour that can be read on it, and a dash where there is none", () => {
    const { annotations = [] } = matrixHeatMaps([first], options).layout;
    const cells = annotations.filter(({ xref }) => xref === "x");
    expect(cells.map(({ text, x, y }) => [text, x, y])).toEqual([
      ["0.80", 0, 0],
      ["−0.25", 1, 0],
      ["–", 0, 1],
      ["0.03", 1, 1],
    ]);
    const [dark, , none, light] = cells.map(({ font }) => font?.color);
    expect(dark).toBe("#ffffff");
    expect(light).toBe("#1f1f1f");
    expect(none).toBe(light);
  });

  test("a number that rounds to zero has no minus", () => {
    const tiny = panel("W", [
      [-0.003, 0],
      [0, 0],
    ]);
    const { annotations = [] } = matrixHeatMaps([tiny], { ...options, bound: 1 }).layout;
    expect(annotations.filter(({ xref }) => xref === "x").map(({ text }) => text)).toEqual(
      Array(4).fill("0.00"),
    );
  });

  test("the first panel of each line names the rows, the last line what the columns are", () => {
    const axes = { rows: "fitted on", columns: "applied to" };
    const { layout } = matrixHeatMaps([first, first, first], { ...options, across: 2, axes });
    expect([layout.yaxis, layout.yaxis2, layout.yaxis3].map((axis) => axis?.showticklabels)).toEqual([
      true,
      false,
      true,
    ]);
    expect([layout.xaxis, layout.xaxis3].map((axis) => axis?.title?.text)).toEqual([undefined, "applied to"]);
    expect(layout.yaxis?.title?.text).toBe("fitted on");
    expect(layout.yaxis?.domain?.[0]).toBeGreaterThan(layout.yaxis3?.domain?.[1] ?? 1);
  });

  test("is drawn as a picture with the numbers in it, and described in words", () => {
    const figure = matrixHeatMaps([first], options);
    expect(renderSvg(figure)).toContain("−0.25");
    expect(figure.alt).toContain("MNIST: MNIST 0.80, SVHN -0.25; SVHN: MNIST none, SVHN 0.03");
  });

  test.each([
    ["no panels", () => matrixHeatMaps([], options), "figure/empty"],
    ["a row too few", () => matrixHeatMaps([panel("W", [[1, 2]])], options), "figure/shape"],
    [
      "other rows than the first",
      () => matrixHeatMaps([first, { ...first, rows: ["MNIST", "CIFAR10"] }], options),
      "figure/shape",
    ],
    ["no panel across", () => matrixHeatMaps([first], { ...options, across: 0 }), "figure/options"],
    ["a bound of zero", () => matrixHeatMaps([first], { ...options, bound: 0 }), "figure/options"],
  ])("%s is refused", (_, draw, code) => {
    expect(draw).toThrow(SpecError);
    expect(draw).toThrow(expect.objectContaining({ code }));
  });
});

test("a table of zoos and representations is one panel for each representation", () => {
  const table = publishedTable("hyperreps/ood-ggap");
  const panels = representationPanels(table, "published");
  expect(panels.map(({ name }) => name)).toEqual(["W, published", "sW, published", "Ec+D, published"]);
  for (const { rows, columns } of panels) {
    expect(rows).toEqual(["MNIST", "FASHION", "SVHN", "CIFAR10"]);
    expect(columns).toEqual(rows);
  }
  const place = table.columns.indexOf("CIFAR10-HYP/sW");
  expect(panels[1].values[0][3]).toBe(table.values[0][place]);
});

test("columns whose largest value lies on the diagonal are counted over panels, by the names of their rows", () => {
  const other = {
    ...first,
    rows: ["SVHN", "MNIST"],
    values: [
      [0.8, 0.9],
      [0.8, null],
    ],
  };
  expect(diagonalWins([first])).toBe(2);
  expect(
    diagonalWins([
      panel("", [
        [0.1, 0.5],
        [0.2, 0.4],
      ]),
    ]),
  ).toBe(0);
  expect(diagonalWins([other])).toBe(2);
  expect(diagonalWins([first, other])).toBe(4);
  expect(
    diagonalWins([
      panel("", [
        [null, 0.5],
        [0.2, null],
      ]),
    ]),
  ).toBe(0);
  const published = representationPanels(publishedTable("hyperreps/ood-ggap"), "published");
  expect(diagonalWins(published)).toBe(12);
});
