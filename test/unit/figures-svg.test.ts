import { JSDOM } from "jsdom";
import { describe, expect, test } from "vitest";
import type { Figure } from "#lib/figures/figure.js";
import { embeddingScatter, histogramFigure, renderSvg } from "#lib/figures/index.js";
import { makeFigure } from "#lib/figures/make-figure.js";
import type { PlotlyTrace } from "#lib/figures/plotly.js";
import { sampleFigures, walks } from "../helpers/figures.js";

const parser = new new JSDOM("").window.DOMParser();

/** Parses strictly, as an XML reader does. */
function parse(svg: string) {
  const parsed = parser.parseFromString(svg, "image/svg+xml");
  expect(parsed.querySelector("parsererror")).toBeNull();
  return parsed.documentElement;
}

/** A bare figure of 100 x 100 units on 400 x 200 pixels, without titles' wrapping. */
function bare(data: PlotlyTrace[], more: Partial<Figure["layout"]> = {}): Figure {
  const layout = {
    width: 500,
    height: 300,
    margin: { l: 50, r: 50, t: 50, b: 50 },
    xaxis: { range: [0, 100] as const },
    yaxis: { range: [0, 100] as const },
    ...more,
  };
  return { title: "t", alt: "a", data, layout, width: 500, height: 300 };
}

describe("static pictures", () => {
  test.each(Object.entries(sampleFigures()))("%s is well-formed, sized and described", (_, figure) => {
    const svg = parse(renderSvg(figure));
    expect(svg.getAttribute("viewBox")).toBe(`0 0 ${figure.width} ${figure.height}`);
    expect(svg.querySelector("title")?.textContent).toBe(figure.title);
    expect(svg.querySelector("desc")?.textContent).toBe(figure.alt);
    expect(svg.querySelectorAll("[id]").length).toBe(0);
  });

  test("data land on the pixels their axes say", () => {
    const trace = {
      type: "scatter",
      mode: "lines",
      x: [0, 50, 100],
      y: [0, 100, 50],
      line: { color: "#123456" },
    } as const;
    const path = parse(renderSvg(bare([trace]))).querySelector('path[stroke="#123456"]');
    // 50 px margins; the y axis points up: (0,0) bottom left, (50,100) top middle, (100,50) right middle.
    expect(path?.getAttribute("d")).toBe("m50,250,200-200,200,100");
  });

  test("a logarithmic axis gives each power of ten the same room", () => {
    const trace = {
      type: "scatter",
      mode: "lines",
      x: [0, 1, 2],
      y: [1, 1000, 10],
      line: { color: "#123456" },
    } as const;
    const figure = bare([trace], { xaxis: { range: [0, 2] }, yaxis: { type: "log", range: [0, 4] } });
    const path = parse(renderSvg(figure)).querySelector('path[stroke="#123456"]');
    expect(path?.getAttribute("d")).toBe("m50,250,200-150,200,100");
  });

  test("null, NaN and infinities leave gaps", () => {
    const x = [0, 10, 20, 30, 40, 50];
    const trace = {
      type: "scatter",
      mode: "lines",
      x,
      y: [1, 2, null, 3, Number.NaN, 4],
      line: { color: "#123456" },
    } as const;
    const d = parse(renderSvg(bare([trace])))
      .querySelector('path[stroke="#123456"]')
      ?.getAttribute("d");
    expect(d?.match(/m/g)?.length).toBe(3);
  });

  test("every mark is drawn where there is room", () => {
    const x = Array.from({ length: 200 }, (_, i) => i / 2);
    const trace = {
      type: "scatter",
      mode: "markers",
      x,
      y: x,
      marker: { color: "#123456", size: 4 },
    } as const;
    const d = parse(renderSvg(bare([trace])))
      .querySelector('path[stroke="#123456"]')
      ?.getAttribute("d");
    expect(d?.match(/h0/g)?.length).toBe(200);
  });

  test("a limit on bytes is kept by thinning, and the picture says so", () => {
    const figure = embeddingScatter(walks(250, 50), { highlight: 250 });
    const full = renderSvg(figure, { maxBytes: 1e9 });
    const small = renderSvg(figure, { maxBytes: 60_000 });
    expect(full.length).toBeGreaterThan(100_000);
    expect(small.length).toBeLessThanOrEqual(60_000);
    expect(small).toContain("fewer marks");
    expect(full).not.toContain("fewer marks");
  });

  test("a heat map's cells keep their places and shades", () => {
    const z = [[0, 1], [null, 0.5]]; // biome-ignore format: a matrix
    const trace = { type: "heatmap", z, colorscale: [[0, "#ff0000"], [1, "#0000ff"]], zmin: 0, zmax: 1 } as const; // biome-ignore format: one line
    const figure = bare([trace], { xaxis: { range: [-0.5, 1.5] }, yaxis: { range: [-0.5, 1.5] } });
    const group = parse(renderSvg(figure)).querySelector("g");
    const cells = [...(group?.querySelectorAll("path") ?? [])].map((path) => [
      path.getAttribute("stroke"),
      path.getAttribute("d"),
    ]);
    expect(group?.getAttribute("transform")).toBe("translate(50 200) scale(200 -100)");
    expect(cells.find(([color]) => color === "#ff0000")?.[1]).toBe("m0,0,1,0");
    expect(cells.find(([color]) => color === "#0000ff")?.[1]).toBe("m1,0,1,0");
    expect(cells.length).toBe(3); // nothing for the gap
  });

  test("bars stand on zero and error bars around their tops", () => {
    const bars = {
      type: "data",
      symmetric: false,
      array: [10],
      arrayminus: [20],
      color: "#654321",
      width: 0,
    } as const;
    const trace = {
      type: "bar",
      x: [50],
      y: [60],
      width: 10,
      marker: { color: "#123456" },
      error_y: bars,
    } as const;
    const svg = parse(renderSvg(bare([trace])));
    expect(svg.querySelector('path[fill="#123456"]')?.getAttribute("d")).toBe("M230 250V130h40V250z");
    expect(svg.querySelector('path[stroke="#654321"]')?.getAttribute("d")).toBe("M250 170V110");
  });

  test("titles, names and labels with < and & appear as written", () => {
    const figure = histogramFigure(
      [
        { name: "a <b> & c", values: [1, 2] },
        { name: "d", values: [3] },
      ],
      {
        title: 'Weights <script>alert("1")</script> & more',
        axis: "x < y & z",
      },
    );
    const svg = parse(renderSvg(figure));
    const texts = [...svg.querySelectorAll("text")].map((node) => node.textContent);
    expect(texts).toContain('Weights <script>alert("1")</script> & more');
    expect(texts).toContain("a <b> & c");
    expect(texts).toContain("x < y & z");
    expect(svg.querySelector("script")).toBeNull();
  });

  test("a long title is wrapped inside the picture", () => {
    const title =
      "A claim that needs rather more words than fit a single line of a figure of this width, as some do";
    const figure = makeFigure({ title, subtitle: "s", alt: "a", data: [], axes: {}, width: 500 });
    const lines = [...parse(renderSvg(figure)).querySelectorAll("tspan")].map((node) => node.textContent);
    expect(lines.length).toBeGreaterThan(1);
    expect(lines.join(" ")).toBe(title);
  });
});
