import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { slurm } from "#lib/core/slurm/target.js";
import { trainHyperRepresentations } from "#lib/representations/hyper/train-many.js";
import { learnableRows } from "../helpers/hyper.js";
import { cancelAll, queue, waitFor } from "../helpers/slurm.js";
import { scratch } from "../helpers/zoo.js";

const [train, validation] = [learnableRows(60), learnableRows(20, 2)];
const config = { blocks: 1, width: 16, hidden: 32, latent: 6, batch: 20, evaluations: 3 } as const;
const table = (steps: number) =>
  (["ED", "EcD", "Ec"] as const).map((loss) => ({
    name: loss,
    config: { ...config, steps, loss },
    seed: 1,
    train,
    validation,
  }));
const on = slurm({ pollSeconds: 0.3 });
afterEach(cancelAll);

/** Lines of the queue that are tasks of trainings; each task is one that was submitted. */
const submitted = () =>
  queue()
    .split("\n")
    .filter((line) => line.includes("training")).length;

test("the trainings of a table as tasks: the parameters of trainings here", async () => {
  const [here, there] = [scratch(), scratch()];
  const wanted = await trainHyperRepresentations(table(60), { folder: here, workers: 1 });
  const before = submitted();
  const steps: number[] = [];
  const trained = await trainHyperRepresentations(table(60), {
    folder: there,
    on,
    onProgress: ({ done }) => steps.push(done),
  });
  expect(submitted() - before).toBe(3);
  expect(steps.at(-1)).toBe(180);
  for (const [i, { model }] of trained.entries()) expect(model.values).toEqual(wanted[i].model.values);
  // Nothing is left to do, and nothing is submitted.
  await trainHyperRepresentations(table(60), { folder: there, on });
  expect(submitted() - before).toBe(3);
});

test("an abort leaves the tasks; the next call waits for the same ones", async () => {
  const folder = scratch();
  const before = submitted();
  const controller = new AbortController();
  const first = trainHyperRepresentations(table(600), { folder, on, signal: controller.signal });
  const told = first.catch((error: Error) => error.message);
  await waitFor("tasks", () => submitted() - before === 3);
  controller.abort();
  expect(await told).toMatch(/the jobs go on: .* scancel --name=trainings-/);
  expect(await trainHyperRepresentations(table(600), { folder, on })).toHaveLength(3);
  expect(submitted() - before).toBe(3);
});

test("a task that fails is named with its last words, and is the only one that is submitted again", async () => {
  const folder = scratch();
  const before = submitted();
  // The second task finds no rows: it is told to look for them in another place.
  const own = join(folder, "own.sbatch");
  const template = readFileSync(new URL("../../environment/slurm/array.sbatch", import.meta.url), "utf8");
  const { writeFileSync } = await import("node:fs");
  const fail = 'if [ "$SLURM_ARRAY_TASK_ID" = 2 ]; then echo "no memory for this"; exit 9; fi\n\nexec';
  writeFileSync(
    own,
    template.replace("exec ", () => `${fail} `),
  );
  const failing = trainHyperRepresentations(table(60), {
    folder,
    on: slurm({ pollSeconds: 0.3, template: own }),
  });
  await expect(failing).rejects.toMatchObject({
    code: "slurm/failed",
    message: expect.stringMatching(
      /1 trainings failed on Slurm \(EcD \(seed 1\): FAILED: no memory for this\)/,
    ),
  });
  expect(await trainHyperRepresentations(table(60), { folder, on })).toHaveLength(3);
  expect(submitted() - before).toBe(4);
  expect(readdirSync(join(folder, "rows"))).toHaveLength(2);
});
