import { readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { InterruptedError } from "#lib/core/errors.js";
import { weightLayout } from "#lib/networks/layout.js";
import { describeZoo } from "#lib/zoo/describe.js";
import { type ImportedZooContent, writeImportedZoo } from "#lib/zoo/store/imported.js";
import { verifyZoo } from "#lib/zoo/store/verify.js";
import { openZoo } from "#lib/zoo/store/zoo.js";
import { trainZoo } from "#lib/zoo/training/train.js";
import { copyOfZoo, fake, finishedZoo, hashFolder, noiseData, scratch, smallSpec } from "../helpers/zoo.js";

const dense = (outputs: number) =>
  weightLayout({
    name: "dense",
    input: { channels: 1, height: 2, width: 2 },
    layers: [{ type: "dense", outputs }],
  });

/** Three models, the second with one checkpoint only, from rows of the finished zoo's facts. */
async function content(changes: Partial<ImportedZooContent> = {}): Promise<ImportedZooContent> {
  const { facts } = (await openZoo(await finishedZoo())).select([0, 1, 3, 6, 7]);
  return {
    spec: { name: "theirs", dataset: { name: "noise" } },
    source: { format: "test", files: [{ file: "a.bin", sha256: "0".repeat(64) }] },
    layout: dense(2),
    facts,
    weights: [
      Float32Array.from({ length: 20 }, (_, i) => i),
      new Float32Array(0),
      new Float32Array(30).fill(7),
    ],
    ...changes,
  };
}

describe("an imported zoo", () => {
  test("is a finished zoo without shards; models may have different numbers of checkpoints", async () => {
    const folder = scratch();
    const zoo = await writeImportedZoo(folder, await content());
    expect(Object.keys(hashFolder(folder))).toEqual([
      "checkpoints.parquet",
      "manifest.json",
      "weights.safetensors",
    ]);
    expect(zoo).toMatchObject({ kind: "imported", models: 3, checkpointsPerModel: 0, epochs: [1, 2] });
    expect(zoo.source.files[0].file).toBe("a.bin");
    expect({ rows: zoo.weights.rows, cols: zoo.weights.cols }).toEqual({ rows: 5, cols: 10 });
    expect([...zoo.weightsOf(1)]).toEqual([10, 11, 12, 13, 14, 15, 16, 17, 18, 19]);
    expect(await verifyZoo(folder)).toMatchObject({ ok: true, name: "theirs", shards: [] });
    expect(describeZoo(zoo)).toMatchObject({ checkpoints: 5, parameters: 10, fewestParameters: 10 });
  });

  test("may be of models with different layouts", async () => {
    const layout = (model: number) => dense(model === 1 ? 4 : 2);
    const weights = [Float32Array.from({ length: 60 }, (_, i) => i)];
    const zoo = await writeImportedZoo(scratch(), await content({ layout, weights }));
    expect(zoo.isMixed).toBe(true);
    const lengths: number[] = [];
    for await (const { vector } of zoo.vectors()) lengths.push(vector.length);
    expect(lengths).toEqual([10, 10, 20, 10, 10]);
    expect(zoo.weightsOf(3)[0]).toBe(40);
    expect(zoo.layoutOf(1).parameters).toBe(20);
  });

  test("is opened, not read again, the second time; damage is found, and an import repairs it", async () => {
    const folder = scratch();
    await writeImportedZoo(folder, await content());
    const whole = hashFolder(folder);
    // Without weights an import fails where it reads them.
    await writeImportedZoo(folder, await content({ weights: [] }));
    const path = join(folder, "weights.safetensors");
    const bytes = readFileSync(path);
    bytes[bytes.length - 1] ^= 1;
    writeFileSync(path, bytes);
    await expect(openZoo(folder)).rejects.toThrow(/weights\.safetensors: .*import it again to repair/);
    expect((await verifyZoo(folder)).files).toContainEqual({ file: "weights.safetensors", state: "altered" });
    await writeImportedZoo(folder, await content());
    expect(hashFolder(folder)).toEqual(whole);
  });

  test("keeps its folder to itself", async () => {
    const folder = scratch();
    await writeImportedZoo(folder, await content());
    const other = await content({ spec: { name: "others", dataset: { name: "noise" } } });
    await expect(writeImportedZoo(folder, other)).rejects.toThrow(
      /holds another zoo, theirs, which was imported/,
    );
    const options = { dataset: noiseData(), engine: fake(), folder };
    await expect(trainZoo(smallSpec(), options)).rejects.toMatchObject({ code: "zoo/another" });
    truncateSync(join(folder, "manifest.json"), 20);
    await expect(trainZoo(smallSpec(), options)).rejects.toMatchObject({ code: "zoo/another" });
    expect(await verifyZoo(folder)).toMatchObject({ kind: "imported", name: "theirs", ok: false });
    // What is its own, by the header of the weights, it repairs.
    expect((await writeImportedZoo(folder, await content())).spec.name).toBe("theirs");
  });

  test("takes no folder of a trained zoo, however damaged or unfinished that is", async () => {
    const harms: ((folder: string) => void)[] = [
      (folder) => truncateSync(join(folder, "weights.safetensors"), 3000),
      (folder) => truncateSync(join(folder, "manifest.json"), 20),
      (folder) => ["manifest.json", "weights.safetensors"].map((file) => rmSync(join(folder, file))),
    ];
    for (const harm of harms) {
      const folder = await copyOfZoo();
      harm(folder);
      const before = hashFolder(folder);
      await expect(writeImportedZoo(folder, await content())).rejects.toMatchObject({
        code: "zoo/another",
        message: expect.stringMatching(
          /holds another zoo, mlp-trajectory, which was trained; choose another folder/,
        ),
      });
      expect(hashFolder(folder)).toEqual(before);
    }
  });

  test("takes no folder with files of a zoo that cannot be told", async () => {
    const folder = scratch();
    writeFileSync(join(folder, "checkpoints.parquet"), "PAR1");
    await expect(writeImportedZoo(folder, await content())).rejects.toThrow(/too damaged to tell which/);
    expect(Object.keys(hashFolder(folder))).toEqual(["checkpoints.parquet"]);
  });
});

describe("an import is refused, with nothing left behind, when", () => {
  const refused = async (changes: Partial<ImportedZooContent>, message: RegExp) => {
    const folder = scratch();
    await expect(writeImportedZoo(folder, await content(changes))).rejects.toThrow(message);
    expect(hashFolder(folder)).toEqual({});
  };

  test("weights and facts do not fit", async () => {
    await refused(
      { weights: [new Float32Array(49)] },
      /5 rows of facts need 50 weights and only 49 were given/,
    );
    await refused(
      { weights: [new Float32Array(50), new Float32Array(1)] },
      /need 50 weights and more were given/,
    );
  });

  test("facts are out of order or lack a column", async () => {
    const { facts } = await content();
    const { seed: _, ...without } = facts;
    await refused({ facts: without }, /columns seed are missing/);
    await refused({ facts: { ...facts, seed: new Int32Array(4) } }, /column seed has 4 entries, not 5/);
    await refused(
      { facts: { ...facts, model: Int32Array.of(0, 0, 2, 2, 2) } },
      /row 2 is of model 2 where model 1/,
    );
    await refused(
      { facts: { ...facts, epoch: Int32Array.of(1, 1, 1, 1, 2) } },
      /row 1 of model 0 has epoch 1 after 1/,
    );
  });

  test("it is interrupted", async () => {
    const folder = scratch();
    const controller = new AbortController();
    const weights = (function* () {
      yield new Float32Array(20);
      controller.abort();
      yield new Float32Array(30);
    })();
    const { signal } = controller;
    await expect(writeImportedZoo(folder, await content({ weights }), { signal })).rejects.toBeInstanceOf(
      InterruptedError,
    );
    expect(hashFolder(folder)).toEqual({});
  });
});
