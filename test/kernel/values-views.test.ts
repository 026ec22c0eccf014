import { createRequire } from "node:module";
import { Matrix } from "ml-matrix";
import { describe, expect, test } from "vitest";
import { plotlyMime } from "#lib/core/mime.js";
import { figureBundle, histogramFigure } from "#lib/figures/index.js";
import { dataFrame, matrix } from "#lib/index.js";
import { bundleOf } from "#lib/kernel/values/bundle-of.js";

interface Tensor {
  dispose(): void;
}
interface Tensorflow {
  tensor(values: unknown, shape?: readonly number[], type?: string): Tensor;
  variable(values: Tensor, trainable?: boolean, name?: string): Tensor;
  complex(real: readonly number[], imaginary: readonly number[]): Tensor;
  zeros(shape: readonly number[]): Tensor;
  backend(): { firstUse: boolean };
}
interface Danfo {
  readonly Series: new (values: readonly unknown[]) => object;
  readonly DataFrame: new (values: unknown) => object;
  readonly tensorflow: Tensorflow;
}

const danfo = createRequire(import.meta.url)("danfojs-node") as Danfo;
const tf = danfo.tensorflow;
tf.backend().firstUse = false;

const textOf = async (value: unknown) => String((await bundleOf(value))["text/plain"]);
const htmlOf = async (value: unknown) => String((await bundleOf(value))["text/html"]);

describe("tables", () => {
  test("a data frame shows its first rows, its size and what is left", async () => {
    const epochs = Array.from({ length: 35 }, (_, i) => i + 1);
    const frame = dataFrame({ epoch: epochs, name: epochs.map((epoch) => `<m${epoch}>`) });
    const bundle = await bundleOf(frame);
    expect(bundle["text/plain"]).toMatch(
      /^DataFrame 35 x 2\nepoch {2}name\n[\s\S]*\n {3}20 {2}<m20>\n15 more rows/,
    );
    expect(bundle["text/html"]).toMatch(
      /^<table><caption[\s\S]*&lt;m20&gt;<\/td><\/tr><\/tbody><\/table><p>15 more/,
    );
    expect(bundle["text/html"]).not.toContain("m21");
  });

  test("a wide data frame, a series, its name and its index, and an empty frame", async () => {
    const wide = dataFrame(Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`w${i}`, [i]])));
    expect(await textOf(wide)).toMatch(/w19\n[\s\S]*\n30 more columns are not shown\.$/);
    const means = dataFrame({ zoo: ["a", "a", "b"], loss: [1, 3, 5] })
      .groupby(["zoo"])
      .col(["loss"])
      .mean();
    expect(await textOf(means.column("loss_mean"))).toMatch(/^Series \w+ \[2\]\nloss_mean\n-+\n +2\n +5$/);
    expect(await textOf(new danfo.Series([1.5, 2]))).toBe("Series float32 [2]\nvalue\n-----\n1.500\n    2");
    expect(await textOf(new danfo.DataFrame([]))).toBe("DataFrame 0 x 0");
    const picked = dataFrame({ a: [1, 2, 3] }).query(
      dataFrame({ a: [1, 2, 3] })
        .column("a")
        .gt(1),
    );
    expect(await textOf(picked)).toMatch(/^DataFrame 2 x 1\n +a\n-+ +-\n1 +2\n2 +3$/);
  });

  test("records are a table beside what Node prints, of all fields that occur", async () => {
    const rows = [
      { a: 1, b: "<x>" },
      { a: 0.123456789, c: true },
      { a: Number.NaN, c: null, d: [1, 2] },
    ];
    const bundle = await bundleOf(rows);
    expect(bundle["text/plain"]).toContain("{ a: 0.123456789, c: true }");
    const html = String(bundle["text/html"]);
    expect(html.match(/<th [^>]*>/g)).toHaveLength(4);
    for (const cell of ["&lt;x&gt;", "0.1234568", "NaN", "true", "null", "[ 1, 2 ]"])
      expect(html).toContain(`>${cell}</td>`);
    const many = Array.from({ length: 25 }, (_, i) => ({ i }));
    expect(await htmlOf(many)).toContain(">19</td></tr></tbody></table><p>5 more rows are not shown.</p>");
    expect(await htmlOf([Object.assign(Object.create(null), { a: 1 })])).toContain(">1</td>");
  });

  test("what a table would hide is only printed", async () => {
    let reads = 0;
    const getter = Object.defineProperty({}, "a", { enumerable: true, get: () => ++reads });
    const lists: unknown[] = [
      ...[[], [{}], [1, 2], [{ a: 1 }, 2], [{ a: 1 }, new Date(0)], [{ a: new Map() }], [{ a: () => 1 }]],
      ...[[{ a: "x".repeat(501) }], [{ a: { b: "x".repeat(90) } }], [{ a: new Float32Array(1e5) }], [getter]],
      ...[Array(2), Object.assign([{ a: 1 }], { 2: { a: 2 } })],
    ];
    for (const list of lists) expect(Object.keys(await bundleOf(list))).toEqual(["text/plain"]);
    expect(reads).toBe(0);
  });

  test("a table of results shows its intervals", async () => {
    const table = {
      ...{ id: "t/1", caption: "Purity", rowKey: "space", rows: ["raw", "svd"], columns: ["purity"] },
      ...{ values: [[0.5], [null]], low: [[0.4], [null]], high: [[0.6], [null]] },
    };
    expect(await textOf(table)).toContain("raw    0.5000 [0.4000, 0.6000]");
    expect(await htmlOf(table)).toContain("<caption");
  });
});

describe("tensors and matrices", () => {
  test("a tensor says its type, shape and values", async () => {
    const two = await bundleOf(tf.tensor([[1, 2.5], [0.1, -4]])); // biome-ignore format: a matrix
    expect(two["text/plain"]).toBe("Tensor float32 [2, 2]\n[[  1, 2.5],\n [0.1,  -4]]");
    expect(two["text/html"]).toContain(">2.5</td>");
    expect(await textOf(tf.tensor(3, [], "int32"))).toBe("Tensor int32 []\n3");
    expect(await textOf(tf.tensor([1, 0], [2], "bool"))).toBe("Tensor bool [2]\n[true, false]");
    expect(await textOf(tf.tensor(["a", "'"]))).toBe(`Tensor string [2]\n['a', "'"]`);
    expect(await textOf(tf.complex([1, 2], [3, -4]))).toBe("Tensor complex64 [2]\n[1 + 3i, 2 - 4i]");
    expect(await textOf(tf.tensor([[[1, 2]], [[3, 4]]]))).toBe(
      "Tensor float32 [2, 1, 2]\n[[[1, 2]],\n [[3, 4]]]",
    );
    expect(await textOf(tf.zeros([0, 3]))).toBe("Tensor float32 [0, 3]\n[]");
  });

  test("a large tensor shows a corner and counts the rest", async () => {
    const { "text/plain": text, "text/html": html } = await bundleOf(tf.zeros([1000, 100]));
    expect(text).toMatch(/\n \[(0, ){12}\.\.\. 88 more\],\n \.\.\. 980 more\]$/);
    expect(html).toContain("980 more rows and 88 more columns are not shown.");
    expect((await textOf(tf.zeros([50, 50, 50, 50]))).length).toBeLessThan(5000);
  });

  test("variables have names; a tensor that was disposed of says so", async () => {
    expect(await textOf(tf.variable(tf.zeros([1]), true, "bias"))).toBe('Variable "bias" float32 [1]\n[0]');
    const gone = tf.zeros([2, 3]);
    gone.dispose();
    expect(await bundleOf(gone)).toEqual({
      "text/plain": "Tensor float32 [2, 3], disposed: its values are gone",
    });
  });

  test("our matrices and ml-matrix's, whole or a corner", async () => {
    const expected = "Matrix 2 x 3\n[[  1,   2,   3],\n [  4, 5.5,   6]]";
    expect(await textOf(matrix(2, 3, Float32Array.of(1, 2, 3, 4, 5.5, 6)))).toBe(expected);
    const theirs = new Matrix([[1, 2, 3], [4, 5.5, 6]]); // biome-ignore format: a matrix
    expect(await textOf(theirs)).toBe(expected);
    expect(await htmlOf(theirs)).toContain(">5.5</td>");
    expect(await textOf(theirs.transpose())).toMatch(/^Matrix 3 x 2\n\[\[ {2}1, {3}4\]/);
    expect(await htmlOf(matrix(30, 5))).toContain("10 more rows are not shown.");
    expect(await bundleOf(matrix(0, 5))).toEqual({ "text/plain": "Matrix 0 x 5\n[]" });
  });
});

describe("figures", () => {
  const figure = histogramFigure([{ name: "weights", values: [1, 2, 2, 3] }]);

  test("ours show what `show` shows, and remain plain data", async () => {
    expect(await bundleOf(figure)).toEqual(JSON.parse(JSON.stringify(figureBundle(figure))));
    expect(JSON.parse(JSON.stringify(figure))).toEqual(structuredClone(figure));
    expect(Reflect.ownKeys({ ...figure })).toEqual(["title", "alt", "data", "layout", "width", "height"]);
    expect((await bundleOf({ ...figure }))[plotlyMime]).toBeDefined();
  });

  test("plotly's own form is drawn, with typed arrays as arrays", async () => {
    const bundle = await bundleOf({
      data: [{ type: "scatter", x: Float32Array.of(1, 2), y: [3, 4] }, { y: [1] }],
      layout: { title: { text: "Loss" } },
    });
    expect(bundle[plotlyMime]).toEqual({
      data: [{ type: "scatter", x: [1, 2], y: [3, 4] }, { y: [1] }],
      layout: { title: { text: "Loss" } },
    });
    expect(bundle["text/plain"]).toBe('Plotly figure "Loss": 2 traces (scatter)');
    expect(await bundleOf({ data: [{ type: "pie", values: [1], labels: ["a"] }] })).toHaveProperty([
      plotlyMime,
    ]);
  });

  test.each([
    { data: [{ type: "article", id: 1 }], status: 200, headers: {} },
    { data: [{ x: [1, 2] }], status: 200 },
    { data: [{ x: 1, y: 2 }] },
    { data: [] },
    { data: "text", layout: {} },
    { data: { x: [1] }, layout: {} },
    { data: [{ type: 5, x: [1] }] },
    { data: [[1, 2]] },
  ])("%j is no figure", async (value) => {
    expect(Object.keys(await bundleOf(value))).toEqual(["text/plain"]);
  });
});
