import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { expect, test } from "vitest";
import {
  exportZoo,
  importCheckpoints,
  importMatrix,
  importNws,
  importUnterthiner,
} from "#lib/zoo/interop/index.js";
import { openUnterthiner } from "#lib/zoo/interop/unterthiner.js";
import { verifyZoo } from "#lib/zoo/store/verify.js";
import type { Zoo } from "#lib/zoo/store/zoo.js";
import { allRows, filesBelow, fixtures, scratchFolder } from "../helpers/interop.js";

const unterthiner = join(fixtures, "unterthiner");
const nws = join(fixtures, "nws");

async function vectors(zoo: Zoo): Promise<Float32Array[]> {
  const found: Float32Array[] = [];
  for await (const { vector } of zoo.vectors()) found.push(vector.slice());
  return found;
}

/** Facts without the columns that a format adds or cannot hold. */
function factsWithout(zoo: Zoo, ...names: string[]): Record<string, unknown[]> {
  const kept = Object.entries(zoo.facts).filter(([name]) => !names.includes(name));
  return Object.fromEntries(kept.map(([name, column]) => [name, [...column]]));
}

test("an imported folder is a whole zoo with the source's weights and facts", async () => {
  const zoo = await importUnterthiner(unterthiner, {
    folder: join(scratchFolder(), "zoo"),
    name: "small-cnns",
  });
  expect(zoo.kind).toBe("imported");
  expect(zoo.spec).toMatchObject({ name: "small-cnns", dataset: { name: "fashion-mnist" } });
  expect(zoo.models).toBe(3);
  expect(zoo.diverged).toEqual([2]);
  expect((await verifyZoo(zoo.folder)).ok).toBe(true);
  const source = await openUnterthiner(unterthiner);
  expect(await vectors(zoo)).toEqual(allRows(source.weights()));
  expect(zoo.facts.activation).toEqual(source.facts.activation);
  expect(zoo.source.files.map(({ file }) => file).sort()).toEqual([
    "layout.csv",
    "metrics.csv.gz",
    "weights.npy",
  ]);
});

test("back to the published layout: the same bytes of weights and layout, the same facts", async () => {
  const folder = scratchFolder();
  const zoo = await importUnterthiner(unterthiner, { folder: join(folder, "zoo") });
  const report = await exportZoo(zoo, join(folder, "out"), "unterthiner");
  expect(report).toEqual({ folder: join(folder, "out"), format: "unterthiner", checkpoints: 8 });
  const again = await importUnterthiner(join(folder, "out"), { folder: join(folder, "again") });
  expect(await vectors(again)).toEqual(await vectors(zoo));
  expect(factsWithout(again)).toEqual(factsWithout(zoo));
  const text = (place: string) => readFileSync(join(place, "layout.csv"), "utf8");
  expect(text(join(folder, "out"))).toBe(text(unterthiner));
  const header = (place: string) =>
    gunzipSync(readFileSync(join(place, "metrics.csv.gz")))
      .toString()
      .split("\n")[0];
  expect(header(join(folder, "out"))).toBe(header(unterthiner));
});

test("to .npy and back", async () => {
  const folder = scratchFolder();
  const zoo = await importUnterthiner(unterthiner, { folder: join(folder, "zoo") });
  await exportZoo(zoo, join(folder, "out"), "npy");
  expect(filesBelow(join(folder, "out"))).toEqual(["export.json", "facts.csv", "layout.json", "weights.npy"]);
  const again = await importMatrix(join(folder, "out", "weights.npy"), { folder: join(folder, "again") });
  expect(again.layout).toEqual(zoo.layout);
  expect(await vectors(again)).toEqual(await vectors(zoo));
  expect(factsWithout(again)).toEqual(factsWithout(zoo));
});

test("to a file a checkpoint and back, for one architecture and for several", async () => {
  const folder = scratchFolder();
  const uniform = await importUnterthiner(unterthiner, { folder: join(folder, "a") });
  const mixed = await importNws(nws, { folder: join(folder, "b"), snapshots: [1, 20] });
  expect(mixed.isMixed).toBe(true);
  for (const [name, zoo] of [
    ["a", uniform],
    ["b", mixed],
  ] as const) {
    const out = join(folder, `${name}-out`);
    await exportZoo(zoo, out, "safetensors");
    expect(filesBelow(out)).toContain(join("model-00000", "epoch-00000.safetensors"));
    const again = await importCheckpoints(out, { folder: join(folder, `${name}-again`) });
    expect(again.layoutOf(1)).toEqual(zoo.layoutOf(1));
    expect(await vectors(again)).toEqual(await vectors(zoo));
    // A text of digits alone comes back as a number.
    expect(factsWithout(again, "path")).toEqual(factsWithout(zoo, "path"));
  }
});

test("formats that cannot hold a zoo say so and name one that can", async () => {
  const folder = scratchFolder();
  const mixed = await importNws(nws, { folder: join(folder, "zoo"), snapshots: [20] });
  await expect(exportZoo(mixed, join(folder, "a"), "npy")).rejects.toThrow(
    /2 different networks.*safetensors/,
  );
  const normed = await importNws(nws, { folder: join(folder, "one"), models: 2, snapshots: [20] });
  await expect(exportZoo(normed, join(folder, "b"), "unterthiner")).rejects.toThrow(/choose safetensors/);
  const wrong = "zip" as "npy";
  await expect(exportZoo(mixed, join(folder, "c"), wrong)).rejects.toThrow(
    /choose npy, safetensors, unterthiner/,
  );
  expect(filesBelow(folder).filter((name) => !/^(zoo|one)/.test(name))).toEqual([]);
});

test("weights that are not finite mark their checkpoint as diverged", async () => {
  const folder = scratchFolder();
  const { writeNpy } = await import("#lib/core/npy.js");
  writeNpy(join(folder, "w.npy"), Float32Array.of(1, 2, 3, Number.NaN, 5, Number.NEGATIVE_INFINITY), [3, 2]);
  const zoo = await importMatrix(join(folder, "w.npy"), { folder: join(folder, "zoo") });
  expect(zoo.facts.diverged).toEqual([false, true, true]);
  expect(zoo.diverged).toEqual([1, 2]);
});

test("an option that an import does not know is refused", async () => {
  const options = (wrong: object) => ({ folder: join(scratchFolder(), "zoo"), ...wrong });
  const imports = [
    importUnterthiner(unterthiner, options({ model: 1 })),
    importNws(nws, options({ epochs: [1] })),
    importCheckpoints(unterthiner, options({ patern: /x/ })),
    importMatrix(join(unterthiner, "weights.npy"), options({ workers: 2 })),
  ];
  for (const refused of imports) await expect(refused).rejects.toMatchObject({ code: "options/unknown" });
});

test("the same import again opens the zoo that is there; another choice of models does not", async () => {
  const folder = join(scratchFolder(), "zoo");
  const first = await importUnterthiner(unterthiner, { folder });
  expect((await importUnterthiner(unterthiner, { folder })).key).toBe(first.key);
  await expect(importUnterthiner(unterthiner, { folder, models: 1 })).rejects.toThrow(/another zoo/);
});
