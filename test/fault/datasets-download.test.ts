import { existsSync, readdirSync, readFileSync } from "node:fs";
import type { RequestListener } from "node:http";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { DataError, InterruptedError } from "#lib/core/errors.js";
import { downloadFile } from "#lib/datasets/index.js";
import { refusingAddress, serve, stopServers, temporaryFolder, tinySet } from "./datasets-fixtures.js";

const tiny = tinySet([]);
const file = tiny.form.files.trainImages;
const bytes = tiny.packed.get(file.name) as Uint8Array;
const impatient = { connectMs: 150, idleMs: 150, nextMirrorMs: 30 };

const good: RequestListener = (_, response) => response.end(bytes);
const absent: RequestListener = (_, response) => response.writeHead(404).end("no such file");
const altered: RequestListener = (_, response) =>
  response.end(Uint8Array.from(bytes, (b, i) => (i === 40 ? b ^ 1 : b)));
const mute: RequestListener = () => {};
const stalling: RequestListener = (_, response) => {
  response.writeHead(200, { "content-length": bytes.length });
  response.write(bytes.subarray(0, 20));
};
const broken: RequestListener = (_, response) => {
  response.writeHead(200, { "content-length": bytes.length });
  response.write(bytes.subarray(0, 20), () => response.destroy());
};

/** Downloads from mirrors into a fresh folder. */
function attempt(mirrors: string[], folder: string, signal?: AbortSignal): Promise<Uint8Array> {
  return downloadFile("tiny", file, mirrors, folder, { network: impatient, signal });
}

async function refusal(promise: Promise<unknown>): Promise<DataError> {
  const error = await promise.then(
    () => new Error("nothing was refused"),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(DataError);
  return error as DataError;
}

afterEach(stopServers);

describe("a download", () => {
  it("is kept when its checksum is right, and reports bytes", async () => {
    const folder = join(temporaryFolder(), "made", "here");
    const seen: number[] = [];
    const onProgress = ({ done, total, unit }: { done: number; total: number; unit: string }) => {
      seen.push(done);
      expect([total, unit]).toEqual([bytes.length, "bytes"]);
    };
    const got = await downloadFile("tiny", file, [await serve(good)], folder, { onProgress });
    expect(Buffer.from(got).equals(bytes)).toBe(true);
    expect(readFileSync(join(folder, file.name)).equals(bytes)).toBe(true);
    expect(readdirSync(folder)).toEqual([file.name]);
    expect(seen.at(-1)).toBe(bytes.length);
  });

  it("of altered bytes is refused with both checksums, and nothing is kept", async () => {
    const folder = temporaryFolder();
    const error = await refusal(attempt([await serve(altered)], folder));
    expect(error.code).toBe("data/checksum");
    expect(error.message).toContain(file.name);
    expect(error.message).toContain(`expected SHA-256 ${file.sha256}`);
    expect(error.message).toMatch(/but got [0-9a-f]{64}/);
    expect(error.message).toContain("WEIGHTBOOK_DATA");
    expect(readdirSync(folder)).toEqual([]);
  });

  it("of too few or too many bytes is refused", async () => {
    const folder = temporaryFolder();
    const short = await serve((_, response) => response.end(bytes.subarray(0, 30)));
    expect((await refusal(attempt([short], folder))).message).toContain("(30 bytes)");
    const long = await serve((_, response) => response.end(Buffer.concat([bytes, bytes])));
    expect((await refusal(attempt([long], folder))).message).toContain("but got more");
    expect(readdirSync(folder)).toEqual([]);
  });

  it.each([
    ["refuses the connection", undefined, "ECONNREFUSED"],
    ["does not have the file", absent, "HTTP 404"],
    ["does not answer", mute, "no answer within 0.15 s"],
    ["falls silent", stalling, `20 of ${bytes.length} bytes: silent for 0.15 s`],
    ["breaks off", broken, `20 of ${bytes.length} bytes`],
  ])("from a mirror that %s names it, the reason and the way out", async (_, listener, reason) => {
    const folder = temporaryFolder();
    const mirror = listener ? await serve(listener) : await refusingAddress();
    const error = await refusal(attempt([mirror], folder));
    expect(error.code).toBe("data/unreachable");
    expect(error.message).toContain(mirror);
    expect(error.message).toContain(reason);
    expect(error.message).toContain("WEIGHTBOOK_DATA");
    expect(existsSync(join(folder, file.name))).toBe(false);
  });

  it.each([
    ["404", absent],
    ["altered", altered],
    ["mute", mute],
    ["stalling", stalling],
    ["broken", broken],
  ])("goes on to the next mirror after one that is %s", async (_, listener) => {
    const folder = temporaryFolder();
    const mirrors = [await refusingAddress(), await serve(listener), await serve(good)];
    expect(Buffer.from(await attempt(mirrors, folder)).equals(bytes)).toBe(true);
    expect(readdirSync(folder)).toEqual([file.name]);
  });

  it("that fails everywhere names every mirror, and wrong bytes above silence", async () => {
    const mirrors = [await refusingAddress(), await serve(altered), await serve(mute)];
    const error = await refusal(attempt(mirrors, temporaryFolder()));
    expect(error.code).toBe("data/checksum");
    for (const mirror of mirrors) expect(error.message).toContain(mirror);
  });

  it("asks the second mirror only when the first is slow or fails", async () => {
    let asked = 0;
    const spare = await serve((_, response) => {
      asked++;
      response.end(bytes);
    });
    await downloadFile("tiny", file, [await serve(good), spare], temporaryFolder());
    expect(asked).toBe(0);
  });

  it("stops when interrupted, at any point, and leaves nothing", async () => {
    for (const listener of [mute, stalling]) {
      const folder = temporaryFolder();
      const stop = new AbortController();
      let asked = 0;
      const slow = await serve((request, response) => {
        asked++;
        listener(request, response);
        setTimeout(() => stop.abort(), 20);
      });
      const network = { connectMs: 30000, idleMs: 30000, nextMirrorMs: 30000 };
      const spare = await serve(() => asked++);
      const options = { network, signal: stop.signal };
      const running = downloadFile("tiny", file, [slow, spare], folder, options);
      await expect(running).rejects.toThrow(InterruptedError);
      expect(readdirSync(folder)).toEqual([]);
      expect(asked).toBe(1);
    }
    const early = attempt([await serve(good)], temporaryFolder(), AbortSignal.abort());
    await expect(early).rejects.toThrow(InterruptedError);
  });
});
