import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { notebookBytes } from "#lib/figures/bundle.js";
import { embeddingScatter, type Figure, figureBundle, figureLimit, plotlyMime } from "#lib/figures/index.js";
import type { ScatterTrace } from "#lib/figures/plotly.js";
import { sampleFigures, walks } from "../helpers/figures.js";

/** What the test reads of a trace. */
interface Scatter {
  readonly mode?: string;
  readonly name?: string;
  readonly customdata?: readonly (readonly [number, number])[];
}

const figures = Object.entries(sampleFigures());

interface Plotly {
  readonly data: Record<string, unknown>[];
  readonly layout: Record<string, unknown>;
  readonly config: Record<string, unknown>;
}

/** Reads plotly's typed-array notation. */
function decode(value: unknown): number[] {
  if (Array.isArray(value)) return value as number[];
  const { dtype, bdata } = value as { dtype: "f4" | "u1" | "i2"; bdata: string };
  const bytes = Uint8Array.from(Buffer.from(bdata, "base64"));
  const kinds = { f4: Float32Array, u1: Uint8Array, i2: Int16Array };
  return Array.from(new kinds[dtype](bytes.buffer));
}

describe.each(figures)("bundle of %s", (_, figure: Figure) => {
  const bundle = figureBundle(figure);

  test("has every MIME type, each with the title", () => {
    expect(Object.keys(bundle)).toEqual([plotlyMime, "image/svg+xml", "text/html", "text/plain"]);
    expect(bundle["text/plain"]).toContain(figure.title);
    expect(bundle["text/plain"]).toContain(figure.alt);
    expect(figure.alt.length).toBeGreaterThan(40);
  });

  test("stays below 300 KB as Jupyter writes it", () => {
    expect(notebookBytes(bundle)).toBeLessThanOrEqual(figureLimit);
  });

  test("is the same bytes each time", () => {
    expect(JSON.stringify(figureBundle(figure))).toBe(JSON.stringify(bundle));
  });

  test("holds no script, no link out and no number that JSON cannot hold", () => {
    const html = String(bundle["text/html"]);
    expect(html).not.toMatch(/<script|https?:(?!\/\/www\.w3\.org)|javascript:/i);
    expect(String(bundle["image/svg+xml"])).not.toMatch(/<script|href|url\(|NaN|Infinity|undefined/);
    const json = JSON.stringify(bundle[plotlyMime]).replace(/"bdata":"[^"]*"/g, "");
    expect(json).not.toMatch(/NaN|Infinity|undefined/);
  });

  test("the HTML holds the very same picture, with a description", () => {
    const html = String(bundle["text/html"]);
    const source = /src="data:image\/svg\+xml;charset=utf-8,([^"]*)"/.exec(html)?.[1] ?? "";
    expect(decodeURIComponent(source)).toBe(bundle["image/svg+xml"]);
    expect(html).toMatch(/alt="[^"]{40,}"/);
  });

  test("plotly offers no upload and shows no logo", () => {
    const { config } = bundle[plotlyMime] as Plotly;
    expect(config).toMatchObject({ displaylogo: false, showSendToCloud: false, showLink: false });
  });
});

test("coordinates come through plotly's base64 arrays to float32 precision", () => {
  const figure = embeddingScatter(walks(5, 50));
  const { data } = figureBundle(figure)[plotlyMime] as Plotly;
  figure.data.forEach((trace, t) => {
    const expected = Array.from((trace as ScatterTrace).x as (number | null)[]);
    const got = decode(data[t].x);
    expect(got.length).toBe(expected.length);
    got.forEach((value, i) => {
      expect(Math.abs(value - (expected[i] ?? 0))).toBeLessThan(5e-5 * Math.max(1, Math.abs(value)));
    });
  });
});

test("gaps between trajectories stay gaps", () => {
  const figure = embeddingScatter(walks(60, 40));
  const { data } = figureBundle(figure)[plotlyMime] as Plotly;
  const gaps = decode(data[0].x).filter(Number.isNaN).length;
  expect(gaps).toBe(2); // models 0, 24 and 48 share the first colour
});

test("of many models some are in colour, spread over all, and the others stay as gray points", () => {
  const models = 250;
  const { data, title } = embeddingScatter(walks(models, 20)) as Figure & { data: Scatter[] };
  const [gray, ...colored] = data;
  const modelsOf = (trace: Scatter) =>
    new Set(trace.customdata?.filter(([, epoch]) => epoch > 0).map(([model]) => model));
  const shown = new Set(colored.flatMap((trace) => [...modelsOf(trace)]));
  expect(title).toBeTruthy();
  expect(shown.size).toBe(32);
  expect(Math.max(...shown) - Math.min(...shown)).toBeGreaterThan(models * 0.9);
  const quiet = modelsOf(gray);
  expect(gray.mode).toBe("markers");
  expect([...shown].filter((model) => quiet.has(model))).toEqual([]);
  expect(shown.size + quiet.size).toBe(models);
  expect(embeddingScatter(walks(60, 5)).data.every(({ name }) => name !== "other models")).toBe(true);
  const five = embeddingScatter(walks(20, 5), { highlight: 5 });
  expect(five.data[0].name).toBe("other models");
  expect(() => embeddingScatter(walks(9, 5), { highlight: 0 })).toThrow(/highlight is 0/);
});

test("a figure with far too many points is refused with a way out", () => {
  const n = 200_000;
  const column = Float64Array.from({ length: n }, (_, i) => Math.sin(i));
  const zeros = new Uint8Array(n);
  const figure = embeddingScatter({ x: column, y: column, model: zeros, epoch: zeros });
  expect(() => figureBundle(figure)).toThrow(/too many points.*draw fewer/);
});

test("a process that renders prints nothing and ends by itself", () => {
  const lib = fileURLToPath(new URL("../../dist/figures/index.js", import.meta.url));
  const script = `const f = await import(${JSON.stringify(lib)});
    f.figureBundle(f.histogramFigure([{ name: "w", values: [1, 2, 3] }]));`;
  const result = spawnSync(process.execPath, ["--input-type=module", "-e", script], {
    encoding: "utf8",
    timeout: 30_000,
  });
  expect([result.status, result.stdout, result.stderr]).toEqual([0, "", ""]);
});
