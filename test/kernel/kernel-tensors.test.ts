import { tmpdir } from "node:os";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import type { Message } from "#lib/kernel/protocol/wire.js";
import { KernelClient } from "#lib/workbook/runner/client.js";
import { noSoftwareVulkan, softwareVulkan } from "../helpers/webgpu.js";

const vulkan = softwareVulkan();
let client: KernelClient;
let values: string[] = [];

/** Keeps the values of cells as text. */
function keep({ header, content }: Message): void {
  if (header.msg_type !== "execute_result") return;
  values.push((content.data as Record<string, string>)["text/plain"]);
}

beforeAll(async () => {
  for (const [name, value] of Object.entries(vulkan ?? {})) vi.stubEnv(name, value);
  client = await KernelClient.start({ cwd: tmpdir(), onPublished: keep });
});
afterAll(async () => {
  await client.shutdown();
  vi.unstubAllEnvs();
});

/** A cell's value as text; throws what the cell threw. */
async function inCell(source: string): Promise<string | undefined> {
  values = [];
  const { content } = await client.execute(source, () => undefined);
  if (content.status !== "ok") throw new Error(`${content.ename}: ${content.evalue}`);
  return values.at(-1);
}

it("a cell computes with tensors, and errors that nobody caught do not end its process", async () => {
  await inCell(
    'import * as wb from "weightbook"; const { tf, name } = await wb.selectBackend({ backend: "wasm" });',
  );
  expect(await inCell("name")).toContain("wasm");
  expect(await inCell("(await tf.sum(tf.matMul(tf.fill([3, 3], 0.5), tf.ones([3, 3]))).data())[0]")).toBe(
    "13.5",
  );
  await inCell('setTimeout(() => { throw new Error("late"); }, 5);');
  await inCell('setTimeout(() => { Promise.reject(new Error("nobody")); }, 5);');
  await inCell("await new Promise((resolve) => setTimeout(resolve, 200));");
  expect(await inCell("name")).toContain("wasm");
});

it("complaints about tensor code name what is wrong with its types", async () => {
  await expect(inCell('tf.ones("three")')).rejects.toThrow(
    /not assignable to parameter of type 'number\[\]'/,
  );
});

it.skipIf(!vulkan)(`webgpu runs in a cell${vulkan ? "" : ` (${noSoftwareVulkan})`}`, async () => {
  await inCell('const gpu = await wb.selectBackend({ backend: "webgpu" });');
  expect(await inCell("gpu.device")).toContain("llvmpipe");
  expect(await inCell("(await gpu.tf.sum(gpu.tf.fill([3, 3], 0.5)).data())[0]")).toBe("4.5");
});
