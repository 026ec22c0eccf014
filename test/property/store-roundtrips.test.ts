import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { writeChunksAtomic } from "#lib/core/files.js";
import { canonicalJson } from "#lib/core/hash.js";
import { modelSplits, parseZooSpec, zooKey } from "#lib/zoo/spec/spec.js";
import { type Columns, parquetChunks, readParquet, stackColumns } from "#lib/zoo/store/parquet.js";
import { readFloat32, readHeader, writeSafetensors } from "#lib/zoo/store/safetensors.js";
import { scratch, smallSpec } from "../helpers/zoo.js";

const float = fc.double({ noDefaultInfinity: false, noNaN: false });

/** Several tables with the same columns, of 1 to 30 rows each. */
const tables = fc
  .record({
    names: fc.uniqueArray(fc.stringMatching(/^[a-z][a-z0-9_]{0,8}$/), { minLength: 4, maxLength: 4 }),
    rows: fc.array(
      fc.array(
        fc.tuple(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }), float, fc.string(), fc.boolean()),
        {
          minLength: 1,
          maxLength: 30,
        },
      ),
      { minLength: 1, maxLength: 4 },
    ),
  })
  .map(({ names, rows }) =>
    rows.map(
      (table): Columns => ({
        [names[0]]: Int32Array.from(table, (row) => row[0]),
        [names[1]]: Float64Array.from(table, (row) => row[1]),
        [names[2]]: table.map((row) => row[2]),
        [names[3]]: table.map((row) => row[3]),
      }),
    ),
  );

describe("what is written is what is read", () => {
  test("Parquet: any table, NaN and infinities, any text, several row groups; equal bytes for equal tables", async () => {
    const path = join(scratch(), "t.parquet");
    const bytes = async (parts: readonly Columns[]) => {
      const pieces: Uint8Array[] = [];
      for await (const piece of parquetChunks(parts)) pieces.push(piece);
      return Buffer.concat(pieces);
    };
    await fc.assert(
      fc.asyncProperty(tables, async (parts) => {
        await writeChunksAtomic(path, parquetChunks(parts));
        expect(await readParquet(path)).toEqual(stackColumns(parts));
        expect((await bytes(parts)).equals(await bytes(parts))).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  test("safetensors: any shapes, any metadata, any cut of the data into pieces", async () => {
    const path = join(scratch(), "t.safetensors");
    const shape = fc.array(fc.nat({ max: 6 }), { maxLength: 3 });
    const name = fc.string({ minLength: 1, maxLength: 12 }).filter((text) => !text.startsWith("__"));
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.tuple(name, shape), { selector: ([text]) => text, minLength: 1, maxLength: 4 }),
        fc.dictionary(fc.string(), fc.string()),
        fc.integer({ min: 1, max: 50 }),
        async (entries, metadata, cut) => {
          const tensors = entries.map(([text, sides]) => ({
            name: text,
            dtype: "F32" as const,
            shape: sides,
          }));
          const values = tensors.map(({ shape: sides }, index) =>
            Float32Array.from({ length: sides.reduce((a, b) => a * b, 1) }, (_, i) => index + i / 7),
          );
          const data = Buffer.concat(values.map((value) => new Uint8Array(value.buffer)));
          const pieces: Uint8Array[] = [];
          for (let i = 0; i < data.length; i += cut) pieces.push(data.subarray(i, i + cut));
          await writeSafetensors(path, tensors, metadata, pieces);
          expect({ ...readHeader(path).metadata }).toEqual({ ...metadata });
          tensors.forEach((tensor, index) => {
            expect(readFloat32(path, tensor.name)).toEqual({ shape: tensor.shape, data: values[index] });
          });
        },
      ),
      { numRuns: 60 },
    );
  });

  test("a specification survives JSON and the order of its fields, and its key with it", () => {
    const shuffled = (value: unknown): unknown => {
      if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
      return Object.fromEntries(
        Object.entries(value)
          .reverse()
          .map(([name, entry]) => [name, shuffled(entry)]),
      );
    };
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 500 }),
        fc.integer({ min: 1, max: 90 }),
        fc.double({ min: 1e-6, max: 1, noNaN: true }),
        fc.nat({ max: 1000 }),
        (models, epochs, learningRate, from) => {
          const optimizer = { type: "sgd", learningRate, momentum: 0.9, weightDecay: 0 } as const;
          const spec = parseZooSpec(smallSpec({ models, epochs, optimizer, seeds: { kind: "range", from } }));
          const read = parseZooSpec(JSON.parse(JSON.stringify(shuffled(spec))));
          expect(canonicalJson(read)).toBe(canonicalJson(spec));
          expect(zooKey(read, "d", "e")).toBe(zooKey(spec, "d", "e"));
          expect(zooKey({ ...spec, epochs: epochs + 1 }, "d", "e")).not.toBe(zooKey(spec, "d", "e"));
        },
      ),
    );
  });

  test("the split is by model, of the stated sizes, and only the seed chooses the models", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 400 }), fc.nat({ max: 50 }), (models, seed) => {
        const split = { train: 0.7, validation: 0.15, test: 0.15, seed };
        const parts = modelSplits(smallSpec({ models, split }));
        expect(parts).toHaveLength(models);
        for (const part of ["validation", "test"] as const) {
          expect(
            Math.abs(parts.filter((entry) => entry === part).length - 0.15 * models),
          ).toBeLessThanOrEqual(0.5);
        }
        expect(modelSplits(smallSpec({ models, split, epochs: 2 }))).toEqual(parts);
      }),
    );
  });
});
