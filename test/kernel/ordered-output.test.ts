import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { barrierMark, type FromCells } from "#lib/kernel/channel.js";
import { OrderedOutput, type Piece } from "#lib/kernel/protocol/ordered-output.js";

const token = "0123abcd";
const say = (text: string): FromCells => ({ type: "text", cell: 1, name: "stdout", text });
const barrier = (number: number, closed: number[] = []): FromCells => ({
  ...{ type: "barrier", number, closed, cell: 1 },
});

/** What came out, in order; barriers left out. */
function collector() {
  const seen: string[] = [];
  const output = new OrderedOutput(token, (piece: Piece) => {
    if (piece.from !== "messages") seen.push(`${piece.from}:${piece.text}`);
    else if (piece.message.type === "text") seen.push(piece.message.text);
  });
  return { seen, output };
}

describe("output of three channels", () => {
  it("is brought into the order that the barriers tell, whichever channel is read first", () => {
    const { seen, output } = collector();
    output.message(barrier(1));
    output.message(say("after"));
    output.text("stderr", barrierMark(token, 1));
    expect(seen).toEqual([]);
    output.text("stdout", `child${barrierMark(token, 1)}later child`);
    expect(seen).toEqual(["stdout:child", "stdout:later child", "after"]);
  });

  it("does not wait for a stream that was closed", () => {
    const { seen, output } = collector();
    output.message(barrier(1, [1]));
    output.message(say("after"));
    output.text("stderr", barrierMark(token, 1));
    expect(seen).toEqual(["after"]);
  });

  it("takes what looks like the beginning of a mark for text as soon as it is none", () => {
    const { seen, output } = collector();
    output.text("stdout", `a\0${token.slice(0, 3)}`);
    expect(seen).toEqual(["stdout:a"]);
    output.text("stdout", "zz\0");
    expect(seen.join("")).toBe(`stdout:astdout:\0${token.slice(0, 3)}zz`);
    output.end();
    expect(seen.at(-1)).toBe("stdout:\0");
  });

  it("loses and reorders nothing, however the channels are cut and read", () => {
    const text = fc.string({ maxLength: 12 });
    const round = fc.record({ stdout: text, stderr: text, messages: fc.array(text, { maxLength: 3 }) });
    const cuts = fc.infiniteStream(fc.record({ channel: fc.nat(2), length: fc.integer({ min: 1, max: 9 }) }));
    fc.assert(
      fc.property(fc.array(round, { minLength: 1, maxLength: 5 }), cuts, (rounds, reads) => {
        const streams = { stdout: "", stderr: "" };
        const messages: FromCells[] = [];
        rounds.forEach((entry, i) => {
          for (const name of ["stdout", "stderr"] as const)
            streams[name] += entry[name] + barrierMark(token, i + 1);
          messages.push(...entry.messages.map(say), barrier(i + 1));
        });
        const out = { stdout: "", stderr: "" };
        const rest: string[] = [];
        let passed = 0;
        const output = new OrderedOutput(token, (piece) => {
          if (piece.from !== "messages") out[piece.from] += piece.text;
          else if (piece.message.type === "text") rest.push(piece.message.text);
          else {
            // All that was written before the barrier has come through, and nothing that was written after it.
            passed++;
            const before = rounds.slice(0, passed);
            for (const name of ["stdout", "stderr"] as const)
              expect(out[name]).toBe(before.map((entry) => entry[name]).join(""));
            expect(rest).toEqual(before.flatMap((entry) => entry.messages));
          }
        });
        for (const { channel, length } of reads) {
          if (!streams.stdout && !streams.stderr && messages.length === 0) break;
          if (channel === 2) for (const message of messages.splice(0, 1)) output.message(message);
          else {
            const name = channel === 0 ? "stdout" : "stderr";
            output.text(name, streams[name].slice(0, length));
            streams[name] = streams[name].slice(length);
          }
        }
        expect(passed).toBe(rounds.length);
      }),
      { numRuns: 300, seed: 5 },
    );
  });
});
