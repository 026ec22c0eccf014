import { expect, test } from "vitest";
import { figureBundle, figureLimit, renderSvg, versionGraph } from "#lib/figures/index.js";
import type { ScatterTrace } from "#lib/figures/plotly.js";
import { lanesOf } from "#lib/figures/version-graph-lanes.js";
import { madeLog } from "../helpers/figures.js";

const traces = (figure: ReturnType<typeof versionGraph>) => figure.data as readonly ScatterTrace[];

test("a branch starts one place after what it left, on a row below; a family starts on a row of its own", () => {
  const lanes = lanesOf(madeLog([6, 3, 2, 4], { 1: [0, 1], 2: [1, 0] }));
  expect(lanes.map(({ row }) => row)).toEqual([0, 1, 2, 3]);
  expect(lanes.map(({ places }) => places)).toEqual([
    [0, 1, 2, 3, 4, 5],
    [2, 3, 4],
    [3, 4],
    [0, 1, 2, 3],
  ]);
});

test("branches that do not meet share a row, those that do have their own", () => {
  const apart = lanesOf(madeLog([12, 3, 3], { 1: [0, 1], 2: [0, 7] }));
  expect(apart.map(({ row }) => row)).toEqual([0, 1, 1]);
  const together = lanesOf(madeLog([12, 3, 3], { 1: [0, 1], 2: [0, 3] }));
  expect(together.map(({ row }) => row)).toEqual([0, 1, 2]);
});

test("every checkpoint has a mark, copies a ring, every fork a link from the one to the other", () => {
  const log = madeLog([6, 3, 4], { 1: [0, 2] });
  const figure = versionGraph(log, { names: Array.from({ length: 14 }, (_, i) => `file <${i}>`) });
  const marks = traces(figure).filter(({ mode }) => mode === "markers");
  expect(marks.reduce((sum, { x }) => sum + x.length, 0)).toBe(13);
  const rings = marks.filter(({ marker }) => marker?.symbol === "circle-open");
  expect(rings.map(({ customdata }) => customdata)).toEqual([["run 1: file &lt;1&gt;"]]);
  const links = traces(figure).filter(({ line }) => line?.dash);
  expect(links.map(({ x, y }) => [x, y])).toEqual([
    [
      [2, 3],
      [0, 1],
    ],
  ]);
  expect(figure.alt).toContain("Run 2 has 3 checkpoints, which left run 1 after its checkpoint 3.");
});

test("unrelated runs have colours of their own, forks that of their family", () => {
  const figure = versionGraph(madeLog([6, 3, 4], { 1: [0, 2] }));
  const colors = new Set(traces(figure).map(({ line, marker }) => line?.color ?? marker?.color));
  expect(colors.size).toBe(2);
});

test("runs have their numbers beside them while there is room, and many still fit a notebook", () => {
  const labels = (runs: number) =>
    versionGraph(madeLog(new Array(runs).fill(4))).layout.annotations?.filter(({ xref }) => xref === "x")
      .length;
  expect([labels(5), labels(250)]).toEqual([5, 0]);
  const many = versionGraph(madeLog(new Array(250).fill(50)));
  expect(many.height).toBeLessThan(1400);
  expect(JSON.stringify(figureBundle(many)).length).toBeLessThan(figureLimit);
});

test("the same log gives the same picture", () => {
  const log = madeLog([6, 3], { 1: [0, 2] });
  expect(renderSvg(versionGraph(log))).toBe(renderSvg(versionGraph(log)));
});

test("misspelt options and empty logs are refused", () => {
  expect(() => versionGraph(madeLog([2]), { titel: "x" } as object)).toThrow(/no option "titel"/);
  expect(() => versionGraph({ runs: [], families: 0, copies: [] })).toThrow(/without runs/);
});
