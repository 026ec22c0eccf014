import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cellText, columnOf, type NumberColumn } from "#lib/atlas/data/decoded.js";
import { packAtlas, unpackAtlas } from "#lib/atlas/data/pack.js";
import { quantizeShares, shares } from "#lib/atlas/data/quantize.js";
import { type AtlasContent, writeAtlas } from "#lib/atlas/index.js";
import { madeAtlas } from "#lib/workbook/bench/made-atlas.js";
import { scratchFolder } from "../helpers/interop.js";

const small = (): AtlasContent => ({
  title: "small",
  names: ["a", "b", "c"],
  columns: {
    init: ["normal", "constant", "normal"],
    accuracy: Float64Array.of(0.1, Number.NaN, 1 / 3),
    batch_size: Int32Array.of(32, 64, 128),
    diverged: [false, true, false],
  },
  embeddings: { UMAP: Float32Array.of(0, 1, 2, 3, 4, 5) },
});

describe("packed atlases", () => {
  test("come back as they were, to the last digit", () => {
    const data = unpackAtlas(packAtlas({ ...small(), color: "accuracy", normalizeBy: "init" }));
    expect(data).toMatchObject({ title: "small", models: 3, names: ["a", "b", "c"], color: "accuracy" });
    expect((columnOf(data, "accuracy") as NumberColumn).values).toEqual(
      Float64Array.of(0.1, Number.NaN, 1 / 3),
    );
    expect(columnOf(data, "init")).toMatchObject({
      levels: ["constant", "normal"],
      codes: Uint8Array.of(1, 0, 1),
    });
    expect(columnOf(data, "diverged")).toMatchObject({ kind: "level", levels: ["false", "true"] });
    expect(data.embeddings).toEqual([{ name: "UMAP", points: Float32Array.of(0, 1, 2, 3, 4, 5) }]);
    expect(data.descriptors).toBeUndefined();
    expect(data.columns.map((column) => cellText(column, 1))).toEqual(["constant", "", "64", "true"]);
  });

  test("hold any numbers, words and levels", () => {
    const rows = fc.array(
      fc.tuple(fc.double(), fc.string(), fc.float({ noNaN: true, noDefaultInfinity: true })),
      {
        minLength: 1,
        maxLength: 400,
      },
    );
    fc.assert(
      fc.property(rows, (given) => {
        const content: AtlasContent = {
          title: "any",
          names: given.map(([, word]) => word),
          columns: { number: given.map(([number]) => number), word: given.map(([, word]) => word) },
          embeddings: { plane: Float32Array.from(given.flatMap(([, , place]) => [place, -place])) },
        };
        const data = unpackAtlas(packAtlas(content));
        const [number, word] = data.columns;
        expect(number).toMatchObject({ values: Float64Array.from(given, ([value]) => value) });
        if (word.kind === "level") {
          expect(Array.from(word.codes, (code) => word.levels[code])).toEqual(content.names);
        }
        expect(data.embeddings[0].points).toEqual(content.embeddings.plane);
      }),
      { numRuns: 60 },
    );
  });

  test("keep more than 256 and more than 65,536 levels apart", () => {
    for (const count of [256, 257, 70_000]) {
      const names = Array.from({ length: count }, (_, i) => `level ${i}`);
      const points = new Float32Array(2 * count);
      const data = unpackAtlas(packAtlas({ title: "", names, columns: { names }, embeddings: { points } }));
      const [column] = data.columns;
      expect(column.kind === "level" && column.levels[column.codes[count - 1]]).toBe(`level ${count - 1}`);
    }
  });

  test("are refused when they are cut or something else", () => {
    const bytes = packAtlas(madeAtlas(20, 8));
    expect(() => unpackAtlas(bytes.slice(0, bytes.length - 8))).toThrow(
      /are not the data of an atlas: it ends after/,
    );
    expect(() => unpackAtlas(new Uint8Array(2))).toThrow(/only 2 bytes/);
    expect(() => unpackAtlas(new Uint8Array(100))).toThrow(/header/);
  });
});

test("quantised shares stay within (sqrt(p) + 1/510) / 255 of themselves", () => {
  fc.assert(
    fc.property(fc.float({ min: 0, max: 1, noNaN: true }), (share) => {
      const [back] = shares(quantizeShares(Float32Array.of(share)));
      expect(Math.abs(back - share)).toBeLessThanOrEqual((Math.sqrt(share) + 1 / 510) / 255 + 1e-7);
    }),
  );
  expect(shares(quantizeShares(Float32Array.of(0, 1)))).toEqual(Float32Array.of(0, 1));
});

describe("content that does not fit", () => {
  const { columns } = small();
  const descriptors = (value: number, windows = 2) => ({
    descriptors: { data: new Float32Array(12).fill(value), windows, bins: 2 },
  });
  test.each([
    ["no models", { names: [], columns: {}, embeddings: {} }, "atlas/empty", /at least one model/],
    ["no embedding", { embeddings: {} }, "atlas/empty", /needs an embedding/],
    [
      "a short column",
      { columns: { init: ["a"] } },
      "atlas/length",
      /column "init" has 1 values, but 3 models need 3/,
    ],
    ["a short embedding", { embeddings: { P: new Float32Array(4) } }, "atlas/length", /"P" has 4 values/],
    [
      "a NaN place",
      { embeddings: { UMAP: Float32Array.of(0, 0, 0, Number.NaN, 0, 0) } },
      "atlas/nan",
      /embedding "UMAP" holds NaN for model "b"/,
    ],
    ["a NaN descriptor", descriptors(Number.NaN), "atlas/nan", /descriptors holds NaN for model "a"/],
    ["counts in place of shares", descriptors(7), "atlas/descriptor", /model "a" holds 7; shares/],
    ["descriptors of another size", descriptors(0.5, 3), "atlas/length", /descriptors has 12 values/],
    ["no windows", descriptors(0.5, 0), "histogram/count", /windows is 0/],
    [
      "a colour that is no column",
      { color: "loss" },
      "atlas/column",
      /no column "loss"; there are: init, accuracy/,
    ],
    ["groups that are no column", { normalizeBy: "set" }, "atlas/column", /no column "set"/],
    ["groups of numbers", { normalizeBy: "accuracy", columns }, "atlas/column", /"accuracy" holds numbers/],
  ])("%s is refused", async (_, change, code, message) => {
    const file = join(scratchFolder(), "atlas.html");
    const written = writeAtlas({ ...small(), ...change }, file);
    await expect(written).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  });
});

test("a page is one file that holds all, names nothing outside it, and escapes its title", async () => {
  const file = join(scratchFolder(), "atlas.html");
  const content = { ...madeAtlas(50), title: '<b>&"zoo"</b>' };
  const written = await writeAtlas(content, file);
  const html = readFileSync(file, "utf8");
  expect(written).toEqual({ file, models: 50, bytes: Buffer.byteLength(html) });
  expect(html).toContain("<title>&lt;b&gt;&amp;&quot;zoo&quot;&lt;/b&gt;</title>");
  const addresses = html.match(/https?:\/\/[^\s"'`)]+/g) ?? [];
  expect(addresses.filter((address) => !address.startsWith("http://www.w3.org/"))).toEqual([]);
  expect(html).not.toMatch(/<(script|link|img)[^>]* (src|href)="(?!data:)/);
  const text = /id="atlas-data">([^<]*)</.exec(html)?.[1] ?? "";
  const bytes = gunzipSync(Buffer.from(text, "base64"));
  const aligned = new Uint8Array(bytes);
  expect(unpackAtlas(aligned)).toMatchObject({ models: 50, title: content.title });
});
