import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { Message } from "#lib/kernel/protocol/wire.js";
import { KernelClient } from "#lib/workbook/runner/client.js";
import { zooStatus } from "#lib/zoo/index.js";
import { cancelAll, clusterSpec, trainedHere, zooFiles } from "../helpers/slurm.js";
import { scratch, sharedScratch } from "../helpers/zoo.js";

const spec = clusterSpec(2000);
const room = sharedScratch();
let local: Record<string, string>;
let onMessage: (message: Message) => void = () => undefined;
const start = () => KernelClient.start({ cwd: room, onPublished: (message) => onMessage(message) });
let kernel: KernelClient;

beforeAll(async () => {
  local = await trainedHere(spec, join(sharedScratch(), "local"));
  kernel = await start();
});
afterAll(() => kernel.shutdown());
afterEach(cancelAll);

const cell = (folder: string) => `
  import * as wb from "weightbook";
  const zoo = await wb.trainZoo(${JSON.stringify(spec)}, {
    on: wb.slurm({ shards: 8, pollSeconds: 0.3 }), folder: ${JSON.stringify(folder)}, ...wb.longRun(),
  });
  console.log("models: " + zoo.models);`;

/** Runs a cell; the text of its outputs, and the error that it ended with. */
async function run(code: string, whenShown: (text: string) => void = () => undefined) {
  let id = "";
  const texts: string[] = [];
  onMessage = ({ header, parent_header, content }) => {
    if (parent_header.msg_id !== id) return;
    const data = content.data as Record<string, unknown> | undefined;
    const text = header.msg_type === "stream" ? content.text : data?.["text/plain"];
    if (typeof text !== "string") return;
    texts.push(text);
    whenShown(text);
  };
  const { content } = await kernel.execute(code, (sent) => {
    id = sent;
  });
  return { texts, ename: content.ename, evalue: String(content.evalue ?? "") };
}

test("a cell shows how far the jobs are, and gets the bytes of a training here", async () => {
  const folder = join(scratch(), "zoo");
  const { texts, ename, evalue } = await run(cell(folder));
  expect(ename, evalue).toBeUndefined();
  expect(texts.join("\n")).toContain("models: 64");
  expect(texts.some((text) => /on Slurm \d+ % · \d+\/64 models \(tasks: \d running/.test(text))).toBe(true);
  expect(zooFiles(folder)).toEqual(local);
});

test("an interrupt leaves the jobs running and says how to cancel them; another kernel picks them up", async () => {
  const folder = join(scratch(), "zoo");
  let isInterrupted = false;
  const { ename, evalue } = await run(cell(folder), (text) => {
    if (!text.includes("running") || isInterrupted) return;
    isInterrupted = true;
    kernel.interrupt();
  });
  expect(ename).toBe("Interrupted");
  const { job, state } = await zooStatus(folder);
  expect(evalue).toContain(`scancel --name=${job}`);
  expect(["running", "waiting"]).toContain(state);
  await kernel.shutdown();
  await sleep(500);
  expect(["running", "waiting"]).toContain((await zooStatus(folder)).state);
  kernel = await start();
  const again = await run(cell(folder));
  expect(again.ename, again.evalue).toBeUndefined();
  expect(again.texts.join("\n")).toContain("models: 64");
  expect(zooFiles(folder)).toEqual(local);
});
