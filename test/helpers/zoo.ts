import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { Dataset, ImageSet } from "#lib/datasets/types.js";
import type { EngineReference } from "#lib/zoo/engine-reference.js";
import { namedZoo } from "#lib/zoo/named.js";
import type { ZooSpec } from "#lib/zoo/types.js";

/** One of the engines of fake-engine.mjs. */
export function fake(name = "fakeEngine"): EngineReference {
  return { module: new URL("./fake-engine.mjs", import.meta.url).href, name };
}

/** A folder that is removed after the test. */
export function scratch(): string {
  const folder = mkdtempSync(join(tmpdir(), "weightbook-zoo-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

function images(count: number, offset: number): ImageSet {
  const pixels = Uint8Array.from(
    { length: count * 196 },
    (_, index) => ((index + offset) * 2654435761) >>> 24,
  );
  const labels = Uint8Array.from({ length: count }, (_, index) => (index + offset) % 10);
  return { images: pixels, labels, count, height: 14, width: 14 };
}

/** Images that mean nothing, made in a millisecond. */
export function noiseData(trainImages = 40, testImages = 20): Dataset {
  return {
    name: "noise",
    classNames: Array.from({ length: 10 }, (_, label) => String(label)),
    train: images(trainImages, 0),
    test: images(testImages, 7),
    hash: createHash("sha256").update(`noise ${trainImages} ${testImages}`).digest("hex"),
  };
}

/** A zoo of 10 models (three shards) on `noiseData()`. */
export function smallSpec(changes: Partial<ZooSpec> = {}): ZooSpec {
  const spec = namedZoo("mlp-trajectory", "smoke", {
    models: 10,
    epochs: 3,
    trainImages: 40,
    testImages: 20,
  });
  return { ...spec, ...changes };
}

/** SHA-256 of every file of a folder by its path. */
export function hashFolder(folder: string): Record<string, string> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const paths = files.map((entry) => join(entry.parentPath ?? entry.path, entry.name)).sort();
  return Object.fromEntries(
    paths.map((path) => [
      path.slice(folder.length + 1),
      createHash("sha256").update(readFileSync(path)).digest("hex"),
    ]),
  );
}
