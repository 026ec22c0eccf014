import { writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { completion } from "#lib/kernel/language/completion.js";
import type { Executor } from "#lib/kernel/language/tslab.js";
import { type LanguageRoom, openLanguageRoom } from "./language-room.js";

let room: LanguageRoom;

beforeAll(async () => {
  room = await openLanguageRoom();
  await room.run('import * as fs from "node:fs";\nconst apple = { red: 1, green: 2, _hidden: 3 };');
  await room.run("function appleOf(size: number) { return { size }; }");
  writeFileSync("local.ts", "export const inLocal = 1;");
});

afterAll(() => room.close());

const complete = (marked: string) => room.ask("complete_request", marked);

describe("completion", () => {
  const samples: readonly (readonly [string, readonly string[], number, number])[] = [
    ["consol|", ["console"], 0, 6],
    ["Math.fl|", ["floor"], 5, 7],
    ["app|", ["apple", "appleOf"], 0, 3],
    ["apple.|", ["green", "red", "_hidden"], 6, 6],
    ["appleOf(1).s|", ["size"], 11, 12],
    ["fs.readF|", ["readFile", "readFileSync"], 3, 8],
    ["console.lo|g;", ["log"], 8, 11],
    ["const s = '😀😀'; apple.r|", ["red"], 22, 23],
    ["const o: { alpha: number } = { al|", ["alpha"], 31, 33],
    ["apple['gr|']", ["green"], 7, 9],
    ["'hello wor|'", [], 10, 10],
    ["// consol|", [], 9, 9],
    ["`consol|`", [], 7, 7],
    ["math|", ["Math"], 0, 4],
    ['import { x } from "./lo|"', ["./local.ts"], 19, 23],
    ['import "node:fs/|"', ["node:fs/promises"], 8, 16],
  ];

  it.each(samples)("%s", (marked, matches, cursor_start, cursor_end) => {
    const reply = complete(marked);
    expect(reply).toMatchObject({ status: "ok", matches });
    if (matches.length > 0) expect(reply).toMatchObject({ cursor_start, cursor_end });
  });

  it("lists all members, and tells their kinds", () => {
    const { matches, metadata } = complete("Math.|") as {
      matches: string[];
      metadata: { _jupyter_types_experimental: unknown[] };
    };
    // What ES2022 has; newer versions of Node have more than cells are compiled for.
    const newer = ["f16round", "sumPrecise"];
    const members = Object.getOwnPropertyNames(Math).filter((name) => !newer.includes(name));
    expect(matches).toEqual(expect.arrayContaining(members));
    expect(metadata._jupyter_types_experimental).toContainEqual({
      start: 5,
      end: 5,
      text: "floor",
      type: "method",
    });
  });

  it.each([-3, 1e12, Number.NaN, undefined, "x"])("survives the cursor %s", (cursor) => {
    const { status, cursor_start, cursor_end } = completion(room.executor, "a😀.b", cursor);
    expect(status).toBe("ok");
    expect(cursor_start).toBeGreaterThanOrEqual(0);
    expect(cursor_end).toBeLessThanOrEqual(4);
  });

  it("shows nothing where the language service fails", () => {
    const broken = {
      complete: () => {
        throw new Error("no");
      },
    } as unknown as Executor;
    expect(completion(broken, "ab", 1)).toMatchObject({ matches: [], cursor_start: 1, cursor_end: 1 });
  });
});
