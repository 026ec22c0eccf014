import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { projectRoot } from "#lib/core/environment.js";
import type { Message } from "#lib/kernel/protocol/wire.js";
import { stockKernel } from "#lib/workbook/bench/kernel-sides.js";
import { KernelClient } from "#lib/workbook/runner/client.js";
import { readNotebook } from "#lib/workbook/runner/notebook.js";

const folder = join(projectRoot, "notebooks");
const cache = mkdtempSync(join(tmpdir(), "weightbook-stock-"));
const published: Message[] = [];
let client: KernelClient;

beforeAll(async () => {
  client = await KernelClient.start({
    cwd: folder,
    env: { WEIGHTBOOK_PRESET: "smoke", WEIGHTBOOK_CACHE: cache },
    program: stockKernel,
    onPublished: (message) => published.push(message),
  });
});

afterAll(async () => {
  await client.shutdown();
  rmSync(cache, { recursive: true, force: true });
});

/** Lines on stderr so far that tell an error: the stock kernel tells it nowhere else. Progress is no error. */
const complaints = () =>
  published
    .filter(({ header, content }) => header.msg_type === "stream" && content.name === "stderr")
    .map(({ content }) => content.text)
    .join("")
    .split("\n")
    .filter((line) => /Error|Exception|Rejection|^\d+:\d+ - /.test(line));

describe("the stock kernel of tslab", () => {
  it("runs every cell of the first notebook", async () => {
    const [first] = readdirSync(folder).filter((name) => name.startsWith("00-"));
    const cells = readNotebook(join(projectRoot, "notebooks", first)).cells.filter(
      ({ cell_type }) => cell_type === "code",
    );
    expect(cells.length).toBeGreaterThan(3);
    for (const { source } of cells) {
      const { content } = await client.executeUntilReply(source);
      expect({ source, status: content.status, complaints: complaints() }).toEqual({
        source,
        status: "ok",
        complaints: [],
      });
    }
    // Outputs arrived, so complaints would have.
    const outputs = ["stream", "display_data"];
    expect(published.some(({ header }) => outputs.includes(header.msg_type))).toBe(true);
  });

  it("fails a cell that fails, and says so on stderr", async () => {
    expect((await client.executeUntilReply("throw new Error('expected')")).content.status).toBe("error");
    await expect.poll(() => complaints().join("\n")).toContain("expected");
  });
});
