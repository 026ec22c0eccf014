import { expect, it } from "vitest";
import { Outbox } from "#lib/kernel/protocol/outbox.js";
import { StreamBuffer } from "#lib/kernel/protocol/stream-buffer.js";
import { decode, encode, reply, request, routingPrefix } from "#lib/kernel/protocol/wire.js";

const message = request("execute_request", "session", { code: "1 + 1 // ü" });
const frames = (key: string) => encode(message, key).map((frame) => Buffer.from(frame));

it("reads what it wrote, behind any routing prefix", () => {
  const prefix = [Buffer.from([0, 1, 255]), Buffer.from("id")];
  expect(decode([...prefix, ...frames("key")], "key")).toEqual(message);
  expect(routingPrefix([...prefix, ...frames("key")])).toEqual(prefix);
  expect(decode(frames(""), "")).toEqual(message);
});

it("ignores frames that were altered, cut short or signed with another key", () => {
  const altered = frames("key");
  altered[5] = Buffer.from('{"code":"rm"}');
  expect(decode(altered, "key")).toBeUndefined();
  expect(decode(frames("key").slice(0, 4), "key")).toBeUndefined();
  expect(decode(frames("other"), "key")).toBeUndefined();
  expect(decode([], "key")).toBeUndefined();
});

it("answers with the request's header as parent and an id of its own", () => {
  const answer = reply("execute_reply", message, "other", { status: "ok" });
  expect(answer.parent_header).toEqual(message.header);
  expect(answer.header.msg_id).not.toBe(message.header.msg_id);
});

it("never has two sends under way on a socket, and goes on after one that failed", async () => {
  const sent: string[] = [];
  let underWay = 0;
  const outbox = new Outbox({
    send: async ([text]) => {
      expect(++underWay).toBe(1);
      await new Promise((resolve) => setTimeout(resolve, 1));
      underWay--;
      if (text === "2") throw new Error("closed");
      sent.push(String(text));
    },
  });
  for (const text of ["1", "2", "3", "4"]) outbox.send([text]);
  await outbox.flushed();
  expect(sent).toEqual(["1", "3", "4"]);
});

it("joins writes to one stream of one cell and splits where either changes", () => {
  const published: string[] = [];
  const buffer = new StreamBuffer((cell, name, text) => published.push(`${cell} ${name}:${text}`));
  buffer.write(1, "stdout", "a");
  buffer.write(1, "stdout", "b");
  buffer.write(1, "stderr", "c");
  buffer.write(1, "stdout", "d");
  buffer.write(2, "stdout", "e");
  buffer.flush();
  expect(published).toEqual(["1 stdout:ab", "1 stderr:c", "1 stdout:d", "2 stdout:e"]);
});

it("gives up the order between streams that alternate fast, and loses nothing", () => {
  const published: { name: string; text: string }[] = [];
  const buffer = new StreamBuffer((_, name, text) => published.push({ name, text }));
  for (let i = 0; i < 500; i++) {
    buffer.write(1, "stdout", `o${i} `);
    buffer.write(1, "stderr", `e${i} `);
  }
  buffer.flush();
  expect(published.length).toBeLessThanOrEqual(8);
  const all = (name: string) =>
    published
      .filter((piece) => piece.name === name)
      .map(({ text }) => text)
      .join("");
  const numbers = Array.from({ length: 500 }, (_, i) => i);
  // Within a stream the order stays.
  expect(all("stdout")).toBe(numbers.map((i) => `o${i} `).join(""));
  expect(all("stderr")).toBe(numbers.map((i) => `e${i} `).join(""));
});
