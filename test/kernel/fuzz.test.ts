import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { Dealer, Request } from "zeromq";
import { RandomStream } from "#lib/core/random.js";
import { type ConnectionInfo, encode, type Message, request } from "#lib/kernel/protocol/wire.js";
import { KernelClient } from "#lib/workbook/runner/client.js";
import { ownProgram } from "#lib/workbook/runner/program.js";
import { fuzzMessage, hugeSources } from "../helpers/kernel-fuzz.js";

const folder = mkdtempSync(join(tmpdir(), "weightbook-fuzz-"));
const messages = 10_000;
let connection: ConnectionInfo;
let client: KernelClient;
let published: Message[] = [];
let ended: string | undefined;

beforeAll(async () => {
  client = await KernelClient.start({
    cwd: folder,
    program: {
      ...ownProgram,
      args: (file) => {
        connection = JSON.parse(readFileSync(file, "utf8"));
        return ownProgram.args(file);
      },
    },
    onPublished: (message) => published.push(message),
  });
  client.gone.then((how) => {
    ended = how;
  });
  await client.execute("let kept = 41;", () => undefined);
});

afterAll(async () => {
  await client.shutdown();
  rmSync(folder, { recursive: true });
});

/** A socket of its own to one of the kernel's; what comes back is not read for what it says. */
function connected(port: number): Dealer {
  const socket = new Dealer({ linger: 0, sendHighWaterMark: 0, receiveHighWaterMark: 0 });
  socket.connect(`tcp://127.0.0.1:${port}`);
  return socket;
}

/**
 * The client shows that the kernel is the same and well: an earlier variable is there, and it computes. Interrupts and
 * failures that are still on their way may end a few of these cells.
 */
async function isWell(): Promise<void> {
  const answer = async () => {
    published = [];
    const reply = await client.execute("kept + 1", () => undefined);
    const outputs = JSON.stringify(published.map(({ content }) => content));
    return { ended, status: reply.content.status, isRight: outputs.includes("42") };
  };
  const well = { ended: undefined, status: "ok", isRight: true };
  await expect.poll(answer, { timeout: 20_000, interval: 50 }).toEqual(well);
}

it("10,000 broken, hostile and absurd messages neither end the kernel nor stop it", async () => {
  const ports = [connection.shell_port, connection.control_port, connection.stdin_port];
  const sockets = ports.map(connected);
  const rng = RandomStream.fromSeed(20).split("kernel fuzz");
  for (let i = 0; i < messages; i++) {
    // Most go to the shell, which knows most requests.
    const socket = sockets[[0, 0, 0, 1, 2][rng.integer(5)]];
    await socket.send(fuzzMessage(rng, connection));
    if (i % 2000 === 1999) await isWell();
  }
  for (const socket of sockets) socket.close();
  await isWell();
});

it("cells and questions of a megabyte are answered", async () => {
  const socket = connected(connection.shell_port);
  for (const code of hugeSources) {
    for (const type of ["complete_request", "inspect_request", "is_complete_request"]) {
      await socket.send(encode(request(type, "fuzz", { code, cursor_pos: code.length }), connection.key));
    }
    expect((await client.execute(code, () => undefined)).content.status).toBe("ok");
  }
  socket.close();
  await isWell();
});

/** Asks the heartbeat as Jupyter's clients do. */
async function beats(frames: (string | Buffer)[]): Promise<void> {
  const heartbeat = new Request({ linger: 0, sendTimeout: 5000, receiveTimeout: 5000 });
  heartbeat.connect(`tcp://127.0.0.1:${connection.hb_port}`);
  await heartbeat.send(frames);
  expect((await heartbeat.receive()).map(String)).toEqual(frames.map(String));
  heartbeat.close();
}

it("whatever the heartbeat is sent comes back", async () => {
  for (const frames of [[""], ["ping"], ["a", "b", "c"], [Buffer.alloc(100_000, 7)]]) await beats(frames);
  await isWell();
});

it("a heartbeat without an envelope does not stop the next, however they meet", async () => {
  for (let i = 0; i < 100; i++) {
    const bare = connected(connection.hb_port);
    await bare.send(["no envelope"]);
    await beats(["ping"]);
    bare.close();
  }
  await isWell();
});
