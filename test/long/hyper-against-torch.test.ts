import { spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { RandomStream } from "#lib/core/random.js";
import { tetrisSetting } from "#lib/experiments/hyperreps/presets.js";
import { permutedRows } from "#lib/representations/hyper/views.js";
import { augmentations, trainHyperRepresentations, zooSplits } from "#lib/representations/index.js";
import { namedZoo } from "#lib/zoo/index.js";
import { trainZoo } from "#lib/zoo/training/train.js";
import { pythonWith } from "../helpers/python.js";
import { scratch } from "../helpers/zoo.js";

const python = pythonWith("numpy", "torch");
const script = fileURLToPath(new URL("torch_hyper.py", import.meta.url));
/** ED with permutation alone and with erasing too, twice each: what Table 3's claim on erasing turns on. */
const cells = ["P", "P,E"].flatMap((letters) => [1, 2].map((seed) => ({ letters, seed })));

test.skipIf(!python)(
  `whole trainings reach torch's reconstruction on the same zoo${python ? "" : " (skipped: no Python with torch)"}`,
  async () => {
    const folder = scratch();
    const zoo = await trainZoo(namedZoo("tetris-seed", "laptop", { firstSeed: 1 }), {
      folder: join(folder, "zoo"),
    });
    const splits = zooSplits(zoo);
    const { config, steps } = tetrisSetting("laptop");
    const shared = { ...config, loss: "ED", steps: steps.augmentations } as const;
    const ours = await trainHyperRepresentations(
      cells.map(({ letters, seed }) => ({
        name: `ED, ${letters}`,
        config: { ...shared, augmentations: augmentations(letters) },
        seed,
        train: splits.train,
        validation: splits.validation,
      })),
      { folder: join(folder, "trainings") },
    );
    const rng = RandomStream.fromSeed(1);
    const permuted = permutedRows(splits.test, rng.split("permuted rows"));
    const scores = await Promise.all(ours.map((one) => one.reconstructionR2(splits.test, { rng })));

    const torch: number[] = [];
    // Two at a time, one thread each, as ours.
    for (let from = 0; from < cells.length; from += 2) {
      const runs = cells.slice(from, from + 2).map(({ letters, seed }) => {
        const place = join(folder, `torch-${letters}-${seed}`);
        mkdirSync(place);
        writeFileSync(join(place, "train.f32"), splits.train.weights.data);
        writeFileSync(join(place, "test.f32"), permuted.data);
        const { permutation, erasing } = augmentations(letters);
        const { kind, ...schedule } = config.schedule;
        expect(kind).toBe("cosine");
        const given = { ...shared, ...schedule, seed, permutation, erasing: erasing !== null };
        writeFileSync(join(place, "config.json"), JSON.stringify(given));
        return torchR2(place);
      });
      torch.push(...(await Promise.all(runs)));
    }
    const rows = cells.map((cell, i) => ({ ...cell, ours: 100 * scores[i], torch: 100 * torch[i] }));
    console.table(rows);
    const mean = (letters: string, side: "ours" | "torch") => {
      const own = rows.filter((row) => row.letters === letters);
      return own.reduce((sum, row) => sum + row[side], 0) / own.length;
    };
    for (const letters of ["P", "P,E"]) {
      expect(Math.abs(mean(letters, "ours") - mean(letters, "torch"))).toBeLessThan(1.5);
    }
  },
  60 * 60_000,
);

function torchR2(folder: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(python!, [script, folder], { stdio: ["ignore", "pipe", "inherit"] });
    let text = "";
    child.stdout.on("data", (chunk: Buffer) => {
      text += chunk.toString();
    });
    child.once("error", reject);
    child.once("close", (code) => {
      if (code === 0) resolve((JSON.parse(text) as { r2: number }).r2);
      else reject(new Error(`torch_hyper.py exited with code ${code}`));
    });
  });
}
