import { createHash } from "node:crypto";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, onTestFinished } from "vitest";
import type { Dataset } from "#lib/datasets/types.js";
import type { EngineReference } from "#lib/zoo/training/engine-reference.js";
import { trainZoo } from "#lib/zoo/training/train.js";
import type { ZooSpec } from "#lib/zoo/types.js";

interface Inputs {
  fake(name?: string): EngineReference;
  noiseData(trainImages?: number, testImages?: number): Dataset;
  smallSpec(changes?: Partial<ZooSpec>): ZooSpec;
}

const inputs = (await import(new URL("./zoo-inputs.mjs", import.meta.url).href)) as Inputs;

export const { fake, noiseData, smallSpec } = inputs;

/** A folder that is removed after the test. */
export function scratch(): string {
  const folder = mkdtempSync(join(tmpdir(), "weightbook-zoo-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

const leftovers: string[] = [];
afterAll(() => {
  for (const folder of leftovers) rmSync(folder, { recursive: true, force: true });
});

/** A folder that is removed after the last test of the file. */
export function sharedScratch(): string {
  const folder = mkdtempSync(join(tmpdir(), "weightbook-zoos-"));
  leftovers.push(folder);
  return folder;
}

let finished: Promise<string> | undefined;

/** A finished zoo of `smallSpec()` to read from, trained once for each test file. */
export function finishedZoo(): Promise<string> {
  finished ??= (async () => {
    const folder = sharedScratch();
    await trainZoo(smallSpec(), { dataset: noiseData(), engine: fake(), workers: 2, folder });
    return folder;
  })();
  return finished;
}

/** A copy of the finished zoo, to do harm to. */
export async function copyOfZoo(): Promise<string> {
  const folder = scratch();
  cpSync(await finishedZoo(), folder, { recursive: true });
  return folder;
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
