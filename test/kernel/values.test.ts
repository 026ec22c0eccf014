import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type MimeBundle, mimeBundle } from "#lib/core/mime.js";
import { mimeBundle as publicSymbol } from "#lib/index.js";
import { bundleOf } from "#lib/kernel/values/bundle-of.js";

const textOf = async (value: unknown) => String((await bundleOf(value))["text/plain"]);
const htmlOf = async (value: unknown) => String((await bundleOf(value))["text/html"]);
const own = (method: () => unknown) => ({ size: 7, [mimeBundle]: method });

describe("an object's own method", () => {
  test("gives the bundle; what Node prints stands in for missing text", async () => {
    class Weight {
      constructor(readonly value: number) {}
      [publicSymbol](): MimeBundle {
        return { "text/html": `<b>${this.value}</b>` };
      }
    }
    expect(await bundleOf(new Weight(7))).toEqual({
      "text/html": "<b>7</b>",
      "text/plain": "Weight { value: 7 }",
    });
    expect(await bundleOf(own(async () => ({ "text/plain": "seven" })))).toEqual({ "text/plain": "seven" });
  });

  test("may be a function's, and may be Deno's", async () => {
    const named = Object.assign(() => 1, { [mimeBundle]: () => ({ "text/html": "f" }) });
    expect(await htmlOf(named)).toBe("f");
    expect(await htmlOf({ [Symbol.for("Jupyter.display")]: () => ({ "text/html": "deno" }) })).toBe("deno");
  });

  test("that fails, or gives no bundle, costs its own view only, and the text says why", async () => {
    const thrower = own(() => {
      throw new RangeError("no weights");
    });
    expect(await textOf(thrower)).toMatch(/size: 7[\s\S]*failed: RangeError: no weights$/);
    expect(await textOf(own(() => Promise.reject("late")))).toMatch(/size: 7[\s\S]*failed: 'late'$/);
    expect(await textOf(own(() => "<b>7</b>"))).toMatch(/size: 7[\s\S]*gave a string/);
    expect(await textOf(own(() => undefined))).toMatch(/size: 7,[\s\S]*}$/);
  });

  test("bytes become base64, or text where the type is text; typed arrays and big integers become JSON", async () => {
    const bundle = await bundleOf(
      own(() => ({
        "image/png": Buffer.from([0x89, 0x50, 0x4e, 0x47]),
        "image/jpeg": Uint8Array.of(0, 1, 2, 3).subarray(1, 3),
        "image/svg+xml": Buffer.from("<svg/>"),
        "text/latex": ["a", "b"],
        "application/json": { small: 5n, large: 2n ** 70n, list: Float32Array.of(1, 0.5) },
      })),
    );
    expect(bundle).toMatchObject({
      "image/png": "iVBORw==",
      "image/jpeg": "AQI=",
      "image/svg+xml": "<svg/>",
      "text/latex": "ab",
      "application/json": { small: 5, large: String(2n ** 70n), list: [1, 0.5] },
    });
  });

  test("data that no message can carry are left out and named", async () => {
    const cycle: Record<string, unknown> = {};
    cycle.self = cycle;
    const given = {
      "text/html": "ok",
      "application/json": cycle,
      "text/latex": 5,
      html: "x",
      "text/css": undefined,
    };
    const { "text/plain": text, ...rest } = await bundleOf(own(() => given));
    expect(rest).toEqual({ "text/html": "ok" });
    for (const type of ["application/json", "text/latex", "html"])
      expect(text).toContain(`"${type}" was left out`);
    expect(text).not.toContain("text/css");
  });
});

describe("every other value", () => {
  test("is what Node prints", async () => {
    expect(await textOf("it's")).toBe(`"it's"`);
    expect(await textOf({ a: { b: { c: { d: { e: 1 } } } } })).toContain("e: 1");
    expect(await textOf(new Map([[1, new Set([2])]]))).toBe("Map(1) { 1 => Set(1) { 2 } }");
    expect(await textOf(5n)).toBe("5n");
    expect(await textOf(Array(200).fill(0))).toContain("100 more items");
  });

  test("errors show all their causes", async () => {
    let error = new Error("cause 0");
    for (let i = 1; i <= 8; i++) error = new Error(`cause ${i}`, { cause: error });
    const text = await textOf(error);
    for (let i = 0; i <= 8; i++) expect(text).toMatch(new RegExp(`Error: cause ${i}\\n +at `));
    const both = await textOf(new AggregateError([new TypeError("one"), new RangeError("two")], "many"));
    expect(both).toMatch(/AggregateError: many[\s\S]*TypeError: one[\s\S]*RangeError: two/);
  });

  test("is of bounded length, and soon printed", async () => {
    const nested = (levels: number): unknown =>
      levels === 0 ? "x".repeat(5000) : Array(100).fill(nested(levels - 1));
    const started = performance.now();
    const texts = await Promise.all(
      [nested(5), "x".repeat(1e6), "😀".repeat(9000), ["ü".repeat(5e4)]].map(textOf),
    );
    expect(performance.now() - started).toBeLessThan(3000);
    for (const text of texts) expect(text.length).toBeLessThan(10_100);
    expect(texts[0]).toMatch(/\.\.\. cut here/);
  });

  test("getters and Proxies that throw, and Proxies that answer everything", async () => {
    const broken = () => {
      throw new Error("do not touch");
    };
    const revoked = Proxy.revocable({}, {});
    revoked.revoke();
    const traps = {
      get: broken,
      has: broken,
      ownKeys: broken,
      getOwnPropertyDescriptor: broken,
      getPrototypeOf: broken,
    };
    const yes: object = new Proxy(() => yes, { get: () => yes });
    const printer = { [Symbol.for("nodejs.util.inspect.custom")]: broken };
    const getters = Object.defineProperties(
      {},
      { data: { get: broken, enumerable: true }, shape: { get: broken } },
    );
    for (const value of [
      revoked.proxy,
      new Proxy({}, traps),
      new Proxy([], traps),
      yes,
      printer,
      getters,
      [getters],
    ])
      expect(await textOf(value)).not.toBe("");
    expect(await textOf(printer)).toContain("do not touch");
  });

  test("anything at all becomes a bundle that a message can carry", async () => {
    const anything = fc.anything({
      ...{ withBigInt: true, withDate: true, withMap: true, withSet: true, withTypedArray: true },
      ...{ withSparseArray: true, withNullPrototype: true, withBoxedValues: true, withObjectString: true },
    });
    const types = fc.constantFrom("text/plain", "text/html", "application/json", "image/png", "x");
    const bundles = fc.dictionary(types, anything).map((given) => own(() => given));
    const likenesses = fc.record(
      {
        data: anything,
        layout: anything,
        shape: anything,
        dtype: anything,
        rows: anything,
        columns: anything,
        values: anything,
      },
      { requiredKeys: [] },
    );
    const values = fc.oneof(
      anything,
      bundles,
      likenesses,
      fc.array(likenesses),
      fc.string({ unit: "binary" }),
    );
    await fc.assert(
      fc.asyncProperty(values, async (value) => {
        const bundle = await bundleOf(value);
        expect(typeof bundle["text/plain"]).toBe("string");
        expect(JSON.parse(JSON.stringify(bundle))).toEqual(bundle);
        expect(JSON.stringify(bundle)).not.toMatch(/(?<!\\)(\\\\)*\\ud[89a-f]/);
      }),
      { numRuns: 500 },
    );
  });
});
