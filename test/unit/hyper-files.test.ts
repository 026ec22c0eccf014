import { existsSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { selectBackend } from "#lib/compute/tensors/backends/index.js";
import { RandomStream } from "#lib/core/random.js";
import { fittedHyper, type HyperRepresentation } from "#lib/representations/hyper/hyper-representation.js";
import { reconstructionR2 } from "#lib/representations/hyper/reconstruction.js";
import { runTraining } from "#lib/representations/hyper/training.js";
import { permutedRows } from "#lib/representations/hyper/views.js";
import { loadHyperRepresentation } from "#lib/representations/index.js";
import { scratchFolder, sharedFolder, tinyTask, train, validation } from "../helpers/hyper.js";

let trained: HyperRepresentation;
beforeAll(async () => {
  await selectBackend({ backend: "wasm" });
  const task = tinyTask(
    { normalise: "layers", augmentations: { permutation: true, erasing: null, noise: 0.1 } },
    sharedFolder(),
  );
  trained = fittedHyper("EcD", await runTraining(task));
});

async function saved(): Promise<string> {
  const path = join(scratchFolder(), "hyper.safetensors");
  await trained.save(path);
  return path;
}

/** The header, by the format's own rules: 8 bytes of length, JSON, data. */
function headerOf(path: string) {
  const bytes = readFileSync(path);
  const length = Number(bytes.readBigUInt64LE(0));
  const { __metadata__: metadata, ...tensors } = JSON.parse(bytes.subarray(8, 8 + length).toString("utf8"));
  return { metadata, tensors, dataBytes: bytes.length - 8 - length } as {
    metadata: Record<string, string>;
    tensors: Record<string, { dtype: string; shape: number[]; data_offsets: [number, number] }>;
    dataBytes: number;
  };
}

describe("a saved hyper-representation", () => {
  test("is read back whole, and gives the bits of z and of reconstructions", async () => {
    const opened = loadHyperRepresentation(await saved(), "again");
    expect(opened.name).toBe("again");
    expect(opened.model).toEqual(trained.model);
    expect(opened.dimensions).toBe(4);
    expect(opened.parameters).toBe(trained.parameters);
    expect(await opened.transform(validation)).toEqual(await trained.transform(validation));
    expect(await opened.reconstruct(validation)).toEqual(await trained.reconstruct(validation));
  });

  test("is a safetensors file of dotted names and torch's shapes", async () => {
    const { metadata, tensors, dataBytes } = headerOf(await saved());
    expect(Object.values(metadata).every((entry) => typeof entry === "string")).toBe(true);
    expect(JSON.parse(metadata.config)).toEqual(trained.model.config);
    const names = Object.keys(tensors);
    expect(names.every((name) => /^(encoder|decoder|project)(\.\w+)+$/.test(name))).toBe(true);
    // [outputs, inputs], as nn.Linear.
    expect(tensors["encoder.block0.qkv.kernel"].shape).toEqual([24, 8]);
    expect(tensors["encoder.embed0.kernel"].shape).toEqual([8, 16]);
    expect(tensors["encoder.compress.bias"].shape).toEqual([4]);
    const ends = Object.values(tensors).map(({ data_offsets: [, end] }) => end);
    expect(Math.max(...ends)).toBe(dataBytes);
    expect(dataBytes).toBe(4 * trained.parameters);
    expect(Object.values(tensors).every(({ dtype }) => dtype === "F32")).toBe(true);
  });

  test.each<[string, (path: string) => void]>([
    ["is missing", () => {}],
    ["is truncated", (path) => truncateSync(path, 4000)],
    ["is no safetensors file", (path) => writeFileSync(path, "hello")],
    [
      "lacks its metadata",
      (path) => writeFileSync(path, readFileSync(path, "latin1").replace('"config"', '"konfig"'), "latin1"),
    ],
    [
      "is of another version",
      (path) =>
        writeFileSync(
          path,
          readFileSync(path, "latin1").replace("representation 1", "representation 2"),
          "latin1",
        ),
    ],
    [
      "was altered",
      (path) => {
        const bytes = readFileSync(path);
        bytes[bytes.length - 1] ^= 1;
        writeFileSync(path, bytes);
      },
    ],
  ])("that %s is a DataError that names the file", async (what, damage) => {
    const path = what === "is missing" ? join(scratchFolder(), "none.safetensors") : await saved();
    damage(path);
    expect(() => loadHyperRepresentation(path)).toThrow(expect.objectContaining({ name: "DataError" }));
    expect(() => loadHyperRepresentation(path)).toThrow(path);
  });

  test("that cannot be written is a StoreError, and leaves nothing behind", async () => {
    const folder = scratchFolder();
    writeFileSync(join(folder, "file"), "");
    const path = join(folder, "file", "hyper.safetensors");
    await expect(trained.save(path)).rejects.toMatchObject({ name: "StoreError" });
    expect(existsSync(path)).toBe(false);
  });
});

describe("reconstructions", () => {
  test("have the R2 of their definition, on permuted rows", async () => {
    const rng = () => RandomStream.fromSeed(5);
    const permuted = permutedRows(validation, rng().split("permuted rows"));
    const found = await trained.reconstruct({ ...validation, weights: permuted });
    const { data, rows, cols } = permuted;
    let [errors, deviations] = [0, 0];
    for (let j = 0; j < cols; j++) {
      const column = Array.from({ length: rows }, (_, i) => data[i * cols + j]);
      const mean = column.reduce((sum, value) => sum + value, 0) / rows;
      column.forEach((value, i) => {
        deviations += (value - mean) ** 2;
        errors += (value - found.data[i * cols + j]) ** 2;
      });
    }
    const r2 = await trained.reconstructionR2(validation, { rng: rng() });
    expect(r2).toBeCloseTo(1 - errors / deviations, 6);
    expect(reconstructionR2(permuted, permuted)).toBe(1);
    await expect(trained.reconstructionR2(validation, { rng: rng(), folds: 2 } as never)).rejects.toThrow(
      'no option "folds"',
    );
  });

  test("come row by row: a row's do not depend on the others", async () => {
    const one = { ...train, weights: { data: train.weights.data.slice(300, 400), rows: 1, cols: 100 } };
    const [all, alone] = [await trained.reconstruct(train), await trained.reconstruct(one)];
    alone.data.forEach((value, j) => {
      expect(value).toBeCloseTo(all.data[300 + j], 5);
    });
  });
});
